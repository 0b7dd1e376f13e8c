import Tensors

extension SwiftRowKernel {
  /// Σ g and Σ g · ((x − mean) − meanLow), in lanes as the sums of the forward pass.
  ///
  /// For `Float` and `Float16` the deviation is rounded to `Float`; its product with g is then exact in `Double`.
  static func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double, meanLow: Double
  ) -> RowGradient.Sums {
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    if Scalar.self == Float.self {
      let (high, low) = parts(mean, meanLow)
      return unsafe products(
        Float.self, x, g, count, load: { unsafe $0.loadUnaligned(as: SIMD8<Float>.self) },
        deviation: { SIMD8<Double>(($0 - high) - low) }, widen: { SIMD8<Double>($0) })
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    if Scalar.self == Float16.self {
      let (high, low) = parts(mean, meanLow)
      return unsafe products(
        Float16.self, x, g, count, load: { unsafe SIMD8<Float>($0.loadUnaligned(as: SIMD8<Float16>.self)) },
        deviation: { SIMD8<Double>(($0 - high) - low) }, widen: { SIMD8<Double>($0) })
    }
    #endif
    return unsafe products(
      Scalar.self, x, g, count, load: { unsafe elements($0, as: Scalar.self) },
      deviation: { ($0 - mean) - meanLow }, widen: { $0 })
  }

  /// Sums gradients, and their products with deviations; the closures load eight values and make deviations of them.
  @inline(__always)
  private static func products<Scalar: TensorScalar, Lane>(
    _ type: Scalar.Type, _ x: UnsafeRawPointer, _ g: UnsafeRawPointer, _ count: Int,
    load: (UnsafeRawPointer) -> SIMD8<Lane>, deviation: (SIMD8<Lane>) -> SIMD8<Double>,
    widen: (SIMD8<Lane>) -> SIMD8<Double>
  ) -> RowGradient.Sums {
    let stride = MemoryLayout<Scalar>.stride
    var sum = (SIMD8<Double>(), SIMD8<Double>())
    var product = (SIMD8<Double>(), SIMD8<Double>())
    var i = 0
    while i + 16 <= count {
      let low = unsafe widen(load(g + i * stride))
      let high = unsafe widen(load(g + (i + 8) * stride))
      sum.0 += low
      sum.1 += high
      product.0 += unsafe low * deviation(load(x + i * stride))
      product.1 += unsafe high * deviation(load(x + (i + 8) * stride))
      i += 16
    }
    // The rest in copies of 16 values, of which the missing ones are 0: their lanes stay out.
    if i < count {
      var rest = unsafe (
        RowTail<Scalar>(x + i * stride, count - i), RowTail<Scalar>(g + i * stride, count - i)
      )
      unsafe rest.0.withBytes { x in
        unsafe rest.1.withBytes { g in
          let low = unsafe widen(load(g))
          let high = unsafe widen(load(g + 8 * stride))
          let mask = RowTail<Scalar>.mask(count - i)
          let zero = SIMD8<Double>()
          sum.0 += low
          sum.1 += high
          product.0 += unsafe zero.replacing(with: low * deviation(load(x)), where: mask.low)
          product.1 += unsafe zero.replacing(with: high * deviation(load(x + 8 * stride)), where: mask.high)
        }
      }
    }
    return RowGradient.Sums(sum: total(sum.0 + sum.1), product: total(product.0 + product.1))
  }

  /// Writes `g · scale + (((x − mean) − meanLow) · slope + offset)`.
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
    while i < count {
      let deviation = unsafe (Double(x[i]) - map.mean) - map.meanLow
      unsafe y[i] = Scalar(Double(g[i]) * map.scale + (deviation * map.slope + map.offset))
      i += 1
    }
  }

  /// The mean as a sum of two `Float`s.
  private static func parts(_ mean: Double, _ meanLow: Double) -> (Float, Float) {
    let high = Float(mean)
    return (high, high.isFinite ? Float((mean - Double(high)) + meanLow) : 0)
  }
}
