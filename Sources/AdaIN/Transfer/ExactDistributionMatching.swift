public import Tensors

/// Exact feature distribution matching of whole tensors: the i-th smallest content value of a row becomes the i-th
/// smallest style value.
///
/// Equal content values are told apart by their position, so at equal lengths the output holds exactly the style's
/// values. Where the lengths differ, the m sorted style values stand at the shares (j + ½) / m, and are interpolated
/// linearly at the content's shares (i + ½) / n. NaN in the style is left out; NaN in the content stays where it is.
/// The cost is O(L log L) a row.
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

/// Conversions of rows between a scalar type and `Double`, with code compiled for `Float` and for `Double`.
enum RowConversion {
  /// The scalars of a range as `Double`; exact.
  static func doubles<Scalar: TensorScalar>(
    _ scalars: UnsafeBufferPointer<Scalar>, _ range: Range<Int>
  ) -> [Double] {
    precondition(range.lowerBound >= 0 && range.upperBound <= scalars.count)
    guard let base = scalars.baseAddress else { return [] }
    return unsafe [Double](unsafeUninitializedCapacity: range.count) { buffer, count in
      unsafe read(base + range.lowerBound, buffer)
      count = range.count
    }
  }

  /// Writes values over the scalars from a position on, rounded to the scalar type.
  static func store<Scalar: TensorScalar>(
    _ values: [Double], _ scalars: UnsafeMutableBufferPointer<Scalar>, at start: Int
  ) {
    precondition(start >= 0 && start + values.count <= scalars.count)
    guard let base = scalars.baseAddress else { return }
    let raw = unsafe UnsafeMutableRawPointer(base + start)
    if Scalar.self == Float.self {
      unsafe write(values, raw, as: Float.self)
    } else if Scalar.self == Double.self {
      unsafe write(values, raw, as: Double.self)
    } else {
      for (index, value) in values.enumerated() { unsafe base[start + index] = Scalar(value) }
    }
  }

  private static func read<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, _ target: UnsafeMutableBufferPointer<Double>
  ) {
    let raw = unsafe UnsafeRawPointer(base)
    let count = target.count
    if Scalar.self == Float.self {
      // SAFETY: the scalars are `Float`, and as many as the target holds are there.
      let typed = unsafe raw.assumingMemoryBound(to: Float.self)
      for index in 0..<count { unsafe target.initializeElement(at: index, to: Double(typed[index])) }
    } else if Scalar.self == Double.self {
      let typed = unsafe raw.assumingMemoryBound(to: Double.self)
      for index in 0..<count { unsafe target.initializeElement(at: index, to: typed[index]) }
    } else {
      for index in 0..<count { unsafe target.initializeElement(at: index, to: Double(base[index])) }
    }
  }

  private static func write<Typed: BinaryFloatingPoint>(
    _ values: [Double], _ raw: UnsafeMutableRawPointer, as type: Typed.Type
  ) {
    // SAFETY: the memory holds scalars of this type, as many as there are values.
    let typed = unsafe raw.assumingMemoryBound(to: Typed.self)
    for index in values.indices { unsafe typed[index] = Typed(values[index]) }
  }
}

extension Tensor3 {
  /// Row `row` = n · C + c in `Double`.
  package func doubles(row: Int) -> [Double] {
    unsafe withScalars { unsafe RowConversion.doubles($0, row * shape.l..<(row + 1) * shape.l) }
  }

  /// Replaces every row by a function of its values, blended with the row: `α · f(x) + (1 − α) · x`.
  mutating func mapRows(strength: Double, _ change: (Int, [Double]) -> [Double]) {
    let shape = shape
    unsafe withMutableScalars { scalars in
      for row in 0..<shape.rowCount {
        let range = row * shape.l..<(row + 1) * shape.l
        let values = unsafe RowConversion.doubles(UnsafeBufferPointer(scalars), range)
        var changed = change(row, values)
        if strength != 1 {
          for i in changed.indices { changed[i] = values[i] + strength * (changed[i] - values[i]) }
        }
        unsafe RowConversion.store(changed, scalars, at: range.lowerBound)
      }
    }
  }
}
