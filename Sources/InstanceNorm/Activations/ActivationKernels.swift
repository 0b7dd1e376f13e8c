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
    if kernels.usesAVX2,
      unsafe AVX2RowKernel.activate(self, from, residual, to, count, kernels, streaming)
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
}

#if arch(x86_64)
extension AVX2RowKernel {
  /// Writes the activation of values; false where there is no kernel for the type.
  static func activate<Scalar: TensorScalar>(
    _ activation: RowActivation, _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int, _ kernels: KernelChoice, _ streaming: Bool
  ) -> Bool {
    unsafe activate(activation, from, residual, to, count, kernels, streaming, transform: nil)
  }

  /// Writes values, transformed and then finished; false where there is no kernel for the type or the range.
  static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, finish: RowFinish<Scalar>, from: UnsafePointer<Scalar>,
    to: UnsafeMutablePointer<Scalar>, count: Int, _ kernels: KernelChoice, streaming: Bool
  ) -> Bool {
    guard let narrow = narrow(transform) else { return false }
    return unsafe withUnsafePointer(to: narrow) {
      unsafe activate(
        finish.activation.pointee, from, finish.residual, to, count, kernels, streaming, transform: $0)
    }
  }

  /// The sums of a block, while the first values of another row are transformed and finished.
  static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double, writing other: PendingRow<Scalar>,
    _ transform: RowTransform, _ finish: RowFinish<Scalar>, _ kernels: KernelChoice
  ) -> SwiftRowKernel.BlockSums? {
    guard Scalar.self == Float.self || isHalf(Scalar.self), let narrow = narrow(transform) else { return nil }
    let parameters = unsafe parameters(finish.activation.pointee, kernels)
    let (raw, source, target) = unsafe (
      UnsafeRawPointer(base), UnsafeRawPointer(other.source), UnsafeMutableRawPointer(other.target)
    )
    let (residual, streaming) = unsafe (UnsafeRawPointer(finish.residual), other.streaming)
    let sums: cin_sums
    if Scalar.self == Float.self {
      sums = unsafe cin_activate_and_sum_f32(
        parameters, narrow, source.assumingMemoryBound(to: Float.self),
        residual?.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self),
        raw.assumingMemoryBound(to: Float.self), count, pivot, streaming)
    } else {
      sums = unsafe cin_activate_and_sum_f16(
        parameters, narrow, source.assumingMemoryBound(to: UInt16.self),
        residual?.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self),
        raw.assumingMemoryBound(to: UInt16.self), count, pivot, streaming)
    }
    return SwiftRowKernel.BlockSums(sum: sums.sum, squares: sums.squares)
  }

  private static func activate<Scalar: TensorScalar>(
    _ activation: RowActivation, _ from: UnsafePointer<Scalar>, _ residual: UnsafePointer<Scalar>?,
    _ to: UnsafeMutablePointer<Scalar>, _ count: Int, _ kernels: KernelChoice, _ streaming: Bool,
    transform: UnsafePointer<cin_transform_f32>?
  ) -> Bool {
    let parameters = parameters(activation, kernels)
    let (source, target) = unsafe (UnsafeRawPointer(from), UnsafeMutableRawPointer(to))
    let other = unsafe UnsafeRawPointer(residual)
    if Scalar.self == Float.self {
      unsafe cin_activate_f32(
        parameters, transform, source.assumingMemoryBound(to: Float.self),
        other?.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self), count,
        streaming)
    } else if isHalf(Scalar.self) {
      unsafe cin_activate_f16(
        parameters, transform, source.assumingMemoryBound(to: UInt16.self),
        other?.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self), count,
        streaming)
    } else {
      return false
    }
    return true
  }

  private static func parameters(_ activation: RowActivation, _ kernels: KernelChoice) -> cin_activation {
    let kind: cin_activation_kind =
      switch activation.kind {
      case .identity: CIN_IDENTITY
      case .relu: CIN_RELU
      case .leaky: CIN_LEAKY
      case .snake: CIN_SNAKE
      }
    let snake = activation.snake
    return cin_activation(
      kind: kind, slope: Float(activation.slope), turns: snake.turns, turns_low: snake.turnsLow,
      wide: kernels.usesAVX512, terms: snake.terms)
  }
}
#endif
