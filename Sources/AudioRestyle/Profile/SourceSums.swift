import Foundation

/// Sums over the clips of a profile, in their order: the same bits, however profiles of these clips were merged.
struct SourceSums: Sendable {
  /// Of the durations in seconds.
  private(set) var duration = 0.0
  private var power = 0.0
  private var soundingDuration = 0.0
  private var shift = 0.0
  private var isShiftKnown = true

  init(_ sources: [ProfileSource]) {
    for source in sources { add(source) }
  }

  mutating func add(_ source: ProfileSource) {
    duration += source.duration
    if let loudness = source.loudness {
      power += pow(10, loudness / 10) * source.duration
      soundingDuration += source.duration
    }
    if let levelShift = source.levelShift {
      shift += levelShift * source.duration
    } else {
      isShiftKnown = false
    }
  }

  /// The level of the mean power in LUFS; `nil` where no clip sounds.
  var loudness: Double? { soundingDuration > 0 ? 10 * log10(power / soundingDuration) : nil }

  /// The mean shift of levels in dB; `nil` where a clip does not say its own.
  var levelShift: Double? { isShiftKnown && duration > 0 ? shift / duration : nil }
}
