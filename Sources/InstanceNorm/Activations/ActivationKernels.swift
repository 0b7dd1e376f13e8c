#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif
import Tensors

#if arch(x86_64)
import CInstanceNorm
#endif

extension RowActivation {
  /// The sine in `Double`.
  static func sine(_ x: Double) -> Double { sin(x) }

  /// Writes the activation of `count` values, plus the residual's where there is one.
  ///
  /// - Parameters:
  ///   - from: The values.
  ///   - residual: What is added last; nil for nothing.
  ///   - to: Where to write; the same memory as `from`, or memory that does not overlap.
  ///   - count: How many values.
  ///   - kernels: Whose kernels to use.
  ///   - streaming: Whether to write past the caches.
  func apply<Scalar: TensorScalar>(
    _ from: UnsafePointer<Scalar>, residual: UnsafePointer<Scalar>?, _ to: UnsafeMutablePointer<Scalar>,
    count: Int, _ kernels: KernelChoice, streaming: Bool = false
  ) {
    if Scalar.self == Double.self {
      unsafe applyDouble(from, residual, to, count)
      return
    }
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      unsafe applyAVX2(from, residual, to, count, streaming)
    {
      return
    }
    #endif
    unsafe applyFloat(from, residual, to, count)
  }

  /// In `Double`, one by one.
  private func applyDouble<Scalar: TensorScalar>(
    _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    for i in 0..<count {
      let v = unsafe Double(from[i])
      var y = v
      switch kind {
      case .identity: break
      case .relu: if v < 0 { y = 0 }
      case .leaky: if v < 0 { y = v * slope }
      case .snake:
        let sine = Self.sine(alpha * v)
        y = v + sine * sine * inverse
      }
      if let residual = unsafe residual { y += unsafe Double(residual[i]) }
      unsafe to[i] = Scalar(y)
    }
  }

  /// In `Float`, eight at a time: the reference of the kernels in C, which follow it operation by operation.
  private func applyFloat<Scalar: TensorScalar>(
    _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    var i = 0
    while i < count {
      let width = min(8, count - i)
      var v = SIMD8<Float>()
      for lane in 0..<width { v[lane] = unsafe Float(from[i + lane]) }
      v = activated(v)
      for lane in 0..<width {
        var y = Scalar(v[lane])
        if let residual = unsafe residual { y = unsafe Scalar(Float(y) + Float(residual[i + lane])) }
        unsafe to[i + lane] = y
      }
      i += width
    }
  }

  @inline(__always)
  private func activated(_ v: SIMD8<Float>) -> SIMD8<Float> {
    switch kind {
    case .identity: v
    case .relu: v.replacing(with: 0, where: v .< 0)
    case .leaky: v.replacing(with: v * Float(slope), where: v .< 0)
    case .snake: snake(v)
    }
  }

  /// v + sin²(α v) / α.
  ///
  /// sin² has the period π: with k = round(t / π) and r = t − k π it is u · p(u), where u = r² and p is a polynomial whose
  /// error is below 10⁻⁸. u is held within (π / 2)², so that the result is bounded however large t is.
  @inline(__always)
  private func snake(_ v: SIMD8<Float>) -> SIMD8<Float> {
    func all(_ value: Float) -> SIMD8<Float> { SIMD8(repeating: value) }
    let t = v * Float(alpha)
    let k = (t * (0x1.45f306p-2 as Float)).rounded(.toNearestOrEven)
    let r = t.addingProduct(-k, all(0x1.921fb6p+1)).addingProduct(-k, all(-0x1.777a5cp-24))
    let limit = all(0x1.3bfc3ap+1)
    let square = r * r
    let u = limit.replacing(with: square, where: square .< limit)
    var p = all(0x1.2391ep-13).addingProduct(all(-0x1.e0c5a6p-19), u)
    p = all(-0x1.9fb7ap-9).addingProduct(p, u)
    p = all(0x1.6c12aep-5).addingProduct(p, u)
    p = all(-0x1.555536p-2).addingProduct(p, u)
    p = all(1).addingProduct(p, u)
    return v.addingProduct(u * p, all(Float(inverse)))
  }

  #if arch(x86_64)
  /// By the kernels in C, of a row's transform where there is one; false where they have none for the type or the range.
  func applyAVX2<Scalar: TensorScalar>(
    _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int, _ streaming: Bool, transform: RowTransform? = nil
  ) -> Bool {
    guard Scalar.self == Float.self || AVX2RowKernel.isHalf(Scalar.self) else { return false }
    guard let transform else {
      unsafe activate(from, residual, to, count, streaming, nil)
      return true
    }
    guard let narrow = FloatTransform(transform) else { return false }
    let first = cin_transform_f32(mean: narrow.mean, factor: narrow.factor, shift: narrow.shift)
    unsafe withUnsafePointer(to: first) { unsafe activate(from, residual, to, count, streaming, $0) }
    return true
  }

  private func activate<Scalar: TensorScalar>(
    _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int, _ streaming: Bool,
    _ transform: UnsafePointer<cin_transform_f32>?
  ) {
    let name: cin_activation_kind =
      switch kind {
      case .identity: CIN_IDENTITY
      case .relu: CIN_RELU
      case .leaky: CIN_LEAKY
      case .snake: CIN_SNAKE
      }
    let parameters = cin_activation(
      kind: name, slope: Float(slope), alpha: Float(alpha), inverse: Float(inverse))
    let (source, target) = unsafe (UnsafeRawPointer(from), UnsafeMutableRawPointer(to))
    let other = unsafe UnsafeRawPointer(residual)
    if Scalar.self == Float.self {
      unsafe cin_activate_f32(
        parameters, transform, source.assumingMemoryBound(to: Float.self),
        other?.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self), count,
        streaming)
    } else {
      unsafe cin_activate_f16(
        parameters, transform, source.assumingMemoryBound(to: UInt16.self),
        other?.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self), count,
        streaming)
    }
  }
  #endif
}
