import Tensors

extension SwiftRowKernel {
  /// The sums `Σx`, `Σx²`, `Σg` and `Σg · x` of a block.
  struct GradientBlockSums {
    var values: BlockSums
    var gradient: RowGradient.Sums
  }

  /// Σ g and Σ g · (x − mean), in lanes as the sums of the forward pass.
  ///
  /// For `Float` and `Float16` the mean and the deviation are rounded to `Float`; the product with g is then exact in
  /// `Double`.
  static func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double
  ) -> RowGradient.Sums {
    var sums = Lanes()
    if Scalar.significandBitCount <= Float.significandBitCount {
      let centre = Float(mean)
      unsafe forEachSixteen(x, g, count) { x, g, mask in
        for half in 0..<2 {
          let deviation = SIMD8<Float>(x[half]) - centre
          sums.add(SIMD8(deviation).replacing(with: 0, where: .!mask[half]), g[half], half)
        }
      }
    } else {
      unsafe forEachSixteen(x, g, count) { x, g, mask in
        for half in 0..<2 {
          sums.add((x[half] - mean).replacing(with: 0, where: .!mask[half]), g[half], half)
        }
      }
    }
    return sums.totals
  }

  /// Σ x, Σ x², Σ g and Σ g · x of scalars whose products are exact in `Double`.
  static func blockSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int
  ) -> GradientBlockSums {
    var sums = Lanes()
    unsafe forEachSixteen(x, g, count) { x, g, _ in
      for half in 0..<2 { sums.add(x[half], g[half], half) }
    }
    return GradientBlockSums(
      values: unsafe blockSums(x, count: count, pivot: 0), gradient: sums.totals)
  }

  /// Sixteen lanes of Σ g and Σ g · d.
  private struct Lanes {
    var sum = (SIMD8<Double>(), SIMD8<Double>())
    var product = (SIMD8<Double>(), SIMD8<Double>())

    @inline(__always)
    mutating func add(_ deviation: SIMD8<Double>, _ gradient: SIMD8<Double>, _ half: Int) {
      if half == 0 {
        sum.0 += gradient
        product.0 += gradient * deviation
      } else {
        sum.1 += gradient
        product.1 += gradient * deviation
      }
    }

    var totals: RowGradient.Sums {
      RowGradient.Sums(sum: total(sum.0 + sum.1), product: total(product.0 + product.1))
    }
  }

  /// Eight values and the eight after them.
  private struct Halves<Value> {
    let low: Value
    let high: Value

    @inline(__always)
    subscript(half: Int) -> Value { half == 0 ? low : high }
  }

  /// Calls a closure with sixteen values of each row, zeros where the last sixteen are not whole, and which are present.
  @inline(__always)
  private static func forEachSixteen<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ count: Int,
    _ body: (Halves<SIMD8<Double>>, Halves<SIMD8<Double>>, Halves<SIMDMask<SIMD8<Int64>>>) -> Void
  ) {
    let stride = MemoryLayout<Scalar>.stride
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    func load(_ at: UnsafeRawPointer) -> Halves<SIMD8<Double>> {
      unsafe Halves(low: eight(at, as: Scalar.self), high: eight(at + 8 * stride, as: Scalar.self))
    }
    let all = Halves(low: SIMDMask<SIMD8<Int64>>(repeating: true), high: SIMDMask(repeating: true))
    var i = 0
    while i + 16 <= count {
      unsafe body(load(x + i * stride), load(g + i * stride), all)
      i += 16
    }
    if i == count { return }
    var rest = unsafe (
      RowTail<Scalar>(x + i * stride, count - i), RowTail<Scalar>(g + i * stride, count - i)
    )
    let mask = RowTail<Scalar>.mask(count - i)
    unsafe rest.0.withBytes { x in
      unsafe rest.1.withBytes { g in
        unsafe body(load(x), load(g), Halves(low: mask.low, high: mask.high))
      }
    }
  }

  /// Loads eight scalars as `Double`.
  @inline(__always)
  private static func eight<Scalar: TensorScalar>(
    _ at: UnsafeRawPointer, as type: Scalar.Type
  ) -> SIMD8<Double> {
    if Scalar.self == Float.self { return unsafe SIMD8<Double>(at.loadUnaligned(as: SIMD8<Float>.self)) }
    if Scalar.self == Double.self { return unsafe at.loadUnaligned(as: SIMD8<Double>.self) }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    if Scalar.self == Float16.self {
      return unsafe SIMD8<Double>(SIMD8<Float>(at.loadUnaligned(as: SIMD8<Float16>.self)))
    }
    #endif
    return unsafe elements(at, as: Scalar.self)
  }

  /// Writes `g · scale + ((x − mean) · slope + offset)`.
  static func apply<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, count: Int
  ) {
    var i = 0
    if Scalar.significandBitCount <= Float.significandBitCount, let narrow = FloatGradient(map) {
      if Scalar.self == Float.self {
        let (x, g, y) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g), UnsafeMutableRawPointer(y))
        while i + 8 <= count {
          let value = unsafe narrow(
            x.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self),
            g.loadUnaligned(fromByteOffset: i * 4, as: SIMD8<Float>.self))
          unsafe y.storeBytes(of: value, toByteOffset: i * 4, as: SIMD8<Float>.self)
          i += 8
        }
      }
      while i < count {
        let value = unsafe narrow(SIMD8(repeating: Float(x[i])), SIMD8(repeating: Float(g[i])))
        unsafe y[i] = Scalar(value[0])
        i += 1
      }
      return
    }
    let offset = map.offset(about: map.mean)
    while i < count {
      let line = unsafe (Double(x[i]) - map.mean) * map.slope + offset
      unsafe y[i] = Scalar(Double(g[i]) * map.scale + line)
      i += 1
    }
  }
}
