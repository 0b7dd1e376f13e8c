import AudioFeatures
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The parts of long clips that trials render: which they are, what is read of them, and what trials of them find.
@Suite struct ExcerptTests {
  private static let hop = 4
  private static let section = Excerpt.sectionLength(hop)

  @Test func clipsThatAreNotLongerThanAnExcerptHaveNone() {
    #expect(Excerpt(sampleCount: 16 * Self.section, hopLength: Self.hop, loudest: [3]) == nil)
    #expect(Excerpt(sampleCount: 16 * Self.section + 1, hopLength: Self.hop, loudest: [3]) != nil)
  }

  @Test(arguments: [17, 40, 4000], [[], [0], [7, 8, 9, 16]]) func partsAreSectionsInOrder(
    sections: Int, loudest: [Int]
  ) throws {
    let count = sections * Self.section - 5
    let excerpt = try #require(Excerpt(sampleCount: count, hopLength: Self.hop, loudest: loudest))
    #expect(excerpt.sampleCount <= 16 * Self.section)
    #expect(excerpt.sampleCount >= 12 * Self.section - 5)
    for (part, next) in zip(excerpt.parts, excerpt.parts.dropFirst()) {
      #expect(part.upperBound < next.lowerBound)
    }
    #expect(excerpt.parts.allSatisfy { $0.lowerBound % Self.section == 0 && $0.upperBound <= count })
    for section in loudest { #expect(excerpt.parts.contains { $0.contains(section * Self.section) }) }
    // Evenly spread: no stretch of more than a ninth of the clip is left out.
    let gaps = zip([0] + excerpt.parts.map(\.upperBound), excerpt.parts.map(\.lowerBound) + [count])
    #expect(gaps.allSatisfy { $1 - $0 <= max(2 * Self.section, count / 9) })
  }

  /// A sample's own place, which reading it shows; below 2²⁴, so that it is exact.
  private static func ramp(_ count: Int) -> [Float] { (0..<count).map(Float.init) }

  @Test(arguments: [1, 7, 1000, 5000]) func thePartsAreReadAndFadedAtJoins(capacity: Int) throws {
    let count = 20 * Self.section
    let excerpt = try #require(Excerpt(sampleCount: count, hopLength: Self.hop, loudest: [0, 19]))
    let source = ExcerptSource(TestClips.source([Self.ramp(count)]), excerpt)
    for _ in 0..<2 {
      try source.rewind()
      var found: [Float] = []
      var buffer = FrameBuffer(channelCount: 1, capacity: capacity)
      while try source.read(into: &buffer) > 0 { found += buffer.channel(0) }
      let places = excerpt.parts.flatMap(Array.init)
      try #require(found.count == places.count)
      for (index, part) in excerpt.parts.enumerated() {
        let start = excerpt.parts[..<index].reduce(0) { $0 + $1.count }
        let (first, last) = (start + Self.hop, start + part.count - Self.hop)
        for i in first..<last where found[i] != Float(places[i]) {
          Issue.record("sample \(places[i]) came as \(found[i])")
        }
        // The ends of the clip are no joins.
        let fades: [Float] = [0.125, 0.375, 0.625, 0.875]
        if index > 0 {
          for i in 0..<4 { #expect(found[start + i] == fades[i] * Float(places[start + i])) }
        } else {
          #expect(found[1] == 1)
        }
        if index < excerpt.parts.count - 1 {
          for i in 0..<4 { #expect(found[last + 3 - i] == fades[i] * Float(places[last + 3 - i])) }
        } else {
          #expect(found[found.count - 1] == Float(count - 1))
        }
      }
    }
  }

  /// A clip that changes another's frames by their place, as a fade does.
  private final class Placed: ForwardingSource {
    private var place = 0

    override func rewind() throws {
      place = 0
      try super.rewind()
    }

    override func read(into buffer: inout FrameBuffer) throws -> Int {
      let count = try super.read(into: &buffer)
      let start = place
      buffer.withMutableChannel(0) { samples in
        for i in 0..<count { samples[i] *= Float(start + i) }
      }
      place += count
      return count
    }
  }

  @Test func clipsThatFollowTheirPlaceAreFollowed() throws {
    let count = 20 * Self.section
    let excerpt = try #require(Excerpt(sampleCount: count, hopLength: Self.hop, loudest: []))
    func all(_ base: any FrameSource) throws -> [Float] {
      let source = ExcerptSource(base, excerpt)
      try source.rewind()
      var found: [Float] = []
      var buffer = FrameBuffer(channelCount: 1, capacity: 700)
      while try source.read(into: &buffer) > 0 { found += buffer.channel(0) }
      return found
    }
    let ones = [Float](repeating: 1, count: count)
    let found = try all(SanitizedSource(Placed(TestClips.source([ones]))))
    #expect(try found == all(TestClips.source([Self.ramp(count)])))
  }

  @Test(arguments: [1, 100, 4096]) func theLoudestSectionsAreFound(capacity: Int) {
    var samples = [Float](repeating: 0.1, count: 30 * Self.section - 7)
    for (section, peak) in [(2, 0.5), (11, -0.9), (12, 0.6), (20, 0.7), (29, 0.8)] as [(Int, Float)] {
      samples[section * Self.section + 10] = peak
    }
    let source = TestClips.source([[Float](repeating: 0, count: samples.count), samples])
    var loudest = LoudestSections(hopLength: Self.hop)
    var buffer = FrameBuffer(channelCount: 2, capacity: capacity)
    while source.read(into: &buffer) > 0 { loudest.add(buffer) }
    #expect(loudest.sections == [11, 29, 20, 12])
    #expect(LoudestSections(hopLength: Self.hop).sections.isEmpty)
  }

  private static let rate = 8000.0

  /// A clip of some seconds, and of another tone.
  private static func clip(seed: UInt64, seconds: Double, pole: Float) -> [Float] {
    TestClips.wandering(seed: seed, count: Int(seconds * rate), rate: rate, pole: pole)
  }

  private static func rendered(
    _ content: [Float], _ method: RestyleMethod, usesExcerpt: Bool
  ) throws -> (samples: [Float], restyling: Restyling) {
    var options = RestyleOptions()
    options.method = method
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(
      TestClips.source([clip(seed: 9, seconds: 10, pole: 0.5)], rate: rate))
    let source = TestClips.source([content], rate: rate)
    var measured = try restyler.learner.measure(source)
    if !usesExcerpt { measured.excerpt = nil }
    let sink = MemorySink(channelCount: 1)
    let (restyling, _, _) = try restyler.render(
      source, towards: .styles([WeightedStyle(style)], measured: measured), into: sink)
    return (sink.channels[0], restyling)
  }

  @Test(arguments: [RestyleMethod.match, .adain, .mean]) func aTrialOfAnExcerptMovesThePlanAsOneOfTheClipDoes(
    _ method: RestyleMethod
  ) throws {
    let content = Self.clip(seed: 1, seconds: 100, pole: 0.9)
    let (part, partly) = try Self.rendered(content, method, usesExcerpt: true)
    let (whole, wholly) = try Self.rendered(content, method, usesExcerpt: false)
    #expect(part != whole)
    // Some 4,000 frames of levels with spreads of a few dB, whose residuals are a fraction of that.
    #expect(TestClips.signalToNoise(whole, part) > 30)
    for (own, other) in zip(partly.views[0].tone, wholly.views[0].tone) {
      #expect(abs(own - other) < 0.2)
    }
  }

  @Test func clipsWithLittleSoundAreTriedWhole() throws {
    // A second of sound in three minutes of silence: an excerpt finds too little of it.
    var content = [Float](repeating: 0, count: Int(180 * Self.rate))
    for (i, sample) in Self.clip(seed: 3, seconds: 1.5, pole: 0.9).enumerated() {
      content[100_000 + i] = sample
    }
    let (part, _) = try Self.rendered(content, .adain, usesExcerpt: true)
    let (whole, _) = try Self.rendered(content, .adain, usesExcerpt: false)
    #expect(part == whole)
  }
}
