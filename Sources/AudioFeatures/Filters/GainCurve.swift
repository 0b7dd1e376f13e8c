/// The gains in dB, at evenly spaced frequencies, that gains of bands stand for: the curve that ``GainInterpolator`` has at the bins
/// of a frame, but for what lies under 20 Hz.
///
/// Between centres it is straight along the ERB-rate scale, and above the last centre it holds. Below 20 Hz a gain above 0 dB goes to
/// 0 dB at 0 Hz, so that an offset of the samples is not raised.
public struct GainCurve: Sendable {
  /// The number of bands.
  public let bandCount: Int
  /// The number of frequencies.
  public var count: Int { shares.count }

  /// For each frequency the band below it, and how far it stands towards the next one, from 0 to 1.
  private let shares: ContiguousArray<(band: Int32, share: Float)>
  /// For each frequency under 20 Hz, how far it stands from 0 Hz.
  private let fades: ContiguousArray<Float>

  private struct Key: Hashable {
    var layout: BandLayout
    var sampleRate: Double
    var count: Int
  }

  private static let curves = TableCache<Key, GainCurve> { GainCurve($0) }

  /// The curve at `count` frequencies from 0 Hz to half a sample rate, made once for all who use it.
  ///
  /// - Precondition: The layout has a band, and there are at least two frequencies.
  public static func shared(layout: BandLayout, sampleRate: Double, count: Int) -> GainCurve {
    curves[Key(layout: layout, sampleRate: sampleRate, count: count)]
  }

  private init(_ key: Key) {
    precondition(key.layout.count > 0 && key.count > 1)
    let centers = key.layout.centers
    let rates = centers.map(BandLayout.erbRate)
    bandCount = centers.count
    var shares: ContiguousArray<(band: Int32, share: Float)> = []
    var fades: ContiguousArray<Float> = []
    // The bands whose centre is not above the frequency.
    var below = 0
    for index in 0..<key.count {
      let frequency = Double(index) * key.sampleRate / 2 / Double(key.count - 1)
      while below < centers.count, centers[below] <= frequency { below += 1 }
      var share = 0.0
      if below > 0, below < centers.count {
        share = (BandLayout.erbRate(frequency) - rates[below - 1]) / (rates[below] - rates[below - 1])
      }
      shares.append((Int32(max(0, below - 1)), Float(share)))
      if frequency < BandLayout.lowestFrequency {
        fades.append(Float(frequency / BandLayout.lowestFrequency))
      }
    }
    self.shares = shares
    self.fades = fades
  }

  /// The gain in dB at each frequency.
  ///
  /// - Parameter gains: The gain of each band in dB.
  public func decibels(_ gains: [Float]) -> ContiguousArray<Float> {
    precondition(gains.count == bandCount)
    var result = ContiguousArray(
      shares.map { band, share in
        let low = gains[Int(band)]
        return share == 0 ? low : low + share * (gains[Int(band) + 1] - low)
      })
    for (index, fade) in fades.enumerated() { result[index] = min(result[index], fade * result[index]) }
    return result
  }
}
