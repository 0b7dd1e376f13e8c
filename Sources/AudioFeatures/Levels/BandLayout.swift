import Foundation

/// The frequencies of the feature channels: about 30 bands evenly spaced on the ERB-rate scale.
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
    // The upper part is stretched a little so that the last band stands at 20 kHz with no narrow rest.
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
