public import Tensors

/// Exact feature distribution matching of whole tensors: the i-th smallest content value of a row becomes the i-th
/// smallest style value.
///
/// Equal content values are told apart by their position, so the output holds exactly the style's values. For other
/// lengths, the style's sorted values stand at the shares (j + ½) / m and are interpolated linearly at the content's
/// (i + ½) / n. NaN counts as larger than every number, and stays where it is. The cost is O(L log L) a row.
///
/// Source: Zhang et al. 2022 (arXiv 2203.07740).
public struct ExactDistributionMatching: Hashable, Sendable {
  /// Creates the operation.
  public init() {}

  /// Matches each row of content (N, C, L) with the row of a style (N, C, L′) or (1, C, L′).
  ///
  /// - Parameters:
  ///   - content: The content, of shape (N, C, L).
  ///   - style: The style, of shape (N, C, L′) or (1, C, L′).
  ///   - strength: α of `α · T(x) + (1 − α) · x`; 0 leaves the content bit for bit as it is.
  /// - Throws: ShapeError where numbers of channels or samples differ, or the style's rows are empty.
  public func callAsFunction<Scalar: TensorScalar>(
    _ content: Tensor3<Scalar>, style: Tensor3<Scalar>, strength: Double = 1
  ) throws(ShapeError) -> Tensor3<Scalar> {
    let shape = content.shape
    guard style.shape.c == shape.c else {
      throw ShapeError("expected a style of \(shape.c) channels, found \(style.shape.c) in \(style.shape)")
    }
    guard style.shape.n == 1 || style.shape.n == shape.n else {
      throw ShapeError("expected a style of 1 or \(shape.n) samples, found \(style.shape.n)")
    }
    guard style.shape.l > 0 || shape.count == 0 else {
      throw ShapeError("expected a style of at least 1 position, found \(style.shape)")
    }
    if strength == 0 || shape.count == 0 { return content }
    let sorted = (0..<style.shape.rowCount).map { row in
      style.doubles(row: row).filter { !$0.isNaN }.sorted()
    }
    var result = content
    result.mapRows(strength: strength) { row, values in Self.matched(values, sorted[row % sorted.count]) }
    return result
  }

  private static func matched(_ values: [Double], _ style: [Double]) -> [Double] {
    guard !style.isEmpty else { return values }
    let order = values.enumerated().filter { !$0.element.isNaN }
      .sorted { $0.element == $1.element ? $0.offset < $1.offset : $0.element < $1.element }
    var result = values
    for (rank, (index, _)) in order.enumerated() {
      result[index] = order.count == style.count ? style[rank] : interpolated(style, rank, of: order.count)
    }
    return result
  }

  /// The style's value at the share (rank + ½) / count.
  private static func interpolated(_ style: [Double], _ rank: Int, of count: Int) -> Double {
    let place = (Double(rank) + 0.5) / Double(count) * Double(style.count) - 0.5
    if place <= 0 { return style[0] }
    if place >= Double(style.count - 1) { return style[style.count - 1] }
    let lower = Int(place)
    let t = place - Double(lower)
    return style[lower] * (1 - t) + style[lower + 1] * t
  }
}
