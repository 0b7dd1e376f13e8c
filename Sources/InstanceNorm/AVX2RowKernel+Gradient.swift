#if arch(x86_64)
import CInstanceNorm
import Tensors

extension AVX2RowKernel {
  static func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double, meanLow: Double
  ) -> RowGradient.Sums? {
    let (x, g) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g))
    let sums: cin_gradient_sums
    if Scalar.self == Double.self {
      sums = unsafe cin_gradient_sums_f64(
        x.assumingMemoryBound(to: Double.self), g.assumingMemoryBound(to: Double.self), count, mean, meanLow)
      return RowGradient.Sums(sum: sums.sum, product: sums.product)
    }
    let high = Float(mean)
    let low = high.isFinite ? Float((mean - Double(high)) + meanLow) : 0
    if Scalar.self == Float.self {
      sums = unsafe cin_gradient_sums_f32(
        x.assumingMemoryBound(to: Float.self), g.assumingMemoryBound(to: Float.self), count, high, low)
    } else if isHalf(Scalar.self) {
      sums = unsafe cin_gradient_sums_f16(
        x.assumingMemoryBound(to: UInt16.self), g.assumingMemoryBound(to: UInt16.self), count, high, low)
    } else {
      return nil
    }
    return RowGradient.Sums(sum: sums.sum, product: sums.product)
  }

  static func apply<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, count: Int, streaming: Bool
  ) -> Bool {
    let (x, g, y) = unsafe (UnsafeRawPointer(x), UnsafeRawPointer(g), UnsafeMutableRawPointer(y))
    if Scalar.self == Double.self {
      let wide = cin_gradient_f64(
        mean: map.mean, mean_low: map.meanLow, scale: map.scale, slope: map.slope, offset: map.offset)
      unsafe cin_gradient_apply_f64(
        wide, x.assumingMemoryBound(to: Double.self), g.assumingMemoryBound(to: Double.self),
        y.assumingMemoryBound(to: Double.self), count, streaming)
      return true
    }
    guard Scalar.self == Float.self || isHalf(Scalar.self), let narrow = FloatGradient(map) else {
      return false
    }
    let float = cin_gradient_f32(
      mean: narrow.mean, mean_low: narrow.meanLow, scale: narrow.scale, slope: narrow.slope,
      offset: narrow.offset)
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
