import AudioFeatures

/// What recordings have in common, whatever was recorded: the shape of their mean levels, and how far they stand about it.
///
/// Of a recording whose like is not at hand it tells what its equipment did. With x the deviation of its mean shape from the
/// typical one and σ the spread of clean recordings in a band, a share of x is taken for the equipment's:
///
///     s = max(E²/(E² + σ²), 1 − 2²/q²)      E = 4 dB, q² the mean of (x/σ)² in the bands around
///
/// The first term is the best linear estimate where equipment has a spread of E (after Wiener); the second, after James and
/// Stein (1961), takes nearly all of what no clean recording has, such as what a telephone leaves out.
enum TypicalLevels {
  /// The typical mean level of each band of `BandLayout.standard` over active frames in dB, less the mean over the bands.
  ///
  /// Measured by `Scripts/typical-levels` on 60 clips of speech (12 s each, 5 professional voices and amateurs in 26
  /// languages) and 52 pieces of music (of 5 games), both kinds with equal weight.
  static let means = [
    7.4, 12.0, 14.1, 15.2, 14.5, 13.9, 13.1, 11.0, 8.9, 7.7, 6.6, 5.2, 4.1, 3.7, 2.7, 1.8, 1.4,
    1.0, -0.5, -2.0, -3.8, -5.6, -6.5, -8.2, -10.1, -11.8, -13.7, -16.1, -18.8, -22.4, -24.9,
  ]

  /// The root mean square in dB of what the clips differed from it by, each at its best offset.
  static let spreads = [
    11.6, 9.5, 7.2, 6.4, 5.5, 6.1, 5.8, 4.9, 4.7, 5.0, 4.9, 5.2, 5.0, 4.2, 3.5, 3.7, 3.9, 4.3, 4.5,
    4.9, 5.6, 6.0, 5.7, 5.8, 6.4, 6.9, 7.2, 7.2, 7.9, 8.6, 9.0,
  ]

  /// The spread in dB of what equipment does to a band.
  private static let equipment = 4.0
  /// From how many spreads on a deviation is more than a recording has by itself.
  private static let largestDeviation = 2.0
  /// The width in bands of the Gaussian that says which bands are around another.
  private static let neighbourhood = 2.0

  /// What the equipment of a recording did to its tone, as far as it shows without another recording of the same source.
  ///
  /// - Parameters:
  ///   - shape: The mean level in dB of each of some channels over active frames; an offset common to all does not matter.
  ///   - channels: These channels of the standard bands, ascending.
  ///   - nyquist: Half the sample rate: a band that it cuts off takes the value of the next lower one.
  /// - Returns: A curve in dB; `nil` for channels that are no standard bands, and where Nyquist cuts off all of them.
  static func equipmentCurve(of shape: [Double], channels: [Int], nyquist: Double) -> [Double]? {
    guard let highest = channels.last, highest < means.count else { return nil }
    let whole = channels.prefix { BandLayout.standard.upperEdge(ofBand: $0) <= nyquist }.count
    guard whole > 0 else { return nil }
    let deviation = (0..<whole).map { shape[$0] - means[channels[$0]] }.centered
    let powers = deviation.indices.map {
      let ratio = deviation[$0] / spreads[channels[$0]]
      return ratio * ratio
    }
    let around = ToneMatcher.smoothed(powers, width: neighbourhood)
    let curve = deviation.indices.map { index in
      let spread = spreads[channels[index]]
      let linear = equipment * equipment / (equipment * equipment + spread * spread)
      let outlying = 1 - largestDeviation * largestDeviation / max(around[index], .leastNormalMagnitude)
      return max(linear, outlying) * deviation[index]
    }
    return curve + Array(repeating: curve[whole - 1], count: channels.count - whole)
  }
}
