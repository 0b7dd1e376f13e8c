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
/// `T(x) = Qs(Fc(x))`, where Fc(x) is the content's share of values below x and Qs the style's quantile function. The
/// sorted values of content and style stand at the shares (i + ½) / n. At equal lengths the i-th smallest content value
/// therefore becomes the i-th smallest style value: exact feature distribution matching (EFDM). Between content values
/// the map is linear; beyond their range it adds a constant. Equal content values get the mean of their outputs,
/// because the map is a function of the value; ``ExactDistributionMatching`` tells them apart by position.
///
/// Sketches keep memory bounded; ``QuantileMap/rankErrorBounds`` has the error that they cause.
///
/// Source: Zhang et al., *Exact Feature Distribution Matching for Arbitrary Style Transfer and Domain
/// Generalization*, CVPR 2022 (arXiv 2203.07740).
public struct QuantileTransfer: FeatureTransfer {
  /// The capacity of each channel's sketch.
  public var capacity: Int

  /// Creates the transfer.
  ///
  /// - Parameter capacity: The number of values that a level of a sketch holds. The map is exact for up to that many
  ///   frames; `Int.max` makes it exact for any number.
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

/// A rising map for each channel, from one distribution to another.
public struct QuantileMap: FeatureMap, Hashable {
  /// The largest possible difference of the shares of style values below `T(x)` and content values below x, by channel.
  ///
  /// The bound is 0 for exact statistics. For sketches it is the sum of both sides' rank errors and spacings of values.
  public let rankErrorBounds: [Double]

  /// The map of each channel; its knots are the content's values.
  package let channels: [PiecewiseLinear]

  /// The number of channels C.
  public var numFeatures: Int { channels.count }

  /// Joins quantile functions: content values become the style's values at the same shares.
  package init(
    content: [PiecewiseLinear], style: [PiecewiseLinear], rankErrorBounds: [Double]
  ) throws(StyleError) {
    guard content.count == style.count else {
      throw .shape(ShapeError("expected a style of \(content.count) channels, found \(style.count)"))
    }
    for (side, functions) in [("content", content), ("style", style)] {
      if let channel = functions.firstIndex(where: \.xs.isEmpty) {
        throw .shape(
          ShapeError("expected at least 1 finite value in channel \(channel) of the \(side), found 0"))
      }
    }
    self.rankErrorBounds = rankErrorBounds
    channels = zip(content, style).map { Self.joined($0, $1) }
  }

  /// The map with one knot for each distinct content value; equal values get the mean of their outputs.
  ///
  /// Where the content's quantile function jumps at a share, the value before the jump becomes the style's value just
  /// before that share, and the value after the jump the style's value just after that share.
  private static func joined(_ content: PiecewiseLinear, _ style: PiecewiseLinear) -> PiecewiseLinear {
    var (xs, ys): ([Double], [Double]) = ([], [])
    var index = 0
    while index < content.ys.count {
      let value = content.ys[index]
      var (sum, number) = (0.0, 0)
      while index < content.ys.count, content.ys[index] == value {
        let share = content.xs[index]
        let isBeforeGap = index + 1 < content.xs.count && content.xs[index + 1] == share
        sum += isBeforeGap ? style.leftLimit(share) : style.clamped(share)
        number += 1
        index += 1
      }
      xs.append(value)
      ys.append(sum / Double(number))
    }
    return PiecewiseLinear(xs: xs, ys: ys)
  }

  /// The value of the map of one channel.
  ///
  /// - Precondition: The channel is in range.
  public func callAsFunction(_ x: Double, channel: Int) -> Double { channels[channel](x) }

  /// Replaces every value x by `α · T(x) + (1 − α) · x`; NaN stays NaN.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    let shape = features.shape
    try check(shape)
    if strength == 0 { return }
    features.mapRows(strength: strength) { row, values in
      let map = channels[row % shape.c]
      return values.map { map($0) }
    }
  }
}

/// Fails unless a tensor has the given number of channels.
package func checkChannels(_ shape: TensorShape, _ numFeatures: Int) throws(ShapeError) {
  guard shape.c == numFeatures else {
    throw ShapeError("expected features of \(numFeatures) channels, found \(shape.c) in \(shape)")
  }
}

/// A rising sequence of knots joined by straight lines, with a constant slope beyond its ends.
package struct PiecewiseLinear: Hashable, Sendable {
  package let xs: [Double]
  package let ys: [Double]
  /// The slope before the first knot and after the last; with 1 the map adds a constant there.
  package let endSlope: Double
  /// The index of the last knot at or before each step, for narrowing searches.
  ///
  /// The steps divide the range from the first x to the last into as many equal parts as there are knots.
  private let starts: [Int32]
  /// The number of steps per unit of x.
  private let scale: Double

  /// Joins knots; both lists rise.
  package init(xs: [Double], ys: [Double], endSlope: Double = 1) {
    precondition(xs.count == ys.count && xs.count <= Int32.max)
    self.xs = xs
    self.ys = ys
    self.endSlope = endSlope
    guard let first = xs.first, let last = xs.last, last > first, (Double(xs.count) / (last - first)).isFinite
    else {
      starts = []
      scale = 0
      return
    }
    scale = Double(xs.count) / (last - first)
    var steps: [Int32] = []
    steps.reserveCapacity(xs.count + 1)
    var knot = 0
    for step in 0...xs.count {
      let edge = first + Double(step) / scale
      while knot + 1 < xs.count, xs[knot + 1] <= edge { knot += 1 }
      steps.append(Int32(knot))
    }
    starts = steps
  }

  /// The value at x: `y₀ + endSlope · (x − x₀)` before the first knot, and likewise after the last; NaN for NaN.
  package func callAsFunction(_ x: Double) -> Double {
    guard let first = xs.first, let last = xs.last else { return x }
    if x <= first { return ys[0] + endSlope * (x - first) }
    if !(x < last) { return ys[ys.count - 1] + endSlope * (x - last) }
    let upper = upperIndex(x)
    let (x0, x1) = (xs[upper - 1], xs[upper])
    let t = (x - x0) / (x1 - x0)
    return ys[upper - 1] * (1 - t) + ys[upper] * t
  }

  /// The value at x, held constant beyond the ends.
  package func clamped(_ x: Double) -> Double {
    guard let first = xs.first, let last = xs.last else { return .nan }
    return x <= first ? ys[0] : x >= last ? ys[ys.count - 1] : self(x)
  }

  /// The values of a quantile function at several shares.
  ///
  /// - Precondition: The shares are from 0 to 1.
  package func quantiles(_ shares: [Double]) -> [Double] {
    shares.map { share in
      precondition(share >= 0 && share <= 1, "expected a share from 0 to 1, found \(share)")
      return clamped(share)
    }
  }

  /// The value just before x, held constant beyond the ends; it differs from ``clamped(_:)`` where knots share an x.
  func leftLimit(_ x: Double) -> Double {
    guard let at = lowerIndex(x), xs[at] == x else { return clamped(x) }
    return ys[at]
  }

  /// The index of the first knot at or above x; nil where there is none.
  private func lowerIndex(_ x: Double) -> Int? {
    var (low, high) = (0, xs.count)
    while low < high {
      let middle = (low + high) / 2
      if xs[middle] < x { low = middle + 1 } else { high = middle }
    }
    return low < xs.count ? low : nil
  }

  /// The index of the first knot above x, for an x between the first knot and the last.
  private func upperIndex(_ x: Double) -> Int {
    var (low, high) = (0, xs.count - 1)
    if !starts.isEmpty {
      // The step narrows the search; rounding may put x into the neighbouring step.
      let step = min(Int((x - xs[0]) * scale), xs.count - 1)
      let (begin, end) = (Int(starts[step]), Int(starts[step + 1]) + 1)
      if xs[begin] <= x { low = begin }
      if end < xs.count, xs[end] > x { high = end }
    }
    while high - low > 1 {
      let middle = (low + high) / 2
      if xs[middle] <= x { low = middle } else { high = middle }
    }
    return high
  }
}
