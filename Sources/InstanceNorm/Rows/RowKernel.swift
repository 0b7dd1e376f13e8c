package import Tensors

/// The operations on one row of contiguous scalars that every normalisation here is made of.
///
/// A row stays on one thread and its sums have one fixed order, so results do not depend on the number of
/// threads. Rows may have any length and any alignment.
package enum RowKernel {
  /// Computes the moments of a row, reading memory once.
  ///
  /// Blocks of values are summed in `Double` about a pivot, `Σd` and `Σd²` with `d = x − pivot`, and merged after
  /// Chan et al. The first pivot of scalars with no more digits than `Float` is 0, as their squares are exact; of others
  /// it is a value near the mean. Where a pivot turns out to be too far off (`SummationRule`), the block
  /// (still in the cache) is summed again about its mean, and its mean is the next block's pivot. A constant row has
  /// exactly its value as mean, and variance 0. With NaN or infinity among the values
  /// the variance is NaN, and the mean NaN or infinite.
  package static func moments<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, kernels: KernelChoice = .fastest
  ) -> RowMoments {
    unsafe moments(of: row, kernels: kernels, writing: nil)
  }

  /// The moments of a row, while another row of its length is written.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func moments<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, kernels: KernelChoice, writing other: PendingRow<Scalar>?
  ) -> RowMoments {
    guard let base = row.baseAddress, !row.isEmpty else { return RowMoments() }
    let rule = SummationRule(Scalar.self)
    var pivot = unsafe rule.startsAtZero ? 0 : firstPivot(base, count: min(rule.blockLength, row.count))
    if row.count <= rule.blockLength {
      return unsafe moments(ofBlock: base, count: row.count, near: &pivot, rule, kernels, writing: other)
    }
    var total = RowMoments()
    var group = RowMoments()
    var start = 0
    while start < row.count {
      let count = min(rule.blockLength, row.count - start)
      let block = unsafe moments(
        ofBlock: base + start, count: count, near: &pivot, rule, kernels, writing: other?.dropFirst(start))
      group = group.merged(with: block)
      if pivot != 0 { pivot = group.mean }
      start += count
      if group.count == rule.groupLength {
        total = total.merged(with: group)
        group = RowMoments()
      }
    }
    return total.merged(with: group)
  }

  /// Writes `y = (x − (mean + meanLow)) · factor + shift` for every value of a row.
  ///
  /// - Parameters:
  ///   - transform: The map; computed in the scalar's accumulator type (`Float` for `Float16`).
  ///   - source: The row to read.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - kernels: Whose row kernels to use.
  package static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice = .fastest
  ) {
    unsafe apply(transform, to: source, into: target, kernels: kernels, streaming: false)
  }

  /// Writes `y = (x − (mean + meanLow)) · factor + shift` over every value of a row.
  package static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, inPlace row: UnsafeMutableBufferPointer<Scalar>,
    kernels: KernelChoice = .fastest
  ) {
    unsafe apply(transform, to: UnsafeBufferPointer(row), into: row, kernels: kernels)
  }

  /// Writes the transform of a row, and says whether to write past the caches: then ``finishStreaming()`` must follow on the
  /// same thread, before another one reads.
  package static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, kernels: KernelChoice, streaming: Bool
  ) {
    precondition(
      source.count == target.count, "expected a target of \(source.count) scalars, found \(target.count)")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    #if arch(x86_64)
    if kernels.usesAVX2,
      unsafe AVX2RowKernel.apply(
        transform, from: from, to: to, count: source.count, streaming: streaming, kernels)
    {
      return
    }
    #endif
    unsafe SwiftRowKernel.apply(transform, from: from, to: to, count: source.count)
  }

  /// Orders streamed writes before whatever this thread does next.
  package static func finishStreaming() {
    #if arch(x86_64)
    AVX2RowKernel.finishStreaming()
    #endif
  }

  /// The sums of a block, while as much of another row is written.
  @inline(__always)
  private static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double, _ kernels: KernelChoice,
    writing other: PendingRow<Scalar>? = nil
  ) -> SwiftRowKernel.BlockSums {
    #if arch(x86_64)
    if kernels.usesAVX2 {
      if let other = unsafe other,
        let sums = unsafe AVX2RowKernel.blockSums(base, count: count, pivot: pivot, writing: other, kernels)
      {
        return sums
      }
      if let sums = unsafe AVX2RowKernel.blockSums(base, count: count, pivot: pivot) {
        unsafe other?.write(count, kernels: kernels)
        return sums
      }
    }
    #endif
    unsafe other?.write(count, kernels: kernels)
    return unsafe SwiftRowKernel.blockSums(base, count: count, pivot: pivot)
  }

  /// The moments of a block, summed about a pivot that is moved to its mean if it is too far off.
  @inline(__always)
  private static func moments<Scalar: TensorScalar>(
    ofBlock base: UnsafePointer<Scalar>, count: Int, near pivot: inout Double, _ rule: SummationRule,
    _ kernels: KernelChoice, writing other: PendingRow<Scalar>?
  ) -> RowMoments {
    var sums = unsafe blockSums(base, count: count, pivot: pivot, kernels, writing: other)
    if !rule.accepts(sums, count: count) {
      pivot += sums.sum / Double(count)
      sums = unsafe blockSums(base, count: count, pivot: pivot, kernels)
    }
    return RowMoments(sums, about: pivot, count: count)
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
}
