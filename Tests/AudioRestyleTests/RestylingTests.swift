import AdaIN
import AudioFeatures
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// A restyling as a value: the layer decides, and the value says all.
@Suite struct RestylingTests {
  private let rate = 44100.0

  private func options(_ method: RestyleMethod, _ change: (inout RestyleOptions) -> Void = { _ in })
    -> RestyleOptions
  {
    var options = RestyleOptions()
    options.method = method
    change(&options)
    return options
  }

  private func content(_ channels: Int = 1) -> MemorySource {
    channels == 2
      ? TestClips.source(TestClips.stereo(seed: 1, count: 150_000, rate: rate), name: "content")
      : TestClips.source(
        [TestClips.wandering(seed: 1, count: 150_000, rate: rate, depth: 9)], name: "content")
  }

  private func style(_ options: RestyleOptions, _ channels: Int = 1) throws -> [WeightedStyle] {
    let clip =
      channels == 2
      ? TestClips.stereo(seed: 2, count: 150_000, rate: rate, width: 0.9, pole: 0.3)
      : [TestClips.wandering(seed: 2, count: 150_000, rate: rate, amplitude: 0.3, pole: 0.3, depth: 4)]
    return [
      WeightedStyle(try Restyler(options: options).learner.learn(TestClips.source(clip)), name: "style")
    ]
  }

  /// The restyling after its trials, and the result.
  private func made(
    _ options: RestyleOptions, channels: Int = 1
  ) throws -> (restyling: Restyling, channels: [[Float]]) {
    let (result, report) = try Restyler(options: options).restyle(
      content(channels), towards: style(options, channels))
    return (try #require(report.restyling), result)
  }

  @Test(arguments: RestyleMethod.allCases, StereoMode.allCases)
  func aSavedRestylingGivesTheSameSamples(method: RestyleMethod, stereo: StereoMode) throws {
    let options = options(method) { $0.stereo = stereo }
    let (restyling, result) = try made(options, channels: 2)
    let read = try Restyling(decoding: restyling.encoded(), name: "saved")
    #expect(read == restyling)
    #expect(try Restyler().restyle(content(2), by: read).channels == result)
  }

  @Test(arguments: [FeatureKind.spectrum, .waveform])
  func otherFeaturesAreSaved(features: FeatureKind) throws {
    let options = options(.adain) { $0.features = features }
    let (restyling, result) = try made(options)
    let read = try Restyling(decoding: restyling.encoded(), name: "saved")
    #expect(read == restyling)
    #expect(try Restyler().restyle(content(), by: read).channels == result)
  }

  @Test(arguments: RestyleMethod.allCases) func theLayersNumbersByHandAreTheRequest(method: RestyleMethod)
    throws
  {
    let options = options(method) { $0.strength = method == .efdm ? 0.8 : 1.3 }
    let restyling = try made(options).restyling
    let requested = try Restyler().requestedGains(of: content(), by: restyling)
    let levels = try Restyler().extractFeatures(from: content()).values
    let view = restyling.views[0]
    let (own, style) = (view.content, view.style)
    var largest = 0.0
    for (frame, gains) in requested[0].gains.enumerated() {
      var bands = (0..<levels.shape.c).map { Double(levels[0, $0, frame]) }
      let floor = view.gate.floorLevel?.decibels ?? -120
      // Frames under the noise floor are raised to it, which this does not repeat.
      let power = bands.reduce(0) { $0 + pow(10, $1 / 10) }
      if 10 * log10(power) + Double(restyling.referenceBuckets) / 2 < floor + 3 { continue }
      bands = bands.map { $0 + Double(restyling.referenceBuckets) / 2 }
      var x = bands
      if let level = view.level {
        let sum = level.channels.reduce(0) { $0 + pow(10, (bands[$1] + level.weighting[$1]) / 10) }
        let broadband = 10 * log10(sum)
        x = bands.map { $0 - broadband } + [broadband]
      }
      var reshaped = x
      switch view.reshaping {
      case nil: break
      case .level(let curve): reshaped[x.count - 1] = curve(x[x.count - 1])
      case .bands(let curves): for (index, curve) in curves.enumerated() { reshaped[index] = curve(x[index]) }
      case .frames(let matrix):
        for row in x.indices {
          reshaped[row] = x.indices.reduce(own.mean[row]) {
            $0 + matrix[row * x.count + $1] * (x[$1] - own.mean[$1])
          }
        }
      }
      // y = σs · (T(x) − μc)/σc + μs, of which the tone is a constant.
      let gain = x.indices.map { index in
        style.spread[index] * (reshaped[index] - own.mean[index]) / own.spread[index] + style.mean[index]
          - x[index]
      }
      let tone = zip(style.mean, own.mean).map { $0 - $1 }
      for band in bands.indices {
        let source = view.gainSource[band]
        var wanted = gain[source] - tone[source] + tone[band]
        if view.level != nil { wanted += gain[x.count - 1] }
        largest = max(largest, abs(Double(gains[band]) - wanted))
      }
    }
    // Levels of up to 120 dB have steps of 8 · 10⁻⁶ as floats; a few of them add up.
    #expect(largest < 1e-4)
    #expect(requested[0].gains.joined().map(abs).max() ?? 0 > 3)
  }

  /// The default runs the layer on every frame, and it decides.
  @Test func theLayerDecidesWhatTheDefaultDoes() throws {
    let restyling = try made(RestyleOptions()).restyling
    #expect(restyling.facts.method == .match)
    func gains(_ change: (inout Restyling) -> Void) throws -> [[Float]] {
      var changed = restyling
      change(&changed)
      let read = try Restyling(decoding: changed.encoded(), name: "saved")
      return try Restyler().requestedGains(of: content(), by: read)[0].gains
    }
    let before = try gains { _ in }
    let level = restyling.views[0].content.mean.count - 1
    let (band, mean) = (12, restyling.views[0].style.mean[12])
    // σs of the level times 1.1: deviations of the level's gain grow by a tenth of what the layer makes of it.
    let wider = try gains { $0.views[0].style.spread[level] *= 1.1 }
    let changes = zip(wider, before).map { Double($0[5] - $1[5]) }
    let own = try Restyler().requestedGains(of: content(), by: restyling)[0].gains
    #expect(own == before)
    let spread = changes.meanAndSpread.spread
    #expect(abs(changes.meanAndSpread.mean) < 0.5 * spread)
    // Over the active frames it is a tenth of σs.
    #expect(spread > 0.05 * restyling.views[0].style.spread[level])
    // Every band gets the same.
    for (a, b) in zip(wider, before) {
      let differences = zip(a, b).map { $0 - $1 }
      #expect(differences.allSatisfy { abs($0 - differences[0]) < 1e-4 })
    }
    // μs of one band times 1.1: its gain moves by a tenth of μs in every frame, and no other does.
    let brighter = try gains { $0.views[0].style.mean[band] *= 1.1 }
    for (a, b) in zip(brighter, before) {
      #expect(abs(Double(a[band] - b[band]) - 0.1 * mean) < 1e-4)
      #expect(a.indices.allSatisfy { $0 == band || a[$0] == b[$0] })
    }
  }

  @Test func theToneIsTheDifferenceOfMeans() throws {
    let restyling = try made(RestyleOptions()).restyling
    let view = restyling.views[0]
    let filter = try #require(restyling.filterTone(sampleRate: rate))
    for (band, gain) in filter.enumerated() {
      let last = view.content.mean.count - 1
      let wanted =
        (view.style.mean[band] - view.content.mean[band]) + (view.style.mean[last] - view.content.mean[last])
      #expect(abs(gain - wanted) < 1e-9)
    }
    var linear = restyling
    linear.phase = .linear
    #expect(linear.filterTone(sampleRate: rate) == nil)
  }

  /// A quieter copy of the clip gets the same gains.
  @Test func aRestylingFollowsTheClipsLoudness() throws {
    let restyling = try made(RestyleOptions()).restyling
    let quiet = MemorySource(
      [TestClips.wandering(seed: 1, count: 150_000, rate: rate, depth: 9).map { $0 * 0.25 }], sampleRate: rate
    )
    let measured = try ProfileLearner(measuresDistributions: false, measuresFrames: false).measure(quiet)
    let moved = try restyling.anchored(to: measured)
    #expect(moved.referenceBuckets - restyling.referenceBuckets == 24)
    let (own, other) = (
      try Restyler().requestedGains(of: content(), by: restyling)[0].gains,
      try Restyler().requestedGains(of: quiet, by: moved)[0].gains
    )
    // 12.04 dB are 24 buckets and 0.04 dB, on a slope of at most 3.
    for (a, b) in zip(own, other) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.15 }) }
  }

  /// What counts in levels of samples follows as well: the envelope's tables and the peaks' threshold.
  @Test func envelopesAndPeaksFollowTheClipsLoudness() throws {
    var restyling = try made(RestyleOptions()).restyling
    var envelope = EnvelopeGain(levels: -60...0)
    envelope.add(1)
    restyling.envelope = envelope
    restyling.peakThreshold = 0.5
    let quiet = MemorySource(
      [TestClips.wandering(seed: 1, count: 150_000, rate: rate, depth: 9).map { $0 * 0.25 }], sampleRate: rate
    )
    let measured = try ProfileLearner(measuresDistributions: false, measuresFrames: false).measure(quiet)
    let moved = try restyling.anchored(to: measured)
    #expect(moved.envelope?.lowestLevel == envelope.lowestLevel - 12)
    #expect(abs((moved.peakThreshold ?? 0) - 0.5 * pow(10, -0.6)) < 1e-6)
    #expect(moved.envelope?.tables == envelope.tables)
  }

  /// Levels as they are, or as far from the clip's loudness; the loudness as a target, or as a difference.
  @Test func anchoringSaysWhatFollowsTheClip() throws {
    var restyling = try made(RestyleOptions()).restyling
    restyling.envelope = EnvelopeGain(levels: -60...0)
    restyling.peakThreshold = 0.5
    let samples = TestClips.wandering(seed: 1, count: 150_000, rate: rate, depth: 9).map { $0 * 4 }
    let loud = MemorySource([samples], sampleRate: rate)
    let learner = ProfileLearner(measuresDistributions: false, measuresFrames: false)
    let (own, other) = try (learner.measure(content()), learner.measure(loud))
    var anchoring = Anchoring()
    let (target, gate) = (try #require(restyling.level.loudness), restyling.views[0].gate)
    for levels in Anchoring.Levels.allCases {
      for loudness in Anchoring.Loudness.allCases {
        (anchoring.levels, anchoring.loudness) = (levels, loudness)
        #expect(try restyling.anchored(to: own, anchoring) == restyling)
        let moved = try restyling.anchored(to: other, anchoring)
        #expect(abs((moved.level.loudness ?? 0) - target - (loudness == .gain ? 12.04 : 0)) < 0.01)
        guard levels == .absolute else { continue }
        #expect(moved.referenceBuckets == restyling.referenceBuckets)
        #expect(moved.envelope == restyling.envelope && moved.peakThreshold == restyling.peakThreshold)
        #expect(moved.loudness == restyling.loudness)
        // The clip's own gates, 12 dB higher.
        #expect(abs((moved.views[0].gate.lowestActiveBucket ?? 0) - (gate.lowestActiveBucket ?? 0) - 24) <= 1)
        #expect(abs((moved.views[0].gate.floorBucket ?? 0) - (gate.floorBucket ?? 0) - 24) <= 1)
      }
    }
    // A clip 12 dB higher stands 24 buckets higher on the same map.
    anchoring.levels = .absolute
    var higher = try restyling.anchored(to: own)
    higher.referenceBuckets += 24
    higher.views[0].gate = higher.views[0].gate.moved(byBuckets: 24)
    let wanted = try Restyler().requestedGains(of: content(), by: higher)[0].gains
    let found = try Restyler().requestedGains(of: loud, by: restyling.anchored(to: other, anchoring))[0]
      .gains
    for (a, b) in zip(found, wanted) { #expect(zip(a, b).allSatisfy { abs($0 - $1) < 0.15 }) }
  }

  @Test func whatDoesNotFitIsAnError() throws {
    let restyling = try made(options(.match) { $0.stereo = .midSide }, channels: 2).restyling
    #expect(throws: RestyleError.self) { try Restyler().restyle(content(1), by: restyling) }
    let good = String(decoding: try restyling.encoded(), as: UTF8.self)
    func error(_ old: String, _ new: String) -> String? {
      do {
        _ = try Restyling(decoding: Data(good.replacingOccurrences(of: old, with: new).utf8), name: "x.json")
        return nil
      } catch {
        return "\(error)"
      }
    }
    #expect(error("nothing", "nothing") == nil)
    #expect(error("adain-audio restyling", "other")?.contains("expected a saved restyling") == true)
    #expect(error("\"formatVersion\" : 1", "\"formatVersion\" : 2")?.contains("found 2") == true)
    #expect(error("\"gainSource\"", "\"other\"")?.contains("gainSource") == true)
    #expect(
      error("\"referenceBuckets\" : ", "\"referenceBuckets\" : 99999")?.contains("referenceBuckets") == true)
    #expect(error("\"lowestGain\" : -48", "\"lowestGain\" : 48")?.contains("expected gains") == true)
    for damaged in ["", "{", "[]", String(good.prefix(good.count / 2))] {
      #expect(throws: RestyleError.self) { try Restyling(decoding: Data(damaged.utf8), name: "x.json") }
    }
  }
}
