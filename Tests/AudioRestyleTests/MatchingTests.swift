import AdaIN
import AudioFeatures
import Foundation
import Tensors
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Matched frames: nearest neighbours, the tone curve, the level map and the measure of unlikeness, each against a known answer.
@Suite struct MatchingTests {
  /// Frames of a few recurring shapes at random levels, moved by a curve: a voice with few sounds through a filter.
  private func rows(seed: UInt64, count: Int, width: Int, uses weights: [Double], curve: [Double])
    -> FrameRows
  {
    var random = SplitMix64(state: 99)
    let shapes = weights.indices.map { _ in (0..<width).map { _ in 24 * random.unit() } }
    random = SplitMix64(state: seed)
    let total = weights.reduce(0, +)
    return FrameRows(
      width: width,
      values: (0..<count).flatMap { _ in
        var place = total * random.unit()
        let shape = weights.indices.first { index in
          place -= weights[index]
          return place < 0
        }
        let level = -30 + 20 * random.unit()
        return (0..<width).map { Float(shapes[shape ?? 0][$0] + curve[$0] + level + random.unit()) }
      })
  }

  @Test(arguments: [(1, 1), (7, 9), (40, 8), (33, 65), (700, 90)])
  func nearestRowsAreThoseOfAllPairs(_ counts: (Int, Int)) throws {
    let zeros = [Double](repeating: 0, count: 5)
    let first = rows(seed: 1, count: counts.0, width: 5, uses: [1, 1, 1], curve: zeros)
    let second = rows(seed: 2, count: counts.1, width: 5, uses: [1, 1, 1], curve: zeros)
    func distance(_ i: Int, _ j: Int) -> Float {
      (0..<5).reduce(0) { $0 + (second[j, $1] - first[i, $1]) * (second[j, $1] - first[i, $1]) }
    }
    let found = try NearestRows(first, RowBlocks(second))
    #expect(found.fromFirst.count == counts.0 && found.fromSecond.count == counts.1)
    // Squared lengths are some 5 · 40², and sums of them and products round to 2⁻²⁴ of that a few times.
    let error: Float = 5 * 1600 * 0x1p-24 * 8
    for (i, match) in found.fromFirst.enumerated() {
      let least = (0..<counts.1).map { distance(i, $0) }.min() ?? 0
      #expect(abs(match.distance - least) <= error && distance(i, match.index) - least <= error)
    }
    for (j, match) in found.fromSecond.enumerated() {
      let least = (0..<counts.0).map { distance($0, j) }.min() ?? 0
      #expect(abs(match.distance - least) <= error && distance(match.index, j) - least <= error)
    }
    for threads in [2, 5] {
      let same = try NearestRows(first, RowBlocks(second), team: ThreadTeam(threads))
      #expect(same.fromFirst.map(\.index) == found.fromFirst.map(\.index))
      #expect(same.fromSecond.map(\.index) == found.fromSecond.map(\.index))
    }
  }

  @Test func theToneCurveIsFoundWhereMeansMislead() throws {
    let width = 24
    let curve = (0..<width).map { 6 * sin(Double($0) / 4) }
    let mean = curve.reduce(0, +) / Double(width)
    // The same four sounds, in other shares.
    let content = rows(
      seed: 3, count: 300, width: width, uses: [5, 1, 1, 3], curve: [Double](repeating: 0, count: width))
    let style = rows(seed: 4, count: 260, width: width, uses: [1, 4, 3, 1], curve: curve)
    func error(_ found: [Double]) -> Double {
      (zip(found, curve).reduce(0) { $0 + pow($1.0 - ($1.1 - mean), 2) } / Double(width)).squareRoot()
    }
    let difference = zip(style.shapes.mean, content.shapes.mean).map { $0 - $1 }
    let found = try ToneMatcher().match(from: content, to: style).curve
    #expect(error(difference) > 1.5)
    // Noise of 1/√12 dB in each of some 60 frames a sound is 0.05 dB; smoothing over 0.4 bands costs less. Mean powers that
    // hold the other shares shift it by up to 15 % of a difference of some 5 dB.
    #expect(error(found) < 0.75)
    #expect(abs(found.reduce(0, +)) < 1e-9)
    // Nothing to correct where both are one.
    #expect(try ToneMatcher().match(from: content, to: content).curve.allSatisfy { abs($0) < 1e-9 })
  }

  @Test func soundsThatOnlyOneHasDoNotMoveTheToneCurve() throws {
    let width = 24
    let curve = (0..<width).map { 6 * sin(Double($0) / 4) }
    let zeros = [Double](repeating: 0, count: width)
    // Every other frame has no like in the other recording, so the closest 80 % would hold many pairs of different sounds.
    let content = rows(seed: 13, count: 300, width: width, uses: [2, 1, 1, 4, 0], curve: zeros)
    let style = rows(seed: 14, count: 300, width: width, uses: [1, 1, 2, 0, 4], curve: curve)
    // The mean powers, of which 15 % is taken, do hold those sounds.
    let powers = zip(style.meanPower, content.adding(curve).meanPower).map { $0 - $1 }
    let aim = zip(curve, ToneMatcher.smoothed(powers, width: 0.5)).map { $0 + 0.15 * $1 }
    let center = aim.reduce(0, +) / Double(width)
    let found = try ToneMatcher().match(from: content, to: style).curve
    let error = (zip(found, aim).reduce(0) { $0 + pow($1.0 - ($1.1 - center), 2) } / Double(width))
      .squareRoot()
    #expect(error < 0.5)
  }

  @Test func theLevelMapHasBoundedShrunkSlopes() {
    let content = (0...900).map { -60 + Double($0) / 30 }
    func map(_ slope: Double, exponent: Double = 1, strength: Double = 1) -> BroadbandLevelMap {
      BroadbandLevelMap(
        from: content, to: content.map { -45 + slope * ($0 + 45) }, exponent: exponent,
        knobs: Knobs(strength: strength))
    }
    // A compressor of 2:1 about −45 dB.
    let half = map(0.5)
    for level in [-58.0, -50, -45, -33] { #expect(abs(half(level) + (level + 45) / 2) < 1e-9) }
    #expect(half(-500) == half.gains.first && half(500) == half.gains.last)
    #expect(abs(map(0.25, exponent: 0.5)(-50) - 2.5) < 1e-9)
    #expect(map(0.5, exponent: 0).gains.allSatisfy { abs($0) < 1e-12 })
    // Levels never fall where the content's rise, whatever the strength.
    for (slope, strength) in [(0.0, 1.0), (9, 1), (0.3, 3), (2, -4)] {
      let made = map(slope, strength: strength)
      let results = made.levels.map { $0 + made($0) }
      #expect(
        zip(results, results.dropFirst()).allSatisfy { $0 < $1 }, "slope \(slope), strength \(strength)")
    }
    #expect(map(9).limitedCount == 10 && map(0.5).limitedCount == 0)
    // Equal levels have no slope.
    #expect(BroadbandLevelMap(from: [-20, -20], to: [-30, -10], exponent: 1, knobs: Knobs())(-20) == 0)
  }

  @Test func stylesOfLessThanASecondAreTakenLess() throws {
    // Sounds of one kind, with half the content's range of levels.
    func sample(_ count: Int, range: Double) -> FrameSample {
      FrameSample(
        channelCount: 3,
        frames: (0..<count).map { index in
          let level = -20 - range * Double(index) / Double(count)
          let shape = [0, Double(index * 37 % 101) / 20, Double(index * 53 % 103) / 20]
          return FrameSample.Frame(key: UInt64(index), levels: shape.map { Int16(64 * (level - $0)) })
        })
    }
    let layout = try #require(BandLayout(centers: [100, 1000, 4000]))
    func view(_ frames: FrameSample) -> MeasuredView {
      var levels = LevelStatistics(numFeatures: 4)
      for frame in frames.frames {
        let steps = frame.levels.map { FixedLevel(decibels: Double($0) / 64) }
        levels.add(ContiguousArray(steps + [FixedLevel(decibels: -20)]))
      }
      return MeasuredView(
        name: "", view: .linked,
        statistics: ViewStatistics(
          levels, layout: .bands(layout), nyquist: 24_000, gateShift: 0), frames: frames)
    }
    func span(_ count: Int) throws -> Double {
      let target = try MatchMethod().target(
        from: view(sample(400, range: 30)), to: view(sample(count, range: 15)),
        TargetRequest(shared: [0, 1, 2], knobs: Knobs(), aim: .equipment))
      guard case .level(_, let inputs, let outputs) = target.map else { return 0 }
      let gains = zip(inputs, outputs).map { $1 - $0 }
      return try #require(gains.max()) - #require(gains.min())
    }
    let (short, long) = (try span(40), try span(200))
    #expect(long > 4 && short > 0.1 && short < 0.8 * long)
    // Beyond a second the number of frames does not matter, but for where its quantiles fall.
    #expect(abs(try span(160) - long) < 0.05 * long)
  }

  @Test func pausesThatWereLiftedDoNotShiftTheShares() throws {
    // Half of the frames are 50 dB down; in the other recording a compressor has lifted them by 30 dB.
    func sample(pause: Float) throws -> LoudestFrames {
      try #require(LoudestFrames(FrameRows(width: 1, values: (0..<100).map { $0 % 2 == 0 ? -20 : pause })))
    }
    let (own, other) = (try sample(pause: -70), try sample(pause: -40))
    #expect(own.activeShare == 0.5 && other.activeShare == 1)
    #expect(other.rows(share: own.activeShare).values.allSatisfy { $0 == -20 })
    #expect(LoudestFrames(FrameRows(width: 3, values: [])) == nil)
  }

  @Test func shapesAndLevelAreTheBandsAgain() throws {
    let level = BroadbandLevel(weighting: [3, -1, 0, 5], channels: [0, 1, 3])
    let x = try Tensor3<Float>([[[-50, -30, -10], [-40, -35, -12], [-90, -90, -90], [-45, -60, -9]]])
    let features = level.features(of: x)
    #expect(features.shape == TensorShape(1, 5, 3))
    for l in 0..<3 {
      let power = [0, 1, 3].reduce(0.0) { $0 + pow(10, (Double(x[0, $1, l]) + level.weighting[$1]) / 10) }
      #expect(abs(Double(features[0, 4, l]) - 10 * log10(power)) < 1e-4)
      // Floats of up to 90 dB have steps of 8 · 10⁻⁶.
      for band in 0..<4 { #expect(abs(features[0, band, l] + features[0, 4, l] - x[0, band, l]) < 2e-5) }
    }
  }
}
