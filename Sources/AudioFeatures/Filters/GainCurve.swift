/// The gain in dB of every frequency that gains of feature channels stand for: the curve that ``GainInterpolator`` has at the bins
/// of a transform, but for what lies under 20 Hz.
///
/// Between centres it is straight along the ERB-rate scale (along frequency for ``FeatureLayout/spectrum(_:)``), above the
/// last centre it holds. Below 20 Hz a gain above 0 dB goes to 0 dB at 0 Hz, so that an offset of the samples is not raised.
public struct GainCurve: Sendable {
  private let gains: [Float]
  private let frequencies: [Double]
  /// The centres along the axis that the curve is straight on.
  private let places: [Double]
  private let usesRates: Bool

  /// Creates a curve.
  ///
  /// - Precondition: There are as many gains as channels, at least one.
  public init(layout: FeatureLayout, gains: [Float]) {
    precondition(gains.count == layout.channelCount && !gains.isEmpty)
    self.gains = gains
    frequencies = layout.frequencies
    if case .bands = layout { usesRates = true } else { usesRates = false }
    places = usesRates ? frequencies.map(BandLayout.erbRate) : frequencies
  }

  /// The gain in dB at a frequency in Hz.
  public subscript(frequency: Double) -> Double {
    // The first centre above the frequency.
    var (low, high) = (0, frequencies.count)
    while low < high {
      let middle = (low + high) / 2
      if frequencies[middle] > frequency { high = middle } else { low = middle + 1 }
    }
    if low == 0 { return faded(Double(gains[0]), frequency) }
    if low == gains.count { return Double(gains[low - 1]) }
    let place = usesRates ? BandLayout.erbRate(frequency) : frequency
    let share = (place - places[low - 1]) / (places[low] - places[low - 1])
    return Double(gains[low - 1]) + share * Double(gains[low] - gains[low - 1])
  }

  private func faded(_ gain: Double, _ frequency: Double) -> Double {
    min(gain, gain * min(1, frequency / BandLayout.lowestFrequency))
  }
}
