/// The gains in dB, at evenly spaced frequencies, that gains of bands stand for: the curve that ``GainInterpolator`` has at the bins
/// of a frame, but for what lies under 20 Hz.
///
/// Between centres it is straight along the ERB-rate scale, and above the last centre it holds. Below 20 Hz a gain above 0 dB goes to
/// 0 dB at 0 Hz, so that an offset of the samples is not raised.
public struct GainCurve: Sendable {
  private let bandCount: Int
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
    bandCount = key.layout.count
    let step = key.sampleRate / 2 / Double(key.count - 1)
    shares = ContiguousArray(
      (0..<key.count).map { index in
        let position = key.layout.position(of: Double(index) * step)
        return (Int32(position), Float(position - position.rounded(.down)))
      })
    let low = (0..<key.count).prefix { Double($0) * step < BandLayout.lowestFrequency }
    fades = ContiguousArray(low.map { Float(Double($0) * step / BandLayout.lowestFrequency) })
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
