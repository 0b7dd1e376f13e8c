public import Tensors

/// A quantile sketch of every channel.
public struct SketchStatistics: TransferStatistics, Hashable {
  /// The sketch of each channel.
  public private(set) var channels: [QuantileSketch]

  /// The number of channels C.
  public var numFeatures: Int { channels.count }

  /// Creates statistics of no frames.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels C.
  ///   - capacity: The capacity of each sketch; `Int.max` keeps every value.
  public init(numFeatures: Int, capacity: Int = 2048) {
    channels = Array(repeating: QuantileSketch(capacity: capacity), count: numFeatures)
  }

  /// Takes in the frames of a tensor, samples pooled.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public mutating func accumulate<Scalar: TensorScalar>(_ features: Tensor3<Scalar>) throws(ShapeError) {
    try checkChannels(features.shape, numFeatures)
    for row in 0..<features.shape.rowCount {
      channels[row % numFeatures].insert(contentsOf: features.doubles(row: row))
    }
  }

  /// Takes in the frames of other statistics.
  ///
  /// - Throws: ShapeError where numbers of channels or capacities differ.
  public mutating func merge(_ other: SketchStatistics) throws(ShapeError) {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    for (mine, theirs) in zip(channels, other.channels) where mine.capacity != theirs.capacity {
      throw ShapeError("expected sketches of capacity \(mine.capacity), found \(theirs.capacity)")
    }
    for c in channels.indices { channels[c].merge(other.channels[c]) }
  }
}

/// Distribution matching: each channel's values are mapped so that they follow the style's distribution.
///
/// `T(x) = Qs(Fc(x))`, where Fc(x) is the content's share of values below x and Qs the style's quantile function. With
/// sorted content values x₍ᵢ₎ at the shares (i + ½) / n and the style's likewise, equal lengths give the i-th smallest
/// style value for the i-th smallest content value: exact feature distribution matching (EFDM). Between content values
/// the map is linear; beyond their range its offset is constant. Equal content values share the mean of their
/// outputs, because the map is a function of the value; ``ExactDistributionMatching`` tells them apart by position.
///
/// Sketches keep memory bounded; ``QuantileMap/rankErrorBounds`` states what that costs.
///
/// Source: Zhang et al., *Exact Feature Distribution Matching for Arbitrary Style Transfer and Domain
/// Generalization*, CVPR 2022 (arXiv 2203.07740).
public struct QuantileTransfer: FeatureTransfer {
  /// The capacity of each channel's sketch.
  public var capacity: Int

  /// Creates the transfer.
  ///
  /// - Parameter capacity: How many values a level of a sketch holds; up to that many frames the map is exact, and
  ///   `Int.max` keeps it exact always.
  public init(capacity: Int = 2048) {
    self.capacity = capacity
  }

  /// Statistics of no frames.
  public func makeStatistics(numFeatures: Int) -> SketchStatistics {
    SketchStatistics(numFeatures: numFeatures, capacity: capacity)
  }

  /// The map from the content's distributions to the style's.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or a channel holds no finite value.
  public func map(from content: SketchStatistics, to style: SketchStatistics) throws(StyleError)
    -> QuantileMap
  {
    let bounds = zip(content.channels, style.channels).map { $0.shareErrorBound + $1.shareErrorBound }
    return try QuantileMap(
      content: content.channels.map(\.quantileFunction), style: style.channels.map(\.quantileFunction),
      rankErrorBounds: bounds)
  }
}
