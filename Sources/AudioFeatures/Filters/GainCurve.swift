/// The gain in dB of every frequency that gains of bands stand for: the curve that ``GainInterpolator`` has at the bins of a
/// transform, but for what lies under 20 Hz.
///
/// Between centres it is straight along the ERB-rate scale, and above the last centre it holds. Below 20 Hz a gain above 0 dB goes to
/// 0 dB at 0 Hz, so that an offset of the samples is not raised.
public struct GainCurve: Sendable {
  private let gains: [Float]
  private let centers: [Double]
  private let rates: [Double]

  /// Creates a curve.
  ///
  /// - Precondition: There are as many gains as bands, at least one.
  public init(layout: BandLayout, gains: [Float]) {
    precondition(gains.count == layout.count && !gains.isEmpty)
    self.gains = gains
    centers = layout.centers
    rates = centers.map(BandLayout.erbRate)
  }

  /// The gain in dB at a frequency in Hz.
  public subscript(frequency: Double) -> Double {
    // The first centre above the frequency.
    var (low, high) = (0, centers.count)
    while low < high {
      let middle = (low + high) / 2
      if centers[middle] > frequency { high = middle } else { low = middle + 1 }
    }
    if low == 0 { return faded(Double(gains[0]), frequency) }
    if low == gains.count { return Double(gains[low - 1]) }
    let share = (BandLayout.erbRate(frequency) - rates[low - 1]) / (rates[low] - rates[low - 1])
    return Double(gains[low - 1]) + share * Double(gains[low] - gains[low - 1])
  }

  private func faded(_ gain: Double, _ frequency: Double) -> Double {
    min(gain, gain * min(1, frequency / BandLayout.lowestFrequency))
  }
}
