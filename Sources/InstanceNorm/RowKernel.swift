public import Tensors

/// The operations on one row of contiguous scalars that every normalisation here is made of.
///
/// A row stays on one thread and its sums have one fixed order, so results do not depend on the number of
/// threads. Rows may have any length and any alignment.
public enum RowKernel {
  /// How many values are summed about one pivot before the sums are merged.
  ///
  /// Part of the order of summation.
  static let blockLength = 1024

  /// How many values are merged block by block before they are merged into the row's moments.
  ///
  /// In two levels the rounding errors of merging stay small for rows of any length.
  static let groupLength = 64 * blockLength

  /// Computes the moments of a row, reading memory once.
  ///
  /// Blocks of 1024 values are summed in `Double` about a pivot near their mean, `Σd` and `Σd²` with
  /// `d = x − pivot`, and merged after Chan et al. Where a pivot turns out to be more than two standard
  /// deviations off, the block (still in the cache) is summed again about its mean, so nothing cancels.
  /// A constant row has exactly its value as mean, and variance 0. NaN or infinity makes both NaN.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func moments<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, kernels: KernelChoice = .fastest
  ) -> RowMoments {
    guard let base = row.baseAddress, !row.isEmpty else { return RowMoments() }
    var pivot = unsafe firstPivot(base, count: min(blockLength, row.count))
    var total = RowMoments()
    var group = RowMoments()
    var start = 0
    while start < row.count {
      let count = min(blockLength, row.count - start)
      let block = unsafe moments(ofBlock: base + start, count: count, near: pivot, kernels)
      group = group.merged(with: block)
      pivot = group.mean
      start += count
      if group.count == groupLength {
        total = total.merged(with: group)
        group = RowMoments()
      }
    }
    return total.merged(with: group)
  }

  /// Writes `y = ((x − mean) − meanLow) · factor + shift` for every value of a row.
  ///
  /// - Parameters:
  ///   - transform: The map; computed in the scalar's accumulator type (`Float` for `Float16`).
  ///   - source: The row to read.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - kernels: Whose row kernels to use.
  public static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice = .fastest
  ) {
    unsafe apply(transform, to: source, into: target, kernels: kernels, streaming: false)
  }

  /// Writes `y = ((x − mean) − meanLow) · factor + shift` over every value of a row.
  public static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, inPlace row: UnsafeMutableBufferPointer<Scalar>,
    kernels: KernelChoice = .fastest
  ) {
    unsafe apply(transform, to: UnsafeBufferPointer(row), into: row, kernels: kernels)
  }

  /// The public form, and whether to write past the caches: then ``finishStreaming()`` must follow on the
  /// same thread, before another one reads.
  static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice, streaming: Bool
  ) {
    precondition(
      source.count == target.count, "expected a target of \(source.count) scalars, found \(target.count)")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      unsafe AVX2RowKernel.apply(transform, from: from, to: to, count: source.count, streaming: streaming)
    {
      return
    }
    #endif
    unsafe SwiftRowKernel.apply(transform, from: from, to: to, count: source.count)
  }

  /// Orders streamed writes before whatever this thread does next.
  static func finishStreaming() {
    #if arch(x86_64)
    AVX2RowKernel.finishStreaming()
    #endif
  }

  private static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double, _ kernels: KernelChoice
  ) -> SwiftRowKernel.BlockSums {
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      let sums = unsafe AVX2RowKernel.blockSums(base, count: count, pivot: pivot)
    {
      return sums
    }
    #endif
    return unsafe SwiftRowKernel.blockSums(base, count: count, pivot: pivot)
  }

  @inline(__always)
  private static func moments<Scalar: TensorScalar>(
    ofBlock base: UnsafePointer<Scalar>, count: Int, near firstPivot: Double, _ kernels: KernelChoice
  ) -> RowMoments {
    let n = Double(count)
    var pivot = firstPivot
    var sums = unsafe blockSums(base, count: count, pivot: pivot, kernels)
    // The pivot is more than two standard deviations off: (Σd / n)² > 4 · (Σd² / n − (Σd / n)²), without dividing.
    // False for NaN: there a better pivot does not help.
    if 5 * sums.sum * sums.sum > 4 * n * sums.squares {
      let better = pivot + sums.sum / n
      if better != pivot {
        pivot = better
        sums = unsafe blockSums(base, count: count, pivot: pivot, kernels)
      }
    }
    let step = sums.sum / n
    let mean = pivot + step
    let back = mean - pivot
    return RowMoments(
      count: count, mean: mean, meanLow: (pivot - (mean - back)) + (step - back),
      sumOfSquares: clampedAtZero(sums.squares - sums.sum * step))
  }

  /// The mean of eight values spread over a block (exact where they are equal), or one of its values.
  @inline(__always)
  private static func firstPivot<Scalar: TensorScalar>(_ base: UnsafePointer<Scalar>, count: Int) -> Double {
    // A short row is soon summed again if its middle is far from its mean.
    if count < 256 { return unsafe Double(base[count / 2]) }
    let first = unsafe Double(base[0])
    var spread = SIMD8<Double>()
    for i in 0..<8 { unsafe spread[i] = Double(base[i * (count / 8)]) }
    let four = spread.lowHalf + spread.highHalf
    let two = four.lowHalf + four.highHalf
    let mean = (two[0] + two[1]) * 0.125
    return mean.isFinite ? mean : first
  }

  /// The larger of a value and 0; NaN stays NaN.
  private static func clampedAtZero(_ value: Double) -> Double { value < 0 ? 0 : value }
}
