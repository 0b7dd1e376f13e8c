import Tensors

/// A copy of the last values of a row, fewer than 16, followed by zeros.
struct RowTail<Scalar: TensorScalar> {
  private var values: (SIMD8<Scalar>, SIMD8<Scalar>) = (SIMD8(), SIMD8())

  init(_ source: UnsafeRawPointer, _ count: Int) {
    unsafe withUnsafeMutableBytes(of: &values) { bytes in
      unsafe bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: source, count: count * MemoryLayout<Scalar>.stride))
    }
  }

  /// Calls a closure with the 16 values.
  mutating func withBytes(_ body: (UnsafeRawPointer) -> Void) {
    unsafe withUnsafeBytes(of: &values) { bytes in
      if let base = bytes.baseAddress { unsafe body(base) }
    }
  }

  /// Which of 16 lanes are among the first `count`.
  static func mask(_ count: Int) -> (low: SIMDMask<SIMD8<Int64>>, high: SIMDMask<SIMD8<Int64>>) {
    let lanes = SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7)
    return (lanes .< Int64(count), lanes &+ 8 .< Int64(count))
  }
}
