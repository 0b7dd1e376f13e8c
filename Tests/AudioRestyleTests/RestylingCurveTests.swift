import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle

/// What pictures show of a restyling is what it does.
@Suite struct RestylingCurveTests {
  private let rate = 44100.0

  private func restyling(
    _ method: RestyleMethod, _ change: (inout RestyleOptions) -> Void = { _ in }
  ) throws -> Restyling {
    var options = RestyleOptions()
    options.method = method
    change(&options)
    let restyler = Restyler(options: options)
    let style = TestClips.wandering(seed: 2, count: 300_000, rate: rate, amplitude: 0.3, pole: 0.3, depth: 3)
    let content = TestClips.wandering(seed: 1, count: 300_000, rate: rate, depth: 9)
    let learned = try restyler.learner.learn(TestClips.source([style]))
    let (_, report) = try restyler.restyle(TestClips.source([content]), towards: [WeightedStyle(learned)])
    return try #require(report.restyling)
  }

  /// The curve is the views' tone within the gain limits, below half the sample rate.
  @Test func theToneIsThatOfTheViews() throws {
    let restyling = try restyling(.adain) { $0.highestGain = 3 }
    let curve = try #require(restyling.toneCurves.first)
    let view = try #require(restyling.views.first)
    #expect(restyling.toneCurves.count == 1 && curve.view == "linked")
    let kept = restyling.frequencies.indices.filter { restyling.frequencies[$0] < 20_000 }
    #expect(curve.frequencies == kept.map { restyling.frequencies[$0] })
    #expect(curve.gains == kept.map { min(3, view.tone[$0]) })
    #expect(curve.gains.contains(3), "a limit binds")
  }

  /// Where an equaliser adds to the tone, the curve has both, at the third octaves.
  @Test func theToneHasTheEqualiser() throws {
    let restyling = try restyling(.match)
    let view = try #require(restyling.views.first)
    let equaliser = try #require(view.equaliser)
    let curve = try #require(restyling.toneCurves.first)
    #expect(curve.frequencies == ThirdOctaves.frequencies.filter { $0 < 20_000 })
    let smooth = ToneCurves.values(of: view.tone, at: restyling.frequencies, for: curve.frequencies)
    for index in curve.gains.indices {
      #expect(abs(curve.gains[index] - min(36, max(-48, smooth[index] + equaliser[index]))) < 1e-9)
    }
  }

  /// The map of the momentary loudness is what the layer makes of it.
  @Test func theLevelMapIsTheLayers() throws {
    var restyling = try restyling(.match)
    var loudness = try #require(restyling.loudness)
    loudness.style.spread = loudness.content.spread.map { 0.3 * $0 }
    restyling.loudness = loudness
    let map = try #require(restyling.levelMaps.first { $0.kind == .momentary })
    #expect(map.inputs == map.inputs.sorted() && map.inputs.count == map.outputs.count)
    let gains = try loudness.gains(map.inputs)
    #expect(gains.contains { abs($0) > 1 })
    for index in map.inputs.indices {
      #expect(abs(map.outputs[index] - map.inputs[index] - gains[index]) < 1e-9)
    }
    // A map that changes nothing is none.
    loudness.style = loudness.content
    loudness.reshaping = LevelCurve(inputs: [-10, 10], outputs: [-10, 10], endSlope: 1)
    restyling.loudness = loudness
    #expect(!restyling.levelMaps.contains { $0.kind == .momentary })
    // Each band of `adain` has its own map, and `mean` has none.
    #expect(try self.restyling(.adain).levelMaps.isEmpty)
    #expect(try self.restyling(.mean).levelMaps.isEmpty)
  }

  /// The frames' map is σs · (T(x) − μc)/σc about the means, and is left out where it changes nothing.
  @Test func theFramesMapIsTheLayers() throws {
    var restyling = try restyling(.match)
    var view = try #require(restyling.views.first)
    let last = view.content.mean.count - 1
    #expect(view.level != nil)
    view.content.spread[last] = 4
    view.style.spread[last] = 2
    view.reshaping = nil
    restyling.views[0] = view
    let map = try #require(restyling.levelMaps.first { $0.kind == .frames })
    for (input, output) in zip(map.inputs, map.outputs) { #expect(abs(output - input / 2) < 1e-9) }
    view.style.spread[last] = 4
    restyling.views[0] = view
    #expect(!restyling.levelMaps.contains { $0.kind == .frames })
  }

  /// A long-term spectrum has the third octaves below half the sample rate, and a sine's level in its own.
  @Test func longTermLevelsAreThoseOfTheSound() throws {
    let count = 16_000 * 4
    let sine = (0..<count).map { Float(0.1 * sin(2 * .pi * 1000 * Double($0) / 16_000)) }
    let profile = try ProfileLearner().learn(TestClips.source([sine], rate: 16_000))
    let levels = try #require(profile.longTermLevels())
    #expect(levels.frequencies == ThirdOctaves.frequencies.filter { $0 < 8000 })
    let loudest = try #require(levels.sound.indices.max { levels.sound[$0] < levels.sound[$1] })
    #expect(levels.frequencies[loudest] == 1000)
    // −23 dBFS of mean power at its own level, moved to −23 LUFS in steps of 0.5 dB: mono counts as two channels.
    #expect(abs(levels.sound[loudest] - (-23 - 3.01)) < 0.6)
    var bare = profile
    bare.longTermSpectra = [:]
    #expect(bare.longTermLevels() == nil)
  }
}
