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

/// What the standard library's own reductions do, where those are calls of generic code.
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
