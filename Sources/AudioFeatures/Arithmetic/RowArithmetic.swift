/// Arithmetic on rows of values, eight at a time.
@usableFromInline package enum RowArithmetic {
  /// The largest magnitude of a row; NaN is passed over.
  package static func largestMagnitude(_ row: Span<Float>) -> Float {
    var lanes = Lanes.zero
    var rest: Float = 0
    let count = row.count
    unsafe row.withUnsafeBufferPointer { row in
      guard let row = row.baseAddress else { return }
      forEach(count) { n in
        lanes = unsafe lanes.larger(row.lanes(n).magnitude)
      } single: { n in
        unsafe rest = max(rest, abs(row[n]))
      }
    }
    return max(lanes.largest, rest)
  }

  /// Adds a row to the first values of another.
  package static func add(_ row: ContiguousArray<Float>, to target: inout ContiguousArray<Float>) {
    precondition(row.count <= target.count)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe row.withUnsafeBufferPointer { row in
        guard let target = target.baseAddress, let values = row.baseAddress else { return }
        forEach(row.count) { n in
          unsafe target.store(target.lanes(n) + values.lanes(n), n)
        } single: { n in
          unsafe target[n] += values[n]
        }
      }
    }
  }

  /// Raises each value to the magnitude of a row's; NaN is passed over.
  package static func raise(_ values: inout ContiguousArray<Float>, toMagnitudesOf row: Span<Float>) {
    combine(&values, row) {
      $0.larger($1.magnitude)
    } single: {
      max($0, abs($1))
    }
  }

  /// Adds the squares of a row, times a factor, to values.
  package static func addSquares(
    of row: Span<Float>, times factor: Float, to values: inout ContiguousArray<Float>
  ) {
    combine(&values, row) {
      $0 + $1 * $1 * factor
    } single: {
      $0 + $1 * $1 * factor
    }
  }

  /// Replaces each value by what it and a row's value make.
  @inline(__always)
  private static func combine(
    _ values: inout ContiguousArray<Float>, _ row: Span<Float>, eight: (Lanes, Lanes) -> Lanes,
    single: (Float, Float) -> Float
  ) {
    precondition(values.count == row.count)
    let count = row.count
    unsafe values.withUnsafeMutableBufferPointer { values in
      unsafe row.withUnsafeBufferPointer { row in
        guard let values = values.baseAddress, let row = row.baseAddress else { return }
        forEach(count) { n in
          unsafe values.store(eight(values.lanes(n), row.lanes(n)), n)
        } single: { n in
          unsafe values[n] = single(values[n], row[n])
        }
      }
    }
  }

  /// Calls one closure for each whole group of eight, and another for each value that is left.
  @inlinable @inline(__always)
  package static func forEach(_ count: Int, eight: (Int) -> Void, single: (Int) -> Void) {
    var n = 0
    while n &+ 8 <= count {
      eight(n)
      n &+= 8
    }
    while n < count {
      single(n)
      n &+= 1
    }
  }
}
