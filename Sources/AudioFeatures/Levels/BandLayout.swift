import Foundation

/// The frequencies of the feature channels: 31 bands, evenly spaced on the ERB-rate scale from about 200 Hz on.
///
/// The ERB-rate scale counts equivalent rectangular bandwidths of the auditory filter below a frequency:
/// `E(f) = 21.4 · log₁₀(1 + 0.00437·f)` with f in Hz (Glasberg and Moore, Hearing Research 47 (1990)).
/// Bands have fixed centre frequencies in Hz from 30 Hz to 20 kHz, the same at every sample rate, so that
/// statistics of clips of different rates can be compared. Where 1.3 ERB would be narrower than 2.5 bins of the
/// 42.67 ms window (58.6 Hz), centres stand 58.6 Hz apart: closer neighbours would read the same bins.
public struct BandLayout: Hashable, Sendable {
  /// The centre frequencies in Hz, ascending.
  public let centers: [Double]

  /// The number of bands C.
  public var count: Int { centers.count }

  /// The lowest frequency in Hz that takes part in features.
  public static let lowestFrequency = 20.0

  /// The highest frequency in Hz that takes part in features.
  public static let highestFrequency = 20_000.0

  /// The layout of the `bands` features.
  public static let standard = BandLayout(spacing: (erbRate(20_000) - erbRate(30)) / 31)

  /// Bands from 30 Hz to 20 kHz at a spacing in ERB, at least 58.6 Hz apart.
  init(spacing: Double) {
    let narrowest = 2.5 / STFTGeometry.windowDuration
    var ascending = [30.0]
    var current = 30.0
    while true {
      let next = max(Self.frequency(erbRate: Self.erbRate(current) + spacing), current + narrowest)
      if next >= Self.highestFrequency * 0.999 { break }
      ascending.append(next)
      current = next
    }
    // The last band is to be at 20 kHz: a narrow rest stretches the bands behind the fifth, a wide rest becomes a band.
    let last = Self.erbRate(current)
    let first = Self.erbRate(ascending[4])
    let top = Self.erbRate(Self.highestFrequency)
    let rest = top - last
    let factor = rest < spacing / 2 ? (top - first) / (last - first) : 1
    centers =
      ascending.enumerated().map { index, center in
        index <= 4 ? center : Self.frequency(erbRate: first + (Self.erbRate(center) - first) * factor)
      } + (factor == 1 ? [Self.highestFrequency] : [])
  }

  /// Creates a layout from centre frequencies in Hz, as read from a profile.
  ///
  /// - Returns: `nil` where the frequencies are not positive and ascending.
  public init?(centers: [Double]) {
    guard let first = centers.first, first > 0, centers.allSatisfy(\.isFinite) else { return nil }
    guard zip(centers, centers.dropFirst()).allSatisfy({ $0 < $1 }) else { return nil }
    self.centers = centers
  }

  /// The ERB rate of a frequency in Hz.
  public static func erbRate(_ frequency: Double) -> Double {
    21.4 * log10(1 + 0.00437 * frequency)
  }

  /// The frequency in Hz of an ERB rate.
  public static func frequency(erbRate: Double) -> Double {
    (pow(10, erbRate / 21.4) - 1) / 0.00437
  }

  /// The upper edge of a band in Hz: the next band's centre, or 20 kHz for the last.
  public func upperEdge(ofBand band: Int) -> Double {
    band + 1 < count ? centers[band + 1] : max(centers[band], Self.highestFrequency)
  }

  /// The position of a frequency among band centres on the ERB-rate scale: 1.5 is halfway from band 1 to 2.
  package func position(of frequency: Double) -> Double {
    guard frequency > centers[0] else { return 0 }
    guard let above = centers.firstIndex(where: { $0 > frequency }) else { return Double(centers.count - 1) }
    let (low, high) = (Self.erbRate(centers[above - 1]), Self.erbRate(centers[above]))
    return Double(above - 1) + (Self.erbRate(frequency) - low) / (high - low)
  }
}

/// The meaning of the channels of level features, shape (N, C, L).
public enum FeatureLayout: Hashable, Sendable {
  /// One channel for each band of a ``BandLayout``, at any sample rate.
  case bands(BandLayout)

  /// One channel for each bin of the Fourier transform from 20 Hz to 20 kHz.
  ///
  /// Such features can be compared only where sample rate and transform length are the same.
  case spectrum(STFTGeometry)

  /// The number of feature channels C.
  public var channelCount: Int {
    switch self {
    case .bands(let layout): layout.count
    case .spectrum(let geometry): Self.featureBins(of: geometry).count
    }
  }

  /// The centre frequencies of the channels in Hz.
  public var frequencies: [Double] {
    switch self {
    case .bands(let layout): layout.centers
    case .spectrum(let geometry): Self.featureBins(of: geometry).map { geometry.frequency(ofBin: $0) }
    }
  }

  /// The upper edge of a channel in Hz; a clip holds the whole channel if the edge is below half its sample rate.
  public func upperEdge(ofChannel channel: Int) -> Double {
    switch self {
    case .bands(let layout): layout.upperEdge(ofBand: channel)
    case .spectrum(let geometry):
      geometry.frequency(ofBin: Self.featureBins(of: geometry).lowerBound + channel)
    }
  }

  /// The share of a channel, 0 to 1, that lies below a frequency in Hz.
  ///
  /// The channel reaches from the centre of its lower neighbour to its upper edge.
  public func share(ofChannel channel: Int, below frequency: Double) -> Double {
    let upper = upperEdge(ofChannel: channel)
    let lower = channel > 0 ? frequencies[channel - 1] : 0
    return min(max((frequency - lower) / (upper - lower), 0), 1)
  }

  /// The bins from 20 Hz to 20 kHz; other bins take no part in features.
  static func featureBins(of geometry: STFTGeometry) -> Range<Int> {
    let width = geometry.sampleRate / Double(geometry.fftLength)
    let first = Int((BandLayout.lowestFrequency / width).rounded(.up))
    let last = Int((BandLayout.highestFrequency / width).rounded(.down))
    let end = min(last + 1, geometry.binCount)
    return min(first, end)..<end
  }
}

/// Third octaves from 31 Hz to 20 kHz: the resolution at which long-term spectra are compared.
///
/// Band b has the centre f = 1000 · 2^(b/3) Hz, b = −15 … 13, and the edges f · 2^(±1/6) (IEC 61260-1, base 2). The
/// mean square of a frame in a band is `Σₖ v[k] · 2 · |X[k]|² / (F · Σ w²)`, where v[k] is the share of bin k that lies
/// in the band. A band narrower than a bin has a share of that bin's power.
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
    /// The shares of the bin before `bins` and of the bin after it.
    var before: Float
    var after: Float
  }

  private let bands: [Band]
  private let fftLength: Float

  /// Creates the bands for the bins of a transform; bands beyond half the sample rate are empty.
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
  ///   - windowEnergy: The window's energy Σ w² inside the clip.
  ///   - result: Receives one value for each band.
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

/// Curves over bands and over third octaves.
package enum ToneCurves {
  /// The values of a curve at other frequencies, interpolated linearly over log f and constant beyond the ends.
  ///
  /// - Parameters:
  ///   - curve: The values of the curve.
  ///   - frequencies: The frequency of each value in Hz, ascending.
  ///   - wanted: The frequencies of the results in Hz.
  package static func values(of curve: [Double], at frequencies: [Double], for wanted: [Double]) -> [Double] {
    wanted.map { frequency in
      guard let upper = frequencies.firstIndex(where: { $0 > frequency }) else { return curve.last ?? 0 }
      guard upper > 0 else { return curve.first ?? 0 }
      let (low, high) = (log(frequencies[upper - 1]), log(frequencies[upper]))
      let share = (log(frequency) - low) / (high - low)
      return curve[upper - 1] + share * (curve[upper] - curve[upper - 1])
    }
  }
}
