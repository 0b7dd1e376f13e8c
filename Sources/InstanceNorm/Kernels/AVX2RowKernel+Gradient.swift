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
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int, target: UnsafeRawPointer?
  ) -> SwiftRowKernel.GradientBlockSums? {
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    let sums: cin_gradient_moments
    if Scalar.self == Float.self {
      sums = unsafe cin_gradient_moments_f32(
        x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self), count, target)
    } else if isHalf(Scalar.self) {
      sums = unsafe cin_gradient_moments_f16(
        x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self), count, target)
    } else {
      return nil
    }
    return SwiftRowKernel.GradientBlockSums(
      values: SwiftRowKernel.BlockSums(sum: sums.values.sum, squares: sums.values.squares),
      gradient: RowGradient.Sums(sum: sums.gradient.sum, product: sums.gradient.product))
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
    guard Scalar.self == Float.self || isHalf(Scalar.self), let narrow = FloatGradient(map) else {
      return false
    }
    let float = cin_gradient_f32(
      mean: narrow.mean, scale: narrow.scale, slope: narrow.slope, offset: narrow.offset)
    if Scalar.self == Float.self {
      unsafe cin_gradient_apply_f32(
        float, x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self),
        y.assumingMemoryBound(to: Float.self), count, streaming)
    } else {
      unsafe cin_gradient_apply_f16(
        float, x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self),
        y.assumingMemoryBound(to: UInt16.self), count)
    }
    return true
  }
}
#endif
