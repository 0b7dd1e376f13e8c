public import AdaIN
public import Tensors

/// A histogram of values in decibels with bins of 0.05 dB: exact counts, so merging and subtracting are exact.
///
/// Any quantile is within 0.05 dB of the exact one, however many values there are. A bin that holds values takes
/// 16 bytes: at most 40 KB for a range of 120 dB.
public struct LevelHistogram: Hashable, Sendable {
  /// The width of a bin, in decibels.
  public static let binWidth = 0.05

  /// The number of finite values.
  public private(set) var count = 0
  /// The number of values in each bin; bin i is centred on i · 0.05 dB.
  public private(set) var bins: [Int: Int] = [:]

  /// Creates a histogram of no values.
  public init() {}

  /// Creates a histogram from the number of values in each bin.
  ///
  /// - Precondition: No number is negative.
  public init(bins: [Int: Int]) {
    precondition(bins.values.allSatisfy { $0 >= 0 }, "expected numbers of values of 0 or more")
    self.bins = bins.filter { $0.value > 0 }
    count = bins.values.reduce(0, +)
  }

  /// Creates a histogram from the numbers of values in neighbouring bins, the first of them `firstBin`.
  ///
  /// - Precondition: No number is negative.
  public init(firstBin: Int, counts: ArraySlice<Int>) {
    bins.reserveCapacity(counts.reduce(into: 0) { $0 += $1 == 0 ? 0 : 1 })
    for (offset, number) in counts.enumerated() where number != 0 {
      precondition(number > 0, "expected numbers of values of 0 or more")
      bins[firstBin + offset] = number
      count += number
    }
  }

  /// The bin of a level in steps of 2⁻¹⁶ dB; levels half a decibel apart are exactly 10 bins apart.
  public static func bin(ofSteps steps: Int) -> Int { (steps * 5 + 8192) >> 14 }

  /// The histogram as if every value had been higher by a whole number of bins.
  public func shifted(byBins shift: Int) -> LevelHistogram {
    LevelHistogram(bins: Dictionary(uniqueKeysWithValues: bins.map { ($0.key + shift, $0.value) }))
  }

  /// Takes in a value in decibels; values that are not finite or beyond ±10⁶ dB are left out.
  public mutating func insert(_ value: Double) {
    guard abs(value) <= 1e6 else { return }
    bins[Int((value / Self.binWidth).rounded()), default: 0] += 1
    count += 1
  }

  /// Takes in values in decibels.
  public mutating func insert(contentsOf values: [Double]) {
    // Values from −200 to 200 dB are counted in an array first, which is faster than the dictionary.
    let edge = Int(200 / Self.binWidth)
    var near = [Int](repeating: 0, count: 2 * edge + 1)
    for value in values {
      let bin = (value / Self.binWidth).rounded()
      if abs(bin) <= Double(edge) { near[Int(bin) + edge] += 1 } else { insert(value) }
    }
    for (index, number) in near.enumerated() where number > 0 {
      bins[index - edge, default: 0] += number
      count += number
    }
  }

  /// Takes in the values of another histogram.
  public mutating func merge(_ other: LevelHistogram) {
    bins.merge(other.bins, uniquingKeysWith: +)
    count += other.count
  }

  /// Takes out values that were merged before.
  ///
  /// - Precondition: The histogram holds them.
  public mutating func subtract(_ part: LevelHistogram) {
    for (bin, number) in part.bins {
      let rest = bins[bin, default: 0] - number
      precondition(
        rest >= 0, "expected at most \(bins[bin, default: 0]) values in bin \(bin), found \(number)")
      bins[bin] = rest == 0 ? nil : rest
    }
    count -= part.count
  }

  /// The value at a share of the distribution, from 0 to 1, within 0.05 dB; NaN without values.
  ///
  /// - Precondition: The share is from 0 to 1.
  public func quantile(_ share: Double) -> Double {
    quantiles([share])[0]
  }

  /// The values at several shares of the distribution; the bins are sorted once for all of them.
  ///
  /// - Precondition: The shares are from 0 to 1.
  public func quantiles(_ shares: [Double]) -> [Double] {
    quantileFunction.quantiles(shares)
  }

  /// The 1-Wasserstein distance to another histogram in decibels, within 0.05 dB; NaN without values.
  public func wassersteinDistance(to other: LevelHistogram) -> Double {
    points.wasserstein(to: other.points)
  }

  /// Bin centres and counts.
  var points: WeightedPoints {
    WeightedPoints(bins.map { (value: Double($0.key) * Self.binWidth, weight: Double($0.value)) })
  }

  /// The quantile function: from shares to values in dB; the values of a bin are spread evenly over its width.
  var quantileFunction: PiecewiseLinear {
    var (xs, ys): ([Double], [Double]) = ([], [])
    var below = 0
    for (bin, number) in bins.sorted(by: { $0.key < $1.key }) {
      xs += [Double(below) / Double(count), Double(below + number) / Double(count)]
      ys += [(Double(bin) - 0.5) * Self.binWidth, (Double(bin) + 0.5) * Self.binWidth]
      below += number
    }
    return PiecewiseLinear(xs: xs, ys: ys)
  }
}

/// One histogram in decibels for each channel.
public struct HistogramStatistics: TransferStatistics, Hashable {
  /// The histogram of each channel.
  public private(set) var channels: [LevelHistogram]

  /// The number of channels C.
  public var numFeatures: Int { channels.count }

  /// Creates statistics of no frames.
  public init(numFeatures: Int) {
    channels = Array(repeating: LevelHistogram(), count: numFeatures)
  }

  /// Creates statistics from the histogram of each channel.
  public init(_ channels: [LevelHistogram]) {
    self.channels = channels
  }

  /// Takes in the frames of a tensor (N, C, L) of levels in decibels; the N samples are pooled.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public mutating func accumulate<Scalar: TensorScalar>(_ features: Tensor3<Scalar>) throws(ShapeError) {
    try checkChannels(features.shape, numFeatures)
    for row in 0..<features.shape.rowCount {
      channels[row % numFeatures].insert(contentsOf: features.doubles(row: row))
    }
  }

  /// Takes in the frames of other statistics; exact, in any order.
  ///
  /// - Throws: ShapeError where numbers of channels differ.
  public mutating func merge(_ other: HistogramStatistics) throws(ShapeError) {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    for c in channels.indices { channels[c].merge(other.channels[c]) }
  }
}

/// Distribution matching of levels in decibels by histograms of 0.05 dB; `QuantileTransfer` matches other values.
///
/// Statistics are exact under merging and independent of the order of frames. Wherever the style's distribution has no
/// gap, the map is within 0.1 dB of the exact one: the bins of content and style each add up to 0.05 dB.
public struct LevelQuantileTransfer: FeatureTransfer {
  /// Creates the transfer.
  public init() {}

  /// Statistics of no frames.
  public func makeStatistics(numFeatures: Int) -> HistogramStatistics {
    HistogramStatistics(numFeatures: numFeatures)
  }

  /// The map from the content's distributions to the style's.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or a channel holds no value.
  public func map(
    from content: HistogramStatistics, to style: HistogramStatistics
  ) throws(StyleError) -> QuantileMap {
    try QuantileMap(
      content: content.channels.map(\.quantileFunction), style: style.channels.map(\.quantileFunction),
      rankErrorBounds: Array(repeating: 0, count: content.numFeatures))
  }
}
