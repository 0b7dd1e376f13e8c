import AudioFeatures
import Testing

@Suite struct TruePeakEnvelopeTests {
  private func groups(
    _ samples: [Float], sampleRate: Double, levelOfInterest: Float = 0, chunk: Int = .max
  ) -> [TruePeakEnvelope.Group] {
    var envelope = TruePeakEnvelope(sampleRate: sampleRate, levelOfInterest: levelOfInterest)
    var found: [TruePeakEnvelope.Group] = []
    for start in stride(from: 0, to: samples.count, by: min(chunk, samples.count)) {
      envelope.process(samples.span.extracting(start..<min(samples.count, start + min(chunk, samples.count))))
      found += envelope.takeGroups()
    }
    envelope.finish()
    return found + envelope.takeGroups()
  }

  private let clip = LoudnessTestSignals.noise(5003, seed: 3).enumerated().map { index, value in
    value * Float(0.6 + 0.4 * sine(turns: Double(index) / 900))
  }

  @Test(arguments: [8_000.0, 44_100, 96_000, 192_000]) func theHighestGroupIsTheMeters(rate: Double) {
    let meter = TruePeakMeter.measuring([clip], sampleRate: rate)
    let found = groups(clip, sampleRate: rate)
    #expect(found.map(\.samplePeak).max() == meter.samplePeak)
    #expect(found.map { max($0.samplePeak, $0.interpolatedPeak) }.max() == meter.truePeak)
    for (index, group) in found.enumerated() where 32 * index < clip.count {
      let samples = clip[32 * index..<min(clip.count, 32 * index + 32)]
      #expect(group.samplePeak == samples.map(abs).max())
    }
  }

  @Test(arguments: [1, 31, 33, 2048, 2049]) func anyChunkingGivesTheSameGroups(chunk: Int) {
    #expect(groups(clip, sampleRate: 48_000, chunk: chunk) == groups(clip, sampleRate: 48_000))
  }

  /// A single value between two samples shows in the group that holds its place.
  @Test(arguments: [40, 63, 64, 70, 100]) func peaksStandWhereTheyAre(position: Int) {
    var samples = [Float](repeating: 0, count: 400)
    (samples[position], samples[position + 1]) = (0.8, 0.8)
    let found = groups(samples, sampleRate: 48_000)
    let highest = found.indices.max { found[$0].interpolatedPeak < found[$1].interpolatedPeak }
    // Group k looks at the places 32k − 24 to 32k + 8.
    #expect(highest == (position + 24) / 32)
    #expect(found[(position + 24) / 32].interpolatedPeak > 0.95)
  }

  @Test func whatCannotReachTheLevelOfInterestIsLeftOut() {
    let all = groups(clip, sampleRate: 48_000)
    let some = groups(clip, sampleRate: 48_000, levelOfInterest: 2)
    #expect(some.contains { $0.interpolatedPeak == 0 })
    for (left, right) in zip(some, all) {
      #expect(left.samplePeak == right.samplePeak)
      #expect(left.interpolatedPeak == right.interpolatedPeak || right.interpolatedPeak < 2)
    }
  }
}
