import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// `--strength`, `--tone` and `--dynamics`, from nothing to far beyond all: measured on results.
@Suite struct KnobTests {
  private static let rate = 22050.0
  private static let content = TestClips.wandering(seed: 1, count: 220_500, rate: rate, pole: 0.8, depth: 6)
  private static let style = TestClips.wandering(seed: 2, count: 220_500, rate: rate, pole: 0.5, depth: 2)

  private func restyled(
    _ method: RestyleMethod, _ change: (inout RestyleOptions) -> Void
  ) throws -> (samples: [Float], report: RestyleReport) {
    var options = RestyleOptions()
    options.method = method
    options.measuresResult = true
    change(&options)
    let restyler = Restyler(options: options)
    let learned = try restyler.learner.learn(TestClips.source([Self.style], rate: Self.rate, name: "style"))
    let (channels, report) = try restyler.restyle(
      TestClips.source([Self.content], rate: Self.rate, name: "content"), towards: [WeightedStyle(learned)])
    return (channels[0], report)
  }

  /// By how many dB means move apart from each other, and the mean of ln(s/c) of the spreads, of what was reached.
  private func reached(_ report: RestyleReport) throws -> (tone: [Double], dynamics: Double) {
    let bands = try #require(report.views.first).channels.filter(\.isShared)
    let gains = try bands.map { try #require($0.mean) - $0.contentMean }
    let middle = gains.reduce(0, +) / Double(gains.count)
    let ratios = try bands.map { log(try #require($0.spread) / $0.contentSpread) }
    return (gains.map { $0 - middle }, ratios.reduce(0, +) / Double(ratios.count))
  }

  /// The slope of one list of numbers on another.
  private func share(of found: [Double], in whole: [Double]) -> Double {
    zip(found, whole).reduce(0) { $0 + $1.0 * $1.1 } / whole.reduce(0) { $0 + $1 * $1 }
  }

  @Test(arguments: RestyleMethod.allCases)
  func strengthAndToneTakeAsMuchAsTheySay(_ method: RestyleMethod) throws {
    let whole = try reached(restyled(method) { _ in }.report)
    for amount in [0.5, 2] {
      let toned = try reached(restyled(method) { $0.tone = amount }.report)
      #expect(abs(share(of: toned.tone, in: whole.tone) - amount) < 0.15 * amount)
      guard method.rule.reach.contains(amount) else { continue }
      let strong = try reached(restyled(method) { $0.strength = amount }.report)
      #expect(abs(share(of: strong.tone, in: whole.tone) - amount) < 0.15 * amount)
    }
    let none = try restyled(method) { $0.strength = 0 }
    #expect(none.samples == Self.content)
    let flat = try restyled(method) { $0.tone = 0 }
    // Without tone there is nothing left of means alone.
    if method.rule.hasDynamics {
      #expect(abs(share(of: try reached(flat.report).tone, in: whole.tone)) < 0.1)
    } else {
      #expect(try #require(flat.report.restyling).isIdentity)
    }
  }

  @Test(arguments: RestyleMethod.allCases.filter { $0.rule.hasDynamics })
  func moreDynamicsAreMoreAndFewerAreLess(_ method: RestyleMethod) throws {
    // The style's levels spread less, so every ratio is under 1.
    let amounts = [0, 0.5, 1, 2].filter { method.rule.reach.contains($0) }
    let found = try amounts.map { amount in
      try reached(restyled(method) { $0.dynamics = amount }.report).dynamics
    }
    #expect(abs(found[0]) < 0.1)
    for (less, more) in zip(found, found.dropFirst()) { #expect(more < less - 0.05) }
  }

  @Test(arguments: RestyleMethod.allCases)
  func theFarEndsOfEveryKnobGiveSound(_ method: RestyleMethod) throws {
    var changes: [(inout RestyleOptions) -> Void] = [{ $0.tone = 4 }]
    if method.rule.hasDynamics {
      changes.append { $0.dynamics = method.rule.reach.contains(4) ? 4 : 1 }
      changes.append { ($0.tone, $0.dynamics) = (4, 0) }
    }
    for strength in [-10.0, -1, 2, 10] where method.rule.reach.contains(strength) {
      changes.append { $0.strength = strength }
    }
    for change in changes {
      let (samples, report) = try restyled(method, change)
      #expect(samples.allSatisfy { $0.isFinite })
      #expect(try #require(report.loudness) > -50)
      let restyling = try #require(report.restyling)
      #expect(throws: Never.self) { try JSONEncoder().encode(restyling) }
    }
  }
}
