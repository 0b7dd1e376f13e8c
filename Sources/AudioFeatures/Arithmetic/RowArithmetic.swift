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

  /// Raises each value to the magnitude of the row's value where that is larger; NaN is passed over.
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

  /// Replaces each value by a function of it and the row's value at the same index.
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

  /// Calls one closure for each whole group of eight values, and another one for each remaining value.
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

/// Arithmetic with the widest vectors that the processor has; the bits are the same with all of them.
extension RowArithmetic {
  /// Multiplies `target[n] *= factors[n]`.
  static func scale(_ target: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, count: Int) {
    #if arch(x86_64)
    if unsafe AVX2Rows.scale(target, by: factors, count: count) { return }
    #endif
    unsafe PortableRows.scale(target, by: factors, count: count)
  }

  /// Adds `target[n] += a[n] · b[n]`.
  static func multiplyAdd(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int
  ) {
    #if arch(x86_64)
    if unsafe AVX2Rows.multiplyAdd(a, b, to: target, count: count) { return }
    #endif
    unsafe PortableRows.multiplyAdd(a, b, to: target, count: count)
  }

  /// The sum of values.
  static func sum(_ a: UnsafePointer<Float>, count: Int) -> Float {
    var sums = Lanes.zero
    var rest: Float = 0
    forEach(count) { i in
      unsafe sums += a.lanes(i)
    } single: { i in
      unsafe rest += a[i]
    }
    return sums.sum() + rest
  }

  /// Σ a[n] · b[n] in a fixed order: eight running sums, their total, and the rest.
  static func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    #if arch(x86_64)
    if let sum = unsafe AVX2Rows.dot(a, b, count: count) { return sum }
    #endif
    return unsafe PortableRows.dot(a, b, count: count)
  }

  /// Writes `power[n] = (real[n]² + imaginary[n]²) · scale`, or adds it to the present values.
  static func power(
    _ real: UnsafePointer<Float>, _ imaginary: UnsafePointer<Float>, scale: Float, adding: Bool,
    into power: UnsafeMutablePointer<Float>, count: Int
  ) {
    #if arch(x86_64)
    if unsafe AVX2Rows.power(real, imaginary, scale: scale, adding: adding, into: power, count: count) {
      return
    }
    #endif
    unsafe PortableRows.power(real, imaginary, scale: scale, adding: adding, into: power, count: count)
  }

  /// Adds the fourth roots of powers (the square roots of magnitudes), from an index on, to the values of a row.
  package static func addFourthRoots(
    of power: ContiguousArray<Float>, from start: Int, to target: inout ContiguousArray<Float>
  ) {
    precondition(start >= 0 && start + target.count <= power.count)
    unsafe target.withUnsafeMutableBufferPointer { target in
      unsafe power.withUnsafeBufferPointer { power in
        guard let row = target.baseAddress, let power = power.baseAddress else { return }
        #if arch(x86_64)
        if unsafe AVX2Rows.addFourthRoots(of: power + start, to: row, count: target.count) { return }
        #endif
        unsafe PortableRows.addFourthRoots(of: power + start, to: row, count: target.count)
      }
    }
  }

  /// Replaces gains in dB by amplitude factors, as ``Decibels/amplitude(_:)`` gives them.
  static func amplitudes(_ gains: UnsafeMutablePointer<Float>, count: Int) {
    #if arch(x86_64)
    if unsafe AVX2Rows.amplitudes(gains, count: count) { return }
    #endif
    unsafe PortableRows.amplitudes(gains, count: count)
  }
}

/// Eight values of a row.
@usableFromInline package typealias Lanes = SIMD8<Float>

/// Reading and writing eight values at a time, at any alignment.
extension UnsafePointer<Float> {
  @inlinable @inline(__always)
  package func lanes(_ index: Int) -> Lanes {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }
}

extension UnsafeMutablePointer<Float> {
  @inlinable @inline(__always)
  package func lanes(_ index: Int) -> Lanes {
    unsafe UnsafeRawPointer(self + index).loadUnaligned(as: Lanes.self)
  }

  @inlinable @inline(__always)
  package func store(_ lanes: Lanes, _ index: Int) {
    unsafe UnsafeMutableRawPointer(self + index).storeBytes(of: lanes, as: Lanes.self)
  }
}

/// Operations that replace the standard library's, which are calls of generic code.
extension SIMD8<Float> {
  /// The larger of each pair of lanes; a NaN in `other` is passed over.
  @inlinable @inline(__always)
  package func larger(_ other: Self) -> Self {
    replacing(with: other, where: other .> self)
  }

  /// The magnitude of each lane.
  @inlinable @inline(__always)
  package var magnitude: Self {
    unsafe unsafeBitCast(unsafeBitCast(self, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Self.self)
  }

  /// The largest lane of those that are numbers and positive, else 0.
  @inlinable @inline(__always)
  package var largest: Float {
    var result: Float = 0
    for lane in 0..<8 where self[lane] > result { result = self[lane] }
    return result
  }
}

extension SIMDMask<SIMD8<Int32>> {
  /// Whether all lanes are true.
  @inlinable @inline(__always)
  package var allLanes: Bool {
    var result = true
    for lane in 0..<8 { result = result && self[lane] }
    return result
  }

  /// Whether any lane is true.
  @inlinable @inline(__always)
  package var anyLane: Bool { !(.!self).allLanes }
}
