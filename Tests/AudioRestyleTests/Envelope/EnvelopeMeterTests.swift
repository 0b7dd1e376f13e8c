import Foundation
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What detectors see: the law of the followers, the places of points, and their independence of chunks.
@Suite struct EnvelopeMeterTests {
  private static let rate = 8000.0

  private static func points(_ samples: [Float], chunks: [Int] = [1000]) -> [EnvelopeMeter.Point] {
    var meter = EnvelopeMeter(sampleRate: rate)
    for buffer in samples.isEmpty ? [] : TestClips.buffers([samples], chunks: chunks) {
      let part = ContiguousArray(buffer.channel(0))
      meter.process(
        magnitudes: ContiguousArray(part.map(abs)), powers: ContiguousArray(part.map { $0 * $0 }))
    }
    meter.finish()
    return meter.points
  }

  @Test func envelopesRiseAndFallExponentially() {
    // Silence, 0.5 from 0.2 s to 0.6 s, and silence again.
    let samples = (0..<8000).map { Float((1600..<4800).contains($0) ? 0.5 : 0) }
    for (index, point) in Self.points(samples).prefix(380).enumerated() {
      let place = Double(index * 20 + 10)
      for envelope in 0..<2 {
        let times = EnvelopeMeter.times[envelope]
        // What is read follows the sample that stands one attack time later.
        let seen = place + (times.attack * Self.rate).rounded(.down) + 1
        let loud = min(max(0, seen - 1600), 3200)
        let risen = 0.5 * (1 - exp(-loud / (times.attack * Self.rate)))
        let expected = risen * exp(-max(0, seen - 4800) / (times.release * Self.rate))
        #expect(abs(Double(point.envelopes[envelope]) - expected) < 2e-5, "\(index) \(envelope)")
      }
      #expect(point.power == ((80..<240).contains(index) ? 0.25 : 0))
    }
  }

  /// A clip cut within a steady sound sees that sound up to its ends.
  @Test(arguments: [500, 2000, 9000]) func endsAreMirrored(_ count: Int) {
    let points = Self.points((0..<count).map { $0 % 2 == 0 ? 0.3 : -0.3 })
    for point in points.prefix(count / 20) {
      // Mirrored, the shorter clips have less than an attack to begin with.
      let risen = 0.3 * (1 - exp(-Double(min(count, 1040)) / (0.030 * Self.rate)))
      #expect(Double(point.envelopes[1]) > risen - 1e-4 && point.envelopes[1] <= 0.3)
    }
  }

  @Test(arguments: [[1], [7, 300], [19, 20, 21], [5000]]) func chunksDoNotMatter(_ chunks: [Int]) {
    let samples = TestClips.wandering(seed: 3, count: 5000, rate: Self.rate)
    #expect(Self.points(samples, chunks: chunks) == Self.points(samples))
  }

  @Test(arguments: [0, 1, 9, 10, 11, 20, 399, 400, 401]) func allSamplesHavePointsAroundThem(_ count: Int) {
    let points = Self.points([Float](repeating: 0.1, count: count))
    let meter = EnvelopeMeter(sampleRate: Self.rate)
    #expect(points.count > 0 && meter.place(ofPoint: points.count - 1) >= count - 1)
  }
}

/// A bounded sample of windows: uniform, and the same for any division of the clips.
@Suite struct EnvelopeSampleTests {
  private static func points(_ seed: UInt64, _ count: Int) -> [EnvelopeMeter.Point] {
    var random = SplitMix64(state: seed)
    return (0..<count).map { _ in
      EnvelopeMeter.Point(power: Float(random.unit()), envelopes: [Float(random.unit()), 1])
    }
  }

  private static func sample(_ points: [EnvelopeMeter.Point], chunk: Int) -> EnvelopeSample {
    var sample = EnvelopeSample()
    for start in stride(from: 0, to: points.count, by: chunk) {
      sample.add(Array(points[start..<min(points.count, start + chunk)]))
    }
    return sample
  }

  @Test func chunksAndMergesDoNotMatter() {
    let points = Self.points(1, 30_000)
    let expected = Self.sample(points, chunk: 30_000).windows.map(\.points)
    #expect(expected.count == EnvelopeSample.capacity)
    for chunk in [1, 13, 999] {
      #expect(Self.sample(points, chunk: chunk).windows.map(\.points) == expected)
    }
    let other = Self.sample(Self.points(2, 20_000), chunk: 500)
    var (one, two) = (Self.sample(points, chunk: 100), other)
    one.merge(other)
    two.merge(Self.sample(points, chunk: 100))
    #expect(one.windows.map(\.points) == two.windows.map(\.points))
    let fromFirst = one.windows.filter { window in points.contains(window.points[0]) }.count
    #expect(abs(Double(fromFirst) / Double(EnvelopeSample.capacity) - 0.6) < 0.06)
  }

  @Test func shortClipsAreHeldWholeWithoutTheirSilence() {
    var points = Self.points(4, 160)
    #expect(Self.sample(points, chunk: 160).windows.count == (160 - 16) / 8 + 1)
    for index in 64..<160 { points[index].power = 0 }
    #expect(Self.sample(points, chunk: 160).windows.count == 8)
  }
}
