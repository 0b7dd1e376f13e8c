import AdaIN
import AudioFeatures

/// What a rendering pass found.
struct RenderResult {
  /// The meter that heard the rendered clip.
  var meter: LoudnessMeter
  /// The true peak of the rendered clip in dBTP.
  var truePeak: Double
  /// The largest sample of the rendered clip in dBFS.
  var samplePeak: Double
  /// The statistics of each view of the result over the content's active frames; empty where not measured.
  var levels: [StyleStatistics]
  /// How often the gain limits bound each channel of each view, and the number of active frames.
  var limited: [(counts: [Int], activeCount: Int)] = []

  /// Reads the meters of a pass.
  init(meters: ClipMeters, levels: [StyleStatistics] = []) {
    meter = meters.loudness
    truePeak = meters.truePeak
    samplePeak = meters.samplePeak
    self.levels = levels
  }

  /// The integrated loudness in LUFS after a gain in dB, ungated where no block passes the gates; `nil` for silence.
  func loudness(afterGain gain: Double) -> Double? {
    meter.integratedLoudness(afterGain: gain) ?? meter.ungatedLoudness.map { $0 + gain }
  }

  /// The gain in dB that brings the clip to a loudness in LUFS; `nil` for silence.
  ///
  /// The absolute gate lets other blocks pass after the gain, so the gain is corrected a few times.
  func gain(toLoudness target: Double) -> Double? {
    var gain = 0.0
    for _ in 0..<8 {
      guard let loudness = loudness(afterGain: gain) else { return nil }
      gain += target - loudness
      if abs(target - loudness) < 1e-6 { break }
    }
    return gain
  }
}
