#if arch(x86_64)
import CInstanceNorm
import Tensors

/// The row kernels in C for x86-64 processors with AVX2, FMA and F16C: ``SwiftRowKernel``'s results, bit for bit.
///
/// Only this type calls them. A function returns nil or false where it has no kernel for the scalar type.
enum AVX2RowKernel {
  static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double
  ) -> SwiftRowKernel.BlockSums? {
    let raw = unsafe UnsafeRawPointer(base)
    let sums: cin_sums
    if Scalar.self == Float.self {
      sums = unsafe cin_sums_f32(raw.assumingMemoryBound(to: Float.self), count, pivot)
    } else if Scalar.self == Double.self {
      sums = unsafe cin_sums_f64(raw.assumingMemoryBound(to: Double.self), count, pivot)
    } else if isHalf(Scalar.self) {
      sums = unsafe cin_sums_f16(raw.assumingMemoryBound(to: UInt16.self), count, pivot)
    } else {
      return nil
    }
    return SwiftRowKernel.BlockSums(sum: sums.sum, squares: sums.squares)
  }

  /// The sums of a block, while the first values of another row are written.
  static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double, writing other: PendingRow<Scalar>,
    _ kernels: KernelChoice
  ) -> SwiftRowKernel.BlockSums? {
    guard let transform = unsafe other.transform else { return nil }
    if let finish = unsafe other.finish {
      return unsafe blockSums(base, count: count, pivot: pivot, writing: other, transform, finish, kernels)
    }
    let (raw, source, target) = unsafe (
      UnsafeRawPointer(base), UnsafeRawPointer(other.source), UnsafeMutableRawPointer(other.target)
    )
    let streaming = unsafe other.streaming
    let sums: cin_sums
    if Scalar.self == Double.self {
      sums = unsafe cin_apply_and_sum_f64(
        wide(transform), source.assumingMemoryBound(to: Double.self),
        target.assumingMemoryBound(to: Double.self), raw.assumingMemoryBound(to: Double.self), count, pivot,
        streaming)
    } else if Scalar.self == Float.self, let narrow = narrow(transform) {
      let (x, y, other) = unsafe (
        source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self),
        raw.assumingMemoryBound(to: Float.self)
      )
      sums =
        unsafe pivot == 0 && isWide(count, kernels)
        ? cin_apply_and_sum_wide_f32(narrow, x, y, other, count, streaming)
        : cin_apply_and_sum_f32(narrow, x, y, other, count, pivot, streaming)
    } else if isHalf(Scalar.self), let narrow = narrow(transform) {
      sums = unsafe cin_apply_and_sum_f16(
        narrow, source.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self),
        raw.assumingMemoryBound(to: UInt16.self), count, pivot, streaming)
    } else {
      return nil
    }
    return SwiftRowKernel.BlockSums(sum: sums.sum, squares: sums.squares)
  }

  static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>, count: Int,
    streaming: Bool, _ kernels: KernelChoice
  ) -> Bool {
    let (source, target) = unsafe (UnsafeRawPointer(from), UnsafeMutableRawPointer(to))
    if Scalar.self == Double.self {
      unsafe cin_apply_f64(
        wide(transform), source.assumingMemoryBound(to: Double.self),
        target.assumingMemoryBound(to: Double.self), count, streaming)
      return true
    }
    guard Scalar.self == Float.self || isHalf(Scalar.self), let narrow = narrow(transform) else {
      return false
    }
    if Scalar.self == Float.self {
      let (x, y) = unsafe (
        source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self)
      )
      if isWide(count, kernels) {
        unsafe cin_apply_wide_f32(narrow, x, y, count, streaming)
      } else {
        unsafe cin_apply_f32(narrow, x, y, count, streaming)
      }
    } else {
      unsafe cin_apply_f16(
        narrow, source.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self),
        count, streaming)
    }
    return true
  }

  /// Whether rows of `Float` are long enough for vectors of 512 bits, where there are any.
  @inline(__always)
  private static func isWide(_ count: Int, _ kernels: KernelChoice) -> Bool {
    count >= Int(cin_least_wide_length) && kernels.usesAVX512
  }

  @inline(__always)
  private static func wide(_ transform: RowTransform) -> cin_transform_f64 {
    cin_transform_f64(
      mean: transform.mean, factor: transform.factor, shift: transform.shift(about: transform.mean))
  }

  /// Nil where `Float` has not the range for it.
  @inline(__always)
  static func narrow(_ transform: RowTransform) -> cin_transform_f32? {
    FloatTransform(transform).map { cin_transform_f32(mean: $0.mean, factor: $0.factor, shift: $0.shift) }
  }

  /// Whether ``standardize(_:from:to:length:stride:_:streaming:)`` deals with rows of a length: `Float` or `Float16`, one
  /// block, and a variance.
  static func standardizes<Scalar: TensorScalar>(_ type: Scalar.Type, _ length: Int) -> Bool {
    (Scalar.self == Float.self || isHalf(Scalar.self)) && length > 1
      && length <= SummationRule(Scalar.self).blockLength
  }

  /// Measures and writes rows; gives how many, before one that is left to others.
  static func standardize<Scalar: TensorScalar>(
    _ rows: Range<Int>, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>, length: Int,
    stride: Int, _ plan: RowStandardization, streaming: Bool, _ kernels: KernelChoice
  ) -> Int {
    let (source, target) = unsafe (UnsafeRawPointer(from), UnsafeMutableRawPointer(to))
    let tolerance = SummationRule(Scalar.self).tolerance
    if isHalf(Scalar.self) {
      return unsafe cin_standardize_rows_f16(
        source.assumingMemoryBound(to: UInt16.self), target.assumingMemoryBound(to: UInt16.self),
        rows.lowerBound, rows.count, length, stride, standardization(plan, kernels), tolerance, streaming)
    }
    return unsafe cin_standardize_rows_f32(
      source.assumingMemoryBound(to: Float.self), target.assumingMemoryBound(to: Float.self),
      rows.lowerBound, rows.count, length, stride, standardization(plan, kernels), tolerance, streaming)
  }

  static func standardization(_ plan: RowStandardization, _ kernels: KernelChoice) -> cin_standardization {
    unsafe cin_standardization(
      lost: Double(plan.lostDegrees), eps_inside: plan.epsInside, eps_outside: plan.epsOutside,
      strength: plan.strength, scale: rowValues(plan.scale), shift: rowValues(plan.shift),
      wide: kernels.usesAVX512)
  }

  private static func rowValues(_ values: RowStandardization.Values) -> cin_row_values {
    unsafe cin_row_values(
      doubles: values.doubles, floats: values.floats, halves: values.halves, period: values.period)
  }

  /// Orders streamed writes before whatever this thread does next.
  static func finishStreaming() { cin_finish_streaming() }

  @inline(__always)
  static func isHalf<Scalar>(_ type: Scalar.Type) -> Bool {
    #if os(macOS) || targetEnvironment(macCatalyst)
    return false
    #else
    return Scalar.self == Float16.self
    #endif
  }
}
#endif
