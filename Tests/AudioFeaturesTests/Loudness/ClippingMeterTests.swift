import AudioFeatures
import TestSupport
import Testing

@Suite struct ClippingMeterTests {
  private func count(_ channels: [[Float]], chunk: Int = .max) -> Int {
    var meter = ClippingMeter(channelCount: channels.count)
    for (channel, samples) in channels.enumerated() {
      for start in stride(from: 0, to: samples.count, by: min(chunk, samples.count)) {
        let end = min(samples.count, start + min(chunk, samples.count))
        meter.process(samples.span.extracting(start..<end), channel: channel)
      }
    }
    return meter.clippedSampleCount
  }

  @Test func runsAtTheExtremesAreCounted() {
    #expect(count([[0, 0.9, 0.9, 0.9, 0, 0.9, 0.9, 0.9, 0.9, 0]]) == 7)
    #expect(count([[0, -0.7, -0.7, -0.7, 0]]) == 3)
    #expect(count([[0, 0.9, 0.9, 0.9], [-1, -1, -1, 0.2]]) == 6)
  }

  @Test func whatIsNoClippingIsNot() {
    #expect(count([[0, 0.9, 0.9, 0, 0.9, 0, 0.9]]) == 0)
    // Runs under the highest value, and extremes near silence.
    #expect(count([[0.8, 0.8, 0.8, 0.8, 0.95, 0]]) == 0)
    #expect(count([[0.3, 0.3, 0.3, 0.3, 0.3]]) == 0)
    #expect(
      count([LoudnessTestSignals.sine(100, level: 0, seconds: 3).map { ($0 * 32767).rounded() / 32768 }]) == 0
    )
  }

  /// A tone cut off at 0.6, below full scale: the runs are its tops.
  @Test(arguments: [Int.max, 1, 7, 1000]) func aCutToneIsClipped(chunk: Int) {
    let tone = LoudnessTestSignals.sine(440, level: 0, seconds: 1).map { min(0.6, max(-0.6, $0)) }
    #expect(count([tone], chunk: chunk) == tone.count { abs($0) == 0.6 })
  }

  /// Groups that are passed over together count as samples that come one by one.
  @Test func groupsCountAsSingleSamples() {
    var numbers = SplitMix64(state: 3)
    for round in 0..<20 {
      let limit = Float(0.55 + 0.02 * Double(round))
      var clip = numbers.samples(3000).map { min(limit, max(-limit - 0.05, 1.4 * $0)) }
      if round % 2 == 1 { clip[100 * round] = .nan }
      let single = count([clip], chunk: 1)
      #expect(single > 0 && count([clip]) == single && count([clip], chunk: 45) == single)
    }
  }
}
