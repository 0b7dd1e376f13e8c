import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Stems of a mix in memory: the change is a linear one, whose gains are the mix's.
@Suite struct StemPlanTests {
  private let rate = 44100.0
  private let count = 90_000

  /// Stems with hits over a bed, so that frames are split at onsets, and their sum.
  private func stems(_ channels: Int) -> (stems: [[[Float]]], mix: [[Float]]) {
    let bed = TestClips.stereo(seed: 1, count: count, rate: rate)
    let hits = TestClips.stereo(seed: 2, count: count, rate: rate, width: 0.2, pole: 0.3).map { channel in
      channel.enumerated().map { $1 * 6 * Float(exp(-Double($0 % 20_000) / 2000)) }
    }
    let silence = [[Float]](repeating: [Float](repeating: 0, count: count), count: 2)
    let all = [bed, hits, silence].map { Array($0.prefix(channels)) }
    let mix = (0..<channels).map { channel in
      (0..<count).map { index in all.reduce(0) { $0 + $1[channel][index] } }
    }
    return (all, mix)
  }

  private func style(_ options: RestyleOptions, _ channels: Int) throws -> [WeightedStyle] {
    let clip = TestClips.stereo(seed: 7, count: count, rate: rate, width: 0.9, pole: 0.3)
    let source = TestClips.source(Array(clip.prefix(channels)))
    return [WeightedStyle(try Restyler(options: options).learner.learn(source), name: "style")]
  }

  private func check(_ options: RestyleOptions, channels: Int = 2) throws {
    let (parts, mix) = stems(channels)
    let styles = try style(options, channels)
    let whole = try Restyler(options: options).restyle(TestClips.source(mix), towards: styles)
    let (results, report) = try Restyler(options: options).restyle(
      (parts + [mix]).map { TestClips.source($0) }, like: TestClips.source(mix), towards: styles)
    #expect(report.restyling == whole.report.restyling && report.level == whole.report.level)
    #expect(results[3] == whole.channels, "the mix among its stems")
    #expect(results[2].joined().allSatisfy { $0 == 0 }, "silence")
    for channel in 0..<channels {
      let sum = (0..<count).map { index in results[..<3].reduce(0) { $0 + $1[channel][index] } }
      #expect(TestClips.signalToNoise(whole.channels[channel], sum) > 100)
      #expect(TestClips.signalToNoise(mix[channel], whole.channels[channel]) < 20, "something is done")
    }
  }

  @Test(arguments: RestyleMethod.allCases, StereoMode.allCases)
  func stemsSumToTheMix(method: RestyleMethod, stereo: StereoMode) throws {
    var options = RestyleOptions()
    (options.method, options.stereo) = (method, stereo)
    // The limiter acts.
    options.loudness = .lufs(-12)
    try check(options)
  }

  @Test func otherFeaturesPhasesAndPeaksDoSoToo() throws {
    var options = RestyleOptions()
    options.phase = .linear
    try check(options, channels: 1)
    options.features = .spectrum
    options.method = .adain
    options.peaks = .gain
    try check(options)
  }

  /// Stems that end within their sound and cancel, in a mix that ends in silence: the ringing of the filter fades as
  /// in the mix.
  @Test func theEndIsThatOfTheMix() throws {
    let bed = TestClips.stereo(seed: 1, count: count, rate: rate)
    let loud = TestClips.stereo(seed: 2, count: count, rate: rate)
    let faded = bed.map { $0.enumerated().map { $1 * Float(max(0, count - 3000 - $0)) / Float(count) } }
    let stems = [zip(faded, loud).map { zip($0, $1).map { $0 + $1 } }, loud.map { $0.map { -$0 } }]
    let mix = (0..<2).map { channel in zip(stems[0][channel], stems[1][channel]).map { $0 + $1 } }
    let styles = try style(RestyleOptions(), 2)
    let whole = try Restyler().restyle(TestClips.source(mix), towards: styles).channels
    let results = try Restyler().restyle(
      (stems + [mix]).map { TestClips.source($0) }, like: TestClips.source(mix), towards: styles
    ).stems
    #expect(results[2] == whole)
    // The stems are 20 dB and more over what is left of them; over the last 10 ms all sum up as elsewhere.
    for channel in 0..<2 {
      let error = whole[channel].indices.suffix(441).map {
        abs(results[0][channel][$0] + results[1][channel][$0] - whole[channel][$0])
      }
      #expect(error.max() ?? 1 < 1e-6)
    }
  }

  /// A gain alone passes samples by.
  @Test func aChangeOfLevelAlone() throws {
    var options = RestyleOptions()
    options.method = .mean
    options.tone = 0
    options.loudness = .lufs(-8)
    try check(options)
  }

  @Test func stemsThatDoNotFitAreErrors() throws {
    let (parts, mix) = stems(2)
    let styles = try style(RestyleOptions(), 2)
    func error(_ stem: MemorySource) throws -> String? {
      do {
        _ = try Restyler().restyle([stem], like: TestClips.source(mix, name: "mix"), towards: styles)
        return nil
      } catch let error as RestyleError {
        return error.description
      }
    }
    let expected = "expected a stem of 2 channels at 44100 Hz and 90000 frames, as the mix mix has, found "
    #expect(
      try error(TestClips.source(parts[0], rate: 48000, name: "s"))
        == "s: \(expected)2 channels at 48000 Hz and 90000 frames")
    #expect(
      try error(TestClips.source([parts[0][0]], name: "s"))
        == "s: \(expected)1 channel at 44100 Hz and 90000 frames"
    )
    #expect(
      try error(TestClips.source(parts[0].map { $0 + [0] }, name: "s"))
        == "s: \(expected)2 channels at 44100 Hz and 90001 frames")
    var options = RestyleOptions()
    (options.features, options.method) = (.waveform, .adain)
    #expect(throws: RestyleError.self) {
      try Restyler(options: options).restyle([], like: TestClips.source(mix), towards: styles)
    }
  }

  /// A stem whose length shows only while it is read.
  @Test func aStemThatEndsEarlyOrLateIsAnError() throws {
    let (parts, mix) = stems(2)
    for (change, found) in [(-1, 89_999), (5, 90_005)] {
      let stem = parts[0].map { Array(($0 + [Float](repeating: 0, count: 5)).prefix(count + change)) }
      let pair = StemPair(
        TestClips.source(mix, name: "mix"), TestClips.source(stem, name: "s"), frameCount: count)
      do {
        try pair.forEachChunk(team: ThreadTeam(1)) { _ in [] }
        Issue.record("expected an error")
      } catch let error as RestyleError {
        #expect(
          error.description == "s: expected a stem of 90000 frames, as the mix mix has, found \(found)")
      }
    }
  }
}
