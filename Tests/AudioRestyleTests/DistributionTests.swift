import AdaIN
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The distributions of levels in profiles: exact, complete, and safe to read.
@Suite struct DistributionTests {
  private let rate = 44100.0

  private func options(_ method: RestyleMethod) -> RestyleOptions {
    var options = RestyleOptions()
    options.method = method
    return options
  }

  @Test func distributionsDoNotDependOnChunksOrderOrFiles() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "d-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let clips = (0..<3).map { seed in
      TestClips.source(TestClips.stereo(seed: UInt64(20 + seed), count: 70_000 + 999 * seed, rate: rate))
    }
    let parts = try clips.map { try ProfileLearner().learn($0) }
    var (forward, backward) = (parts[0], parts[2])
    for part in [parts[1], parts[2]] { try forward.merge(part) }
    for part in [parts[0], parts[1]] { try backward.merge(part) }
    #expect(forward.distributions == backward.distributions && forward.distributions.count == 3)
    try forward.write(to: url)
    #expect(try StyleProfile(contentsOf: url).distributions == forward.distributions)
    // A single clip's active frames are those of its levels.
    for view in parts[0].views {
      let distribution = try #require(parts[0].distribution(of: view))
      #expect(distribution.count == parts[0].activeFrameCount(of: view))
      #expect(distribution.covariance.mean == parts[0].statistics(of: view)?.moments.mean)
    }
  }

  @Test func profilesWithoutDistributionsSayWhatIsMissing() throws {
    let clip = [TestClips.wandering(seed: 30, count: 60_000, rate: rate)]
    let old = try ProfileLearner(measuresDistributions: false).learn(
      TestClips.source(clip, name: "old.safetensors"))
    let content = TestClips.source([TestClips.wandering(seed: 31, count: 60_000, rate: rate, pole: 0.2)])
    _ = try Restyler().restyle(content, towards: [WeightedStyle(old)])
    for method in [RestyleMethod.efdm, .transport] {
      let error = #expect(throws: RestyleError.self) {
        try Restyler(options: options(method)).restyle(content, towards: [WeightedStyle(old)])
      }
      let text = try #require(error).description
      #expect(
        text.hasPrefix("old.safetensors: the method \(method.rawValue) needs the distribution of levels"))
    }
    // Together with a profile that has them, they describe a part of the clips only, and are dropped.
    var both = try ProfileLearner().learn(TestClips.source(clip))
    try both.merge(old)
    #expect(both.distributions.isEmpty)
  }

  /// A view whose distribution is missing is no reason to fall back to another method in silence.
  @Test func everyViewNeedsItsDistribution() throws {
    let content = TestClips.stereo(seed: 60, count: 60_000, rate: rate)
    var style = try ProfileLearner().learn(
      TestClips.source(TestClips.stereo(seed: 61, count: 60_000, rate: rate), name: "s"))
    style.distributions[.side] = nil
    var options = options(.efdm)
    _ = try Restyler(options: options).restyle(TestClips.source(content), towards: [WeightedStyle(style)])
    options.stereo = .midSide
    let error = #expect(throws: RestyleError.self) {
      try Restyler(options: options).restyle(TestClips.source(content), towards: [WeightedStyle(style)])
    }
    #expect(try #require(error).description.contains("view side"))
  }

  @Test func hostileDistributionsAreErrorsAndNeverCrash() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "h-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    let clip = TestClips.source([TestClips.wandering(seed: 50, count: 60_000, rate: rate)])
    let profile = try ProfileLearner().learn(clip)
    try profile.write(to: url)
    let good = try SafetensorsFile(contentsOf: url)
    let keys = good.names.filter { $0.contains("/frame_") || $0.contains("/histogram") }
    #expect(keys.count == 8)
    for key in keys {
      let array = try good.array(key)
      let numbers: [Int64] =
        array.dtype == .u64
        ? try array.integers(as: UInt64.self).map { Int64(truncatingIfNeeded: $0) } : try array.integers()
      for value in [Int64.min, .max, -1, 0, 1 << 40] {
        var (file, changed) = (good, numbers)
        changed[changed.count / 2] = value
        file[key] = try StoredArray(integers: changed, shape: array.shape)
        if array.dtype == .u64 {
          file[key] = try StoredArray(integers: changed.map { UInt64(bitPattern: $0) }, shape: array.shape)
        }
        try file.write(to: url)
        guard let read = try? StyleProfile(contentsOf: url) else { continue }
        for method in [RestyleMethod.efdm, .transport, .match] {
          _ = try? Restyler(options: options(method)).restyling(of: profile, towards: [WeightedStyle(read)])
        }
      }
      var file = good
      file[key] = try StoredArray(integers: numbers.dropLast(1).map { $0 })
      try file.write(to: url)
      #expect(throws: RestyleError.self, "\(key)") { try StyleProfile(contentsOf: url) }
    }
  }
}
