import AdaIN
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

/// Tone from one style, dynamics from another.
@Suite struct DynamicsStyleTests {
  private static let rate = 22050.0
  private static let methods = RestyleMethod.allCases.filter { $0.rule.hasDynamics }

  private func profile(
    seed: UInt64, pole: Float, depth: Double, _ method: RestyleMethod, features: FeatureKind = .bands
  ) throws -> StyleProfile {
    let clip = TestClips.wandering(seed: seed, count: 132_300, rate: Self.rate, pole: pole, depth: depth)
    return try Restyler(options: options(method, features: features)).learner.learn(
      TestClips.source([clip], rate: Self.rate, name: "\(seed)"))
  }

  private func options(_ method: RestyleMethod, features: FeatureKind = .bands) -> RestyleOptions {
    var options = RestyleOptions()
    options.method = method
    options.features = features
    return options
  }

  @Test(arguments: methods)
  func aStyleThatIsItsOwnDynamicsChangesNothing(_ method: RestyleMethod) throws {
    let content = try profile(seed: 1, pole: 0.8, depth: 6, method)
    let style = try profile(seed: 2, pole: 0.5, depth: 3, method)
    let restyler = Restyler(options: options(method))
    var named = WeightedStyle(style)
    named.dynamics = DynamicsStyle(style)
    var found = try restyler.restyling(of: content, towards: [named])
    #expect(found.facts.styles.map(\.dynamics) == ["2"])
    found.facts.styles[0].dynamics = nil
    #expect(try restyler.restyling(of: content, towards: [WeightedStyle(style)]).views == found.views)
  }

  @Test(arguments: methods)
  func meansAreOfTheOneAndSpreadsOfTheOther(_ method: RestyleMethod) throws {
    let content = try profile(seed: 1, pole: 0.8, depth: 6, method)
    let tone = try profile(seed: 2, pole: 0.5, depth: 6, method)
    let dynamics = try profile(seed: 3, pole: 0.9, depth: 2, method)
    let restyler = Restyler(options: options(method))
    func view(_ style: StyleProfile, _ dynamics: StyleProfile? = nil) throws -> ViewRestyling {
      var style = WeightedStyle(style)
      style.dynamics = dynamics.map { DynamicsStyle($0) }
      return try #require(try restyler.restyling(of: content, towards: [style]).views.first)
    }
    let (both, toned, moved) = (try view(tone, dynamics), try view(tone), try view(dynamics))
    // The broadband level of `match` is heard after the tone, so its map and mean depend on the tone a little.
    let tolerance = method == .match ? 0.5 : 1e-9
    let bands = both.bands.shared
    #expect(bands.count > 20)
    func largest(_ a: [Double], _ b: [Double]) -> Double {
      // In `match` the mean of the level's map adds one gain to all bands.
      let differences = bands.map { a[$0] - b[$0] }
      let mean = method == .match ? differences.reduce(0, +) / Double(bands.count) : 0
      return differences.map { abs($0 - mean) }.max() ?? 0
    }
    #expect(largest(both.tone, toned.tone) < tolerance)
    #expect(largest(both.tone, moved.tone) > 3)
    let spreads = zip(both.bands.requestedSpread, moved.bands.requestedSpread)
    if method != .match { #expect(bands.allSatisfy { both.style.spread[$0] == moved.style.spread[$0] }) }
    let own = both.bands.contentSpread
    // Dynamics of a smaller spread make all spreads smaller, wherever the tone is from.
    for (index, (found, wanted)) in spreads.enumerated() where bands.contains(index) {
      #expect(abs(found - wanted) <= (method == .match ? 0.3 : 1e-9))
      #expect(found < own[index] - 0.2)
    }
  }

  @Test func samplesHaveTheMeanOfTheOneAndTheSpreadOfTheOther() throws {
    let content = try profile(seed: 1, pole: 0.8, depth: 6, .adain, features: .waveform)
    let tone = try profile(seed: 2, pole: 0.5, depth: 6, .adain, features: .waveform)
    let dynamics = try profile(seed: 3, pole: 0.9, depth: 2, .adain, features: .waveform)
    var style = WeightedStyle(tone)
    style.dynamics = DynamicsStyle(dynamics)
    let restyler = Restyler(options: options(.adain, features: .waveform))
    func moments(_ style: WeightedStyle) throws -> FeatureMoments {
      try restyler.restyling(of: content, towards: [style]).views[0].style
    }
    let (both, toned, moved) = try (
      moments(style), moments(WeightedStyle(tone)), moments(WeightedStyle(dynamics))
    )
    #expect(both.mean == toned.mean && both.spread == moved.spread)
    #expect(both.spread != toned.spread && both.mean != moved.mean)
  }

  @Test func whatHasNoMeaningIsRefused() throws {
    let content = try profile(seed: 1, pole: 0.8, depth: 6, .mean)
    var style = WeightedStyle(content)
    style.dynamics = DynamicsStyle(content)
    #expect(throws: RestyleError.self) {
      try Restyler(options: options(.mean)).restyling(of: content, towards: [style])
    }
    let silence = try Restyler(options: options(.adain)).learner.learn(
      TestClips.source([[Float](repeating: 0, count: 44100)], rate: Self.rate, name: "silence"))
    style.dynamics = DynamicsStyle(silence)
    #expect(throws: RestyleError.silentStyle("silence")) {
      try Restyler(options: options(.adain)).restyling(of: content, towards: [style])
    }
  }
}
