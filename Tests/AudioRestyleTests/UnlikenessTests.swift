import AudioFeatures
import Foundation
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What tells one source from another, and what is taken of a tone in doubt.
@Suite struct UnlikenessTests {
  /// Frames of a voice: a chain of shapes in which each sound glides into the next, through a filter.
  private func rows(voice: UInt64, seed: UInt64, count: Int = 300, curve: [Double]) -> FrameRows {
    var random = SplitMix64(state: voice)
    let shapes = (0..<12).map { _ in curve.map { _ in 24 * random.unit() } }
    random = SplitMix64(state: seed)
    return FrameRows(
      width: curve.count,
      values: (0..<count).flatMap { _ in
        let (one, other) = (shapes[Int(12 * random.unit())], shapes[Int(12 * random.unit())])
        let (share, level) = (random.unit(), -30 + 20 * random.unit())
        return curve.indices.map {
          Float(share * one[$0] + (1 - share) * other[$0] + curve[$0] + level + random.unit())
        }
      })
  }

  @Test func framesOfOneVoiceChooseEachOtherThroughAFilter() throws {
    let zeros = [Double](repeating: 0, count: 20)
    let filter = zeros.indices.map { 8 * sin(Double($0) / 3) }
    func share(_ voice: UInt64, _ curve: [Double]) throws -> Double {
      try ToneMatcher().match(
        from: rows(voice: 1, seed: 2, curve: zeros), to: rows(voice: voice, seed: 3, curve: curve)
      ).mutualShare
    }
    let (same, filtered, other) = (try share(1, zeros), try share(1, filter), try share(5, zeros))
    // Of 300 frames 20 % have a standard deviation of 2 %.
    #expect(same > 0.15 && abs(filtered - same) < 0.05)
    #expect(other < 0.6 * same)
    // A clip and itself go together altogether.
    let clip = rows(voice: 1, seed: 2, curve: zeros)
    #expect(try ToneMatcher().match(from: clip, to: clip).mutualShare == 1)
  }

  @Test func mutualPairsAreCountedOnBothSides() throws {
    // Two pairs that choose each other; two more rows of the second set that nobody chooses.
    let first = FrameRows(width: 1, values: [0, 10])
    let second = FrameRows(width: 1, values: [1, 9, -50, 60])
    #expect(try NearestRows(first, RowBlocks(second)).mutualShare == (2.0 / 2 + 2.0 / 4) / 2)
  }

  @Test func doubtFollowsPairsAndLines() {
    func doubt(_ share: Double, _ coefficient: Double?, weight: Double = 1) -> Double {
      let lines = coefficient.map { LineCorrelation(coefficient: $0, weight: weight) }
      return Unlikeness(mutualShare: share, lines: lines).doubt
    }
    #expect(doubt(1, 1) < 1e-9 && doubt(0, -1) > 1 - 1e-9)
    #expect(doubt(1, nil) < 1e-9 && doubt(0, nil) > 0.9)
    // Either of the two makes up for what the other says.
    #expect(doubt(0.1, 0.7) < doubt(0.1, 0.3) && doubt(0.1, 0.3) < doubt(0.1, 0))
    #expect(doubt(0.2, 0.3) < doubt(0.1, 0.3))
    // What moves as speech does is believed more.
    let speech = Unlikeness(
      mutualShare: 0.1, lines: LineCorrelation(coefficient: 0.2, weight: 1), speechlikeness: 1)
    #expect(speech.doubt < doubt(0.1, 0.2) - 0.2)
    // Lines that are chance, or not known, say nothing.
    #expect(
      doubt(0.1, -1, weight: 0) == doubt(0.1, 1, weight: 0) && doubt(0.1, nil) == doubt(0.1, 1, weight: 0))
    // The medians of halves of one clip and of other sources among the pairs it was fitted to, with their lines and without.
    for (share, coefficient) in [(0.163, 0.53), (0.141, 0.66)] {
      #expect(doubt(share, coefficient) < 0.1 && doubt(share, nil) < 0.25)
    }
    for (share, coefficient) in [(0.091, 0.1), (0.052, 0.05)] {
      #expect(doubt(share, coefficient) > 0.9 && doubt(share, nil) > 0.5)
    }
  }

  @Test func trustFallsWithDoubt() {
    let (like, between, unlike) = (Trust(doubt: 0), Trust(doubt: 0.5), Trust(doubt: 1))
    #expect(like.exponent == 0.7 && like.peaks == 0.5 && like.envelopes == 1)
    #expect(abs(unlike.exponent - 0.2) < 1e-12 && unlike.peaks == 0 && unlike.envelopes == 0)
    #expect(
      abs(between.exponent - 0.45) < 1e-12 && abs(between.peaks - 0.25) < 1e-12 && between.envelopes == 0.5)
  }

  @Test func aToneInDoubtGoesAsFarAsTwoWitnessesAgree() {
    // Long enough stretches that smoothing over a band leaves their middles as they are.
    func stretches(_ values: [Double]) -> [Double] { values.flatMap { Array(repeating: $0, count: 12) } }
    let (matched, equipment) = (stretches([10, 10, -8, 4]), stretches([4, 30, -2, -9]))
    let tone = ToneInDoubt(matched: matched, equipment: equipment)
    func middles(_ curve: [Double]) -> [Double] { [6, 18, 30, 42].map { curve[$0] } }
    func centered(_ values: [Double]) -> [Double] {
      let mean = values.reduce(0, +) / Double(values.count)
      return values.map { $0 - mean }
    }
    func expect(_ doubt: Double, _ wanted: [Double], equipment: [Double]?) {
      let found = middles(ToneInDoubt(matched: matched, equipment: equipment).curve(doubt: doubt))
      // The Gaussian's weight beyond six bands is 2 · 10⁻⁹.
      #expect(zip(found, centered(wanted)).allSatisfy { abs($0 - $1) < 1e-6 }, "doubt \(doubt)")
    }
    #expect(tone.curve(doubt: 0) == matched.centered)
    // A tenth of e, and nine tenths of the smaller one where signs agree.
    expect(1, [1 + 3.6, 1 + 9, -0.8 - 1.8, 0.4], equipment: equipment)
    expect(0.5, [7.3, 10, -5.3, 2.2], equipment: equipment)
    expect(1, [1, 1, -0.8, 0.4], equipment: nil)
  }
}
