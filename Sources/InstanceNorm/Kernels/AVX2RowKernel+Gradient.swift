#if arch(x86_64)
import CInstanceNorm
import Tensors

extension AVX2RowKernel {
  static func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double
  ) -> RowGradient.Sums? {
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    let sums: cin_gradient_sums
    if Scalar.self == Double.self {
      sums = unsafe cin_gradient_sums_f64(
        x.assumingMemoryBound(to: Double.self), g.assumingMemoryBound(to: Double.self), count, mean)
    } else if Scalar.self == Float.self {
      sums = unsafe cin_gradient_sums_f32(
        x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self), count, Float(mean))
    } else if isHalf(Scalar.self) {
      sums = unsafe cin_gradient_sums_f16(
        x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self), count, Float(mean))
    } else {
      return nil
    }
    return RowGradient.Sums(sum: sums.sum, product: sums.product)
  }

  static func blockSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int
  ) -> SwiftRowKernel.GradientBlockSums? {
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    if Scalar.self == Float.self {
      return unsafe sums(
        cin_gradient_moments_f32(
          x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self), count))
    }
    if isHalf(Scalar.self) {
      return unsafe sums(
        cin_gradient_moments_f16(
          x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self), count))
    }
    return nil
  }

  /// The sums of a block, while the first values of another row are written.
  static func blockSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    writing other: PendingGradientRow<Scalar>
  ) -> SwiftRowKernel.GradientBlockSums? {
    guard let narrow = unsafe narrow(other.map) else { return nil }
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    let (otherX, otherG) = unsafe (UnsafeRawPointer(other.x), UnsafeRawPointer(other.g))
    let (y, streaming) = unsafe (UnsafeMutableRawPointer(other.y), other.streaming)
    if Scalar.self == Float.self {
      return unsafe sums(
        cin_gradient_apply_and_sum_f32(
          narrow, otherX.assumingMemoryBound(to: Float.self), otherG.assumingMemoryBound(to: Float.self),
          y.assumingMemoryBound(to: Float.self), x.assumingMemoryBound(to: Float.self),
          g.assumingMemoryBound(to: Float.self), count, streaming))
    }
    if isHalf(Scalar.self) {
      return unsafe sums(
        cin_gradient_apply_and_sum_f16(
          narrow, otherX.assumingMemoryBound(to: UInt16.self), otherG.assumingMemoryBound(to: UInt16.self),
          y.assumingMemoryBound(to: UInt16.self), x.assumingMemoryBound(to: UInt16.self),
          g.assumingMemoryBound(to: UInt16.self), count, streaming))
    }
    return nil
  }

  static func apply<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, count: Int, streaming: Bool
  ) -> Bool {
    let (x, g, y) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g), UnsafeMutableRawPointer(y))
    if Scalar.self == Double.self {
      let wide = cin_gradient_f64(
        mean: map.mean, scale: map.scale, slope: map.slope, offset: map.offset(about: map.mean))
      unsafe cin_gradient_apply_f64(
        wide, x.assumingMemoryBound(to: Double.self), g.assumingMemoryBound(to: Double.self),
        y.assumingMemoryBound(to: Double.self), count, streaming)
      return true
    }
    guard Scalar.self == Float.self || isHalf(Scalar.self), let narrow = narrow(map) else { return false }
    if Scalar.self == Float.self {
      unsafe cin_gradient_apply_f32(
        narrow, x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self),
        y.assumingMemoryBound(to: Float.self), count, streaming)
    } else {
      unsafe cin_gradient_apply_f16(
        narrow, x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self),
        y.assumingMemoryBound(to: UInt16.self), count, streaming)
    }
    return true
  }

  /// Whether ``differentiate(_:_:_:_:length:_:parameters:streaming:)`` deals with rows of a length.
  ///
  /// Rows of `Float`; four of them of three tensors, and the four after them, must fit the second-level cache.
  static func differentiates<Scalar: TensorScalar>(_ type: Scalar.Type, _ length: Int) -> Bool {
    Scalar.self == Float.self && standardizes(type, 4 * length)
  }

  /// Measures rows and writes their gradients; gives how many, before one that is left to others.
  static func differentiate<Scalar: TensorScalar>(
    _ rows: Range<Int>, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>,
    length: Int, _ plan: RowStandardization, parameters: UnsafeMutablePointer<RowGradient.Sums>?,
    streaming: Bool
  ) -> Int {
    let (x, g, y) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g), UnsafeMutableRawPointer(y))
    // SAFETY: both are two doubles, in the same order.
    let sums = unsafe UnsafeMutableRawPointer(parameters)?.assumingMemoryBound(to: cin_gradient_sums.self)
    return unsafe cin_gradient_rows_f32(
      x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self),
      y.assumingMemoryBound(to: Float.self), sums, rows.lowerBound, rows.count, length,
      standardization(plan, .avx2),
      SummationRule(Scalar.self).tolerance, streaming)
  }

  /// Nil where `Float` has not the range for it.
  @inline(__always)
  private static func narrow(_ map: RowGradient) -> cin_gradient_f32? {
    FloatGradient(map).map {
      cin_gradient_f32(mean: $0.mean, scale: $0.scale, slope: $0.slope, offset: $0.offset)
    }
  }

  @inline(__always)
  private static func sums(_ sums: cin_gradient_moments) -> SwiftRowKernel.GradientBlockSums {
    SwiftRowKernel.GradientBlockSums(
      values: SwiftRowKernel.BlockSums(sum: sums.values.sum, squares: sums.values.squares),
      gradient: RowGradient.Sums(sum: sums.gradient.sum, product: sums.gradient.product))
  }
}
#endif
