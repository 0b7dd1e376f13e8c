import Foundation

/// Third octaves from 31 Hz to 20 kHz: the resolution at which long-term spectra are compared.
///
/// Band k has the centre f = 1000 · 2^(k/3) Hz, k = −15 … 13, and the edges f · 2^(±1/6) (IEC 61260-1, base 2). The mean
/// square of a frame in a band is `Σₖ v[k] · 2 · |X[k]|² / (F · Σ w²)` with v the share of bin k that lies in the band:
/// where a band is narrower than a bin, a share of that bin's.
public struct ThirdOctaves: Sendable {
  /// The centre frequencies in Hz, ascending.
  public static let frequencies = (-15...13).map { 1000 * pow(2, Double($0) / 3) }

  /// The number of bands.
  public static let count = frequencies.count

  /// The upper edge of a band in Hz.
  public static func upperEdge(_ band: Int) -> Double { frequencies[band] * pow(2, 1.0 / 6) }

  private struct Band: Sendable {
    /// The bins that lie wholly in the band.
    var bins: Range<Int>
    /// The shares of the bin before them and of the one after them.
    var before: Float
    var after: Float
  }

  private let bands: [Band]
  private let fftLength: Float

  /// The bands among the bins of a transform; those beyond half the sample rate are empty.
  public init(_ geometry: STFTGeometry) {
    let width = geometry.sampleRate / Double(geometry.fftLength)
    let end = geometry.binCount - 1
    fftLength = Float(geometry.fftLength)
    bands = Self.frequencies.map { centre in
      // Bin k reaches from k − ½ to k + ½.
      let low = min(centre * pow(2, -1.0 / 6) / width + 0.5, Double(end))
      let high = min(centre * pow(2, 1.0 / 6) / width + 0.5, Double(end))
      let (first, last) = (Int(low.rounded(.up)), Int(high.rounded(.down)))
      guard first <= last else {
        return Band(bins: first..<first, before: Float(high - low), after: 0)
      }
      return Band(bins: first..<last, before: Float(Double(first) - low), after: Float(high - Double(last)))
    }
  }

  /// Writes the mean square of a frame in each band.
  ///
  /// - Parameters:
  ///   - power: |X[k]|² for each of the F/2 + 1 bins.
  ///   - windowEnergy: The window's energy inside the clip.
  ///   - result: Takes as many values as there are bands.
  public func measure(
    power: ContiguousArray<Float>, windowEnergy: Float, into result: inout ContiguousArray<Float>
  ) {
    precondition(result.count == bands.count)
    let scale = 2 / (fftLength * windowEnergy)
    unsafe power.withUnsafeBufferPointer { power in
      guard let base = power.baseAddress else { return }
      for (index, band) in bands.enumerated() {
        var sum: Float = 0
        if band.before > 0, band.bins.lowerBound > 0 {
          unsafe sum += band.before * base[band.bins.lowerBound - 1]
        }
        if band.after > 0 { unsafe sum += band.after * base[band.bins.upperBound] }
        unsafe sum += RowArithmetic.sum(base + band.bins.lowerBound, count: band.bins.count)
        result[index] = sum * scale
      }
    }
  }
}
