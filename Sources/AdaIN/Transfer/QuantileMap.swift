public import Tensors

/// A rising map of each channel by itself, from one distribution to another.
public struct QuantileMap: FeatureMap, Hashable {
  /// How far the share of style values below `T(x)` may be from the share of content values below x, for each channel.
  ///
  /// 0 for exact statistics; for sketches the sum of both sides' rank errors and of the spacing of their values.
  public let rankErrorBounds: [Double]

  /// The map of each channel; its knots are the content's values.
  package let channels: [PiecewiseLinear]

  /// The number of channels C.
  public var numFeatures: Int { channels.count }

  /// Joins quantile functions: content values become the style's values at the same shares.
  init(
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

  /// One knot for each distinct content value; equal values share the mean of their outputs.
  ///
  /// Where the content jumps over a gap at some share, the value before the gap belongs to the style's value just
  /// before that share, and the value after it to the one just after.
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
func checkChannels(_ shape: TensorShape, _ numFeatures: Int) throws(ShapeError) {
  guard shape.c == numFeatures else {
    throw ShapeError("expected features of \(numFeatures) channels, found \(shape.c) in \(shape)")
  }
}
