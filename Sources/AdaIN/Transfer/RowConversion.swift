import Tensors

/// Whole rows between a scalar type and `Double`, with code compiled for each scalar type.
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
  /// Row (n, c) in `Double`.
  func doubles(row: Int) -> [Double] {
    unsafe withScalars { unsafe RowConversion.doubles($0, row * shape.l..<(row + 1) * shape.l) }
  }

  /// Replaces every row by a function of its values, blended with them: `α · f(x) + (1 − α) · x`.
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
