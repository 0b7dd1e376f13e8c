public import Tensors

/// A histogram in decibels of every channel.
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

  /// Takes in the frames of a tensor of levels in decibels, samples pooled.
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

/// Distribution matching of levels in decibels by histograms of 0.05 dB (``QuantileTransfer`` for other values).
///
/// Statistics are exact under merging and independent of the order of frames; the map's value is within 0.1 dB of the
/// exact one wherever the style's distribution has no gap: 0.05 dB from each side's bins.
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
