import AudioFeatures
import Foundation
import SoundFiles

/// The numbers a result is stored in, as far as they bear on peaks.
struct OutputWord: Hashable, Sendable {
  /// The word length of integers; nil for floats and lossy codecs.
  var bits: Int?
  /// Whether the integers are dithered.
  var isDithered = false

  /// Numbers that hold samples as they are.
  static let float = OutputWord(bits: nil)

  /// What samples must not pass before they are quantised, so that afterwards the true peak is at most `ceiling` dBTP and
  /// no sample was clipped.
  ///
  /// Rounding moves a sample by half a unit at most and dither by another whole one, and the true peak by at most
  /// `gainBound` times that. Where units are so coarse that this would take more than half of the ceiling, the rest is left.
  func ceilings(_ ceiling: Double, gainBound: Double) -> PeakLimiter.Ceilings {
    let level = pow(10, ceiling / 20)
    guard let bits else { return PeakLimiter.Ceilings(truePeak: Float(level)) }
    let unit = pow(2, 1 - Double(bits))
    let error = (isDithered ? 1.5 : 0.5) * unit
    return PeakLimiter.Ceilings(
      truePeak: Float(max(level - error * gainBound, level / 2)), sample: Float(1 - unit - error))
  }

  /// The ceilings for a sample rate.
  func ceilings(_ ceiling: Double, sampleRate: Double) -> PeakLimiter.Ceilings {
    ceilings(ceiling, gainBound: TruePeakMeter(sampleRate: sampleRate, channelCount: 0).gainBound)
  }
}
