import Tensors

/// How the values of a row are divided into blocks, and how far a pivot may be off: part of the order of summation.
struct SummationRule {
  /// Whether rows start with the pivot 0.
  ///
  /// The square of a scalar with at most 24 significant bits is exact in `Double`, so only the sums round.
  let startsAtZero: Bool

  /// How many values are summed about one pivot before the sums are merged: at most 16 KiB.
  let blockLength: Int

  /// How many values are merged block by block before they are merged into the row's moments.
  ///
  /// In two levels the rounding errors of merging stay small for rows of any length.
  var groupLength: Int { 64 * blockLength }

  /// The largest accepted square of the distance of pivot and mean, in variances of the block.
  ///
  /// With distance² = t · σ², `Σd² − (Σd)² / n` cancels log₂(1 + t) of the sums' 53 bits. For narrow scalars 10 of them
  /// leave a relative error of the variance of about 2⁻³³ at worst; for `Double` 2 are affordable.
  let tolerance: Double

  /// The rule of a scalar type.
  init<Scalar: TensorScalar>(_ type: Scalar.Type) {
    startsAtZero = Scalar.significandBitCount <= Float.significandBitCount
    blockLength = startsAtZero ? 4096 : 1024
    tolerance = startsAtZero ? 1024 : 4
  }

  /// Whether a block's pivot was near enough to its mean; true for NaN, where no other pivot would help.
  ///
  /// `(Σd / n)² ≤ t · (Σd² / n − (Σd / n)²)`, without dividing.
  func accepts(_ sums: SwiftRowKernel.BlockSums, count: Int) -> Bool {
    !((tolerance + 1) * sums.sum * sums.sum > tolerance * Double(count) * sums.squares)
  }
}

extension RowMoments {
  /// The moments of a block from its sums about a pivot.
  init(_ sums: SwiftRowKernel.BlockSums, about pivot: Double, count: Int) {
    let step = sums.sum / Double(count)
    let mean = pivot + step
    let back = mean - pivot
    let squares = sums.squares - sums.sum * step
    // Below 0 only by rounding; NaN stays NaN.
    self.init(
      count: count, mean: mean, meanLow: (pivot - (mean - back)) + (step - back),
      sumOfSquares: squares < 0 ? 0 : squares)
  }
}
