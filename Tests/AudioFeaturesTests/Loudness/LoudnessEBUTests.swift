import AudioFeatures
import Testing

/// The synthetic signals of EBU Tech 3341 (table 1) and Tech 3342 (table 1), with the tolerances given there.
///
/// Cases 7 and 8 of Tech 3341 (5 and 6 of Tech 3342) are recorded programmes, which cannot be made here.
@Suite struct LoudnessEBUTests {
  /// Tech 3341, cases 1 to 5: the same 1 kHz sine in both channels, here as dual mono.
  @Test(
    arguments: [
      (parts: [(-23.0, 20.0)], integrated: -23.0),
      (parts: [(-33, 20)], integrated: -33),
      (parts: [(-36, 10), (-23, 60), (-36, 10)], integrated: -23),
      (parts: [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], integrated: -23),
      (parts: [(-26, 20), (-20, 20.1), (-26, 20)], integrated: -23),
    ] as [(parts: [(Double, Double)], integrated: Double)])
  func integratedLoudness(parts: [(Double, Double)], integrated: Double) {
    let signal = LoudnessTestSignals.steps(parts.map { (level: $0.0, seconds: $0.1) })
    let meter = LoudnessMeter.measuring([signal])
    #expect(isNear(meter.integratedLoudness, integrated, within: 0.1))
    if parts.count == 1 {
      #expect(isNear(meter.momentaryLoudness, integrated, within: 0.1))
      #expect(isNear(meter.shortTermLoudness, integrated, within: 0.1))
    }
  }

  /// Tech 3341, case 6: 5.0 channels at −28, −28, −24, −30, −30 dBFS.
  @Test func surroundChannelsAreWeighted() {
    let channels = [-28.0, -28, -24, -30, -30].map { LoudnessTestSignals.sine(level: $0, seconds: 20) }
    let surround = LoudnessMeter.measuring(channels).integratedLoudness
    #expect(isNear(surround, -23, within: 0.1))
    // With a loud low-frequency channel in the order of 5.1 files nothing changes.
    var withEffects = channels
    withEffects.insert(LoudnessTestSignals.sine(60, level: -3, seconds: 20), at: 3)
    #expect(LoudnessMeter.measuring(withEffects).integratedLoudness == surround)
  }

  /// Tech 3341, cases 9 and 12: alternating levels whose windows always hold the same energy.
  @Test(arguments: [
    (high: 1.34, low: 1.66, times: 3, isShortTerm: true),
    (high: 0.18, low: 0.22, times: 10, isShortTerm: false),
  ])
  func windowsHaveTheirLength(high: Double, low: Double, times: Int, isShortTerm: Bool) {
    let period = LoudnessTestSignals.steps([(-20, high), (-30, low)])
    let signal = (0..<times).flatMap { _ in period }
    var meter = LoudnessMeter(sampleRate: 48_000, channelWeights: [1])
    for start in stride(from: 0, to: signal.count, by: 4800) {
      let end = min(start + 4800, signal.count)
      meter.process(signal.span.extracting(start..<end), channel: 0)
      guard end >= (isShortTerm ? 144_000 : 48_000) else { continue }
      #expect(isNear(isShortTerm ? meter.shortTermLoudness : meter.momentaryLoudness, -23, within: 0.1))
    }
  }

  /// Tech 3341, case 13 (files): a burst as long as the momentary window, at any offset of 20 ms.
  @Test(arguments: 0..<20)
  func momentaryMaximumFindsABurstAtAnyOffset(index: Int) {
    let signal = burst(seconds: 0.4, after: Double(index) * 0.02)
    #expect(isNear(LoudnessMeter.measuring([signal]).maximumMomentaryLoudness, -23, within: 0.1))
  }

  /// Tech 3341, case 10 (files): a burst as long as the short-term window, at offsets of 150 ms.
  @Test(arguments: [0, 1, 7, 19])
  func shortTermMaximumFindsABurstAtAnyOffset(index: Int) {
    let signal = burst(seconds: 3, after: Double(index) * 0.15)
    #expect(isNear(LoudnessMeter.measuring([signal]).maximumShortTermLoudness, -23, within: 0.1))
  }

  /// Tech 3341, cases 11 and 14 (live): twenty bursts as long as the window, each 1 dB louder and a little later in its
  /// segment than the one before; the maximum is read after each.
  @Test(arguments: [
    (seconds: 3.0, step: 0.15, segment: 6.0, isShortTerm: true), (0.4, 0.02, 0.8, false),
  ])
  func maximaAreReadWhileASignalRuns(seconds: Double, step: Double, segment: Double, isShortTerm: Bool) {
    var meter = LoudnessMeter(sampleRate: 48_000, channelWeights: [1, 1])
    for index in 0..<20 {
      let level = -38.0 + Double(index)
      let delay = [Float](repeating: 0, count: Int((Double(index) * step * 48_000).rounded()))
      let tone = LoudnessTestSignals.sine(level: level, seconds: seconds)
      let rest = Int((segment * 48_000).rounded()) - delay.count - tone.count
      let signal = delay + tone + [Float](repeating: 0, count: rest)
      for channel in 0..<2 { meter.process(signal.span, channel: channel) }
      let maximum = isShortTerm ? meter.maximumShortTermLoudness : meter.maximumMomentaryLoudness
      #expect(isNear(maximum, level, within: 0.1))
    }
  }

  /// A mono sine at −23 dBFS between silences; measured as dual mono it stands for the stereo signal.
  private func burst(seconds: Double, after delay: Double) -> [Float] {
    [Float](repeating: 0, count: Int(delay * 48_000)) + LoudnessTestSignals.sine(level: -23, seconds: seconds)
      + [Float](repeating: 0, count: 24_000)
  }

  /// Tech 3342, cases 1 to 4: levels of 20 s each, within 1 LU.
  @Test(
    arguments: [
      (levels: [-20.0, -30], range: 10.0), ([-20, -15], 5), ([-40, -20], 20),
      ([-50, -35, -20, -35, -50], 15),
    ] as [(levels: [Double], range: Double)])
  func loudnessRange(levels: [Double], range: Double) {
    let signal = LoudnessTestSignals.steps(levels.map { (level: $0, seconds: 20) })
    #expect(isNear(LoudnessMeter.measuring([signal]).loudnessRange, range, within: 1))
  }

  /// Tech 3341, cases 15 to 19: sines whose peaks fall between the samples.
  ///
  /// Faded at both ends: the overshoot of an abrupt start is part of the true peak, too.
  @Test(arguments: [
    (divisor: 4.0, phase: 0.0, amplitude: 0.5, peak: -6.0), (4, 45, 0.5, -6), (6, 60, 0.5, -6),
    (8, 67.5, 0.5, -6), (4, 45, 1.41, 3),
  ])
  func truePeakOfSines(divisor: Double, phase: Double, amplitude: Double, peak: Double) {
    let signal = (0..<8000).map { index in
      let fade = min(1, Double(min(index, 7999 - index)) / 2000)
      return Float(fade * amplitude * sine(turns: Double(index) / divisor + phase / 360))
    }
    let value = TruePeakMeter.measuring([signal, signal]).truePeakDecibels
    #expect(value <= peak + 0.2 && value >= peak - 0.4)
  }

  /// After Tech 3341, cases 20 to 23: one burst with a peak of 0 dBTP made at four times the rate and sampled
  /// at each of the four offsets.
  @Test(arguments: 0..<4)
  func truePeakDoesNotDependOnTheSamplingOffset(offset: Int) {
    let signal = (0..<4000).map { index in
      let time = Double(4 * (index - 2000) + offset) / 4
      let envelope = abs(time) < 500 ? (1 + sine(turns: 0.25 + time / 1000)) / 2 : 0
      return Float(envelope * sine(turns: 0.25 + time / 6))
    }
    let value = TruePeakMeter.measuring([signal]).truePeakDecibels
    #expect(value <= 0.2 && value >= -0.4)
  }
}
