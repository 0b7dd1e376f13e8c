import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The numbers of a saved restyling lie within what they can be.
@Suite struct RestylingBoundsTests {
  private let rate = 44100.0

  private func restyling(_ options: RestyleOptions) throws -> Restyling {
    let content = TestClips.source([TestClips.wandering(seed: 1, count: 100_000, rate: rate, depth: 9)])
    let style = TestClips.source([
      TestClips.wandering(seed: 2, count: 100_000, rate: rate, amplitude: 0.3, pole: 0.3, depth: 4)
    ])
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(style)
    let (_, report) = try restyler.restyle(content, towards: [WeightedStyle(profile, name: "style")])
    return try #require(report.restyling)
  }

  /// A restyling that has every part.
  private func whole() throws -> Restyling {
    var options = RestyleOptions()
    options.refinements = 0
    var made = try restyling(options)
    var envelope = EnvelopeGain(levels: -60...0)
    envelope.limits = -48...36
    envelope.range = -1...1
    made.envelope = envelope
    made.peakThreshold = 0.5
    made.level = LevelAim(loudness: -20, rms: -20, gain: 1, ceiling: -1)
    made.views[0].equaliser = [Double](repeating: 0.5, count: ThirdOctaves.count)
    made.views[0].pauseAllowance = 1
    made.views[0].reshaping = .level(
      curve: LevelCurve(inputs: [-40, -20], outputs: [-38, -20], endSlope: 1))
    made.loudness = LoudnessRestyling(
      content: FeatureMoments(mean: [-3], spread: [4]), style: FeatureMoments(mean: [-3], spread: [3]),
      reshaping: LevelCurve(inputs: [-10, 0], outputs: [-9, 0], endSlope: 1), anchor: -23, gate: -20,
      pauseGain: -1, pauseDepth: 1, ownRange: 8)
    made.facts.contentLoudness = -23
    return made
  }

  /// The value with another number at a place.
  private func changed(_ value: Any, _ path: ArraySlice<Substring>, _ number: Double) throws -> Any {
    guard let key = path.first else {
      _ = try #require(value as? Double, "a number is there")
      return number.rounded() == number && abs(number) < 1e15 ? Int(number) : number
    }
    if var object = value as? [String: Any] {
      let inner = try #require(object[String(key)], "\(key) is there")
      object[String(key)] = try changed(inner, path.dropFirst(), number)
      return object
    }
    var list = try #require(value as? [Any])
    let index = try #require(Int(key))
    list[index] = try changed(list[index], path.dropFirst(), number)
    return list
  }

  @Test(arguments: [
    ("level.ceiling", -1000), ("level.ceiling", 1e300), ("level.gain", 1e300), ("level.loudness", 1e9),
    ("level.rms", -1e9), ("peakThreshold", 1e37), ("peakThreshold", 0), ("highestGain", 61),
    ("views.0.bands.contentMean.3", 1e4), ("views.0.bands.contentSpread.3", 1e4),
    ("views.0.bands.requestedMean.3", 1e6), ("views.0.bands.requestedSpread.3", 1e6),
    ("views.0.content.mean.3", 3100), ("views.0.content.spread.3", 1e6),
    ("views.0.content.spread.3", -1), ("views.0.content.spread.3", 1e-300),
    ("views.0.style.mean.3", 1e6), ("views.0.style.spread.3", 1e6), ("views.0.level.weighting.3", 1e4),
    ("views.0.equaliser.3", 1e4), ("views.0.pauseAllowance", -1),
    ("views.0.reshaping.level.curve.inputs.1", 1e5), ("views.0.reshaping.level.curve.outputs.0", 1e5),
    ("views.0.reshaping.level.curve.endSlope", 1e5), ("envelope.tables.0.3", 1e5),
    ("envelope.limits.1", 1e5), ("envelope.limits.0", -1e5), ("envelope.lowestLevel", 1e5),
    ("envelope.range.1", 1e5), ("loudness.content.mean.0", 1e5), ("loudness.content.spread.0", -1),
    ("loudness.style.mean.0", 1e5), ("loudness.style.spread.0", 1e5), ("loudness.pauseGain", 1),
    ("loudness.pauseDepth", 1e5), ("loudness.ownRange", -1), ("facts.contentLoudness", 1e5),
    ("facts.content.0.channelCount", 1e9), ("facts.content.0.sampleRate", 1e12),
  ])
  func aNumberThatCannotBeIsAnError(place: String, number: Double) throws {
    let data = try whole().encoded()
    #expect(throws: Never.self) { try Restyling(decoding: data, name: "whole") }
    let path = ("restyling." + place).split(separator: ".")
    let file = try changed(try JSONSerialization.jsonObject(with: data), path[...], number)
    let wrong = try JSONSerialization.data(withJSONObject: file)
    let error = #expect(throws: RestyleError.self) { try Restyling(decoding: wrong, name: "wrong") }
    let text = try #require(error).description
    #expect(text.hasPrefix("wrong: ") && text.contains("expected"), "\(text)")
  }

  /// Strong options make large numbers.
  @Test(arguments: RestyleMethod.allCases, [-3.0, 3])
  func strongChangesAreReadAgain(method: RestyleMethod, strength: Double) throws {
    var options = RestyleOptions()
    options.method = method
    options.tone = 2
    options.refinements = 0
    if method != .efdm {
      options.strength = strength
      if method != .mean { options.dynamics = 4 }
    }
    let restyling = try restyling(options)
    #expect(try Restyling(decoding: restyling.encoded(), name: "saved") == restyling)
  }
}
