public import Tensors

/// The two operations on one row of contiguous scalars that every normalisation here is made of.
///
/// A row stays on one thread and its sums have one fixed order, so results do not depend on the number of
/// threads. Rows may have any length and any alignment.
public enum RowKernel {
  /// How many values are summed about one pivot before the sums are merged.
  ///
  /// Part of the order of summation.
  static let blockLength = 1024

  /// Computes the moments of a row, reading memory once.
  ///
  /// Blocks of 1024 values are summed in `Double` about a pivot near their mean, `Σd` and `Σd²` with
  /// `d = x − pivot`, and merged after Chan et al. Where a pivot turns out to be more than four standard
  /// deviations off, the block (still in the cache) is summed again about its mean, so nothing cancels.
  /// A constant row has exactly its value as mean, and variance 0. NaN or infinity makes both NaN.
  public static func moments<Scalar: TensorScalar>(of row: UnsafeBufferPointer<Scalar>) -> RowMoments {
    var total = RowMoments()
    guard let base = row.baseAddress, !row.isEmpty else { return total }
    var pivot = unsafe Double(base[0])
    var start = 0
    while start < row.count {
      let count = min(blockLength, row.count - start)
      let block = unsafe UnsafeBufferPointer(start: base + start, count: count)
      total = total.merged(with: unsafe moments(ofBlock: block, near: pivot))
      pivot = total.mean
      start += count
    }
    return total
  }

  /// Writes `y = ((x − mean) − meanLow) · factor + shift` for every value of a row.
  ///
  /// - Parameters:
  ///   - source: The row to read.
  ///   - target: Where to write; as long as `source`, and either the same memory or memory that does not overlap.
  ///   - transform: The map; computed in the scalar's accumulator type (`Float` for `Float16`).
  public static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, to source: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>
  ) {
    precondition(
      source.count == target.count, "expected a target of \(source.count) scalars, found \(target.count)")
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    unsafe SwiftRowKernel.apply(transform, from: from, to: to, count: source.count)
  }

  /// Writes `y = ((x − mean) − meanLow) · factor + shift` over every value of a row.
  public static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, inPlace row: UnsafeMutableBufferPointer<Scalar>
  ) {
    unsafe apply(transform, to: UnsafeBufferPointer(row), into: row)
  }

  private static func moments<Scalar: TensorScalar>(
    ofBlock block: UnsafeBufferPointer<Scalar>, near firstPivot: Double
  ) -> RowMoments {
    guard let base = block.baseAddress else { return RowMoments() }
    let count = Double(block.count)
    var pivot = firstPivot
    var sums = unsafe SwiftRowKernel.blockSums(base, count: block.count, pivot: pivot)
    // False for NaN: there a better pivot does not help.
    if sums.sum * sums.sum > 16 * count * (sums.squares - sums.sum * sums.sum / count) {
      let better = pivot + sums.sum / count
      if better != pivot {
        pivot = better
        sums = unsafe SwiftRowKernel.blockSums(base, count: block.count, pivot: pivot)
      }
    }
    let step = sums.sum / count
    let mean = pivot + step
    let back = mean - pivot
    return RowMoments(
      count: block.count, mean: mean, meanLow: (pivot - (mean - back)) + (step - back),
      sumOfSquares: clampedAtZero(sums.squares - sums.sum * step))
  }

  /// The larger of a value and 0; NaN stays NaN.
  private static func clampedAtZero(_ value: Double) -> Double { value < 0 ? 0 : value }
}
