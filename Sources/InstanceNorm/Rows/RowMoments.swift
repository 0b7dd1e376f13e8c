import Tensors

/// The count, mean and sum of squared deviations of a row (or of any values), in `Double` whatever the scalar type.
///
/// The mean is the unevaluated sum `mean + meanLow`, so that it is exact to far below one unit in the last place of
/// `mean`. The deviation `(x − mean) − meanLow` then keeps its digits where |mean| ≫ σ.
package struct RowMoments: Hashable, Sendable {
  /// The number of values.
  package var count: Int
  /// The mean, rounded to `Double`; 0 without values.
  package var mean: Double
  /// The low part of the mean, which ``mean`` lost in rounding; at most half a unit in the last place of ``mean``.
  package var meanLow: Double
  /// The sum of squared deviations from the mean, Σ (x − mean)².
  package var sumOfSquares: Double

  /// Creates moments from their parts; without arguments, the moments of no values at all.
  package init(count: Int = 0, mean: Double = 0, meanLow: Double = 0, sumOfSquares: Double = 0) {
    self.count = count
    self.mean = mean
    self.meanLow = meanLow
    self.sumOfSquares = sumOfSquares
  }

  /// The biased variance Σ (x − mean)² / count; 0 without values.
  package var variance: Double { count == 0 ? 0 : sumOfSquares / Double(count) }

  /// The unbiased variance Σ (x − mean)² / (count − 1); NaN for fewer than two values, as in PyTorch.
  package var unbiasedVariance: Double { count < 2 ? .nan : sumOfSquares / Double(count - 1) }

  /// The moments of this set and another together (Chan, Golub and LeVeque, 1979).
  ///
  /// `δ = meanB − meanA`, `mean = meanA + δ · nB / n`, `M2 = M2A + M2B + δ² · nA · nB / n`.
  package func merged(with other: RowMoments) -> RowMoments {
    if other.count == 0 { return self }
    if count == 0 { return other }
    let total = Double(count) + Double(other.count)
    let delta = (other.mean - mean) + (other.meanLow - meanLow)
    let step = delta * (Double(other.count) / total)
    // Knuth's exact sum: mean + step = high + error.
    let high = mean + step
    let back = high - mean
    let error = (mean - (high - back)) + (step - back)
    let low = meanLow + error
    let newMean = high + low
    return RowMoments(
      count: count + other.count,
      mean: newMean,
      meanLow: low - (newMean - high),
      sumOfSquares: sumOfSquares + other.sumOfSquares
        + delta * delta * (Double(count) * (Double(other.count) / total)))
  }
}

/// The sums Σ (x − pivot) and Σ (x − pivot)² of a block of values.
struct BlockSums {
  var sum: Double
  var squares: Double
}

/// The sums Σ x, Σ x², Σ g and Σ g · x of a block of values x and gradients g.
struct GradientBlockSums {
  var values: BlockSums
  var gradient: RowGradient.Sums
}

/// How the values of a row are divided into blocks, and how far a pivot may be from a block's mean.
///
/// The rule is part of the order of summation, so it decides the bits of the results.
struct SummationRule {
  /// Whether rows start with the pivot 0.
  ///
  /// The square of a scalar with at most 24 significant bits is exact in `Double`, so only the sums round.
  let startsAtZero: Bool

  /// The number of values that are summed about one pivot before the sums are merged; at most 16 KiB.
  let blockLength: Int

  /// The number of values whose blocks are merged into a group before the group is merged into the row's moments.
  ///
  /// Two levels of merging keep its rounding errors small for rows of any length.
  var groupLength: Int { 64 * blockLength }

  /// The largest accepted square of the distance of pivot and mean, in variances of the block.
  ///
  /// With distance² = t · σ², `Σd² − (Σd)² / n` cancels log₂(1 + t) of the sums' 53 bits. For narrow scalars 10 bits
  /// may be lost, which leaves a relative error of the variance of about 2⁻³³ at worst; for `Double` 2 bits may be.
  let tolerance: Double

  /// The rule of a scalar type.
  @inline(__always)
  init<Scalar: TensorScalar>(_ type: Scalar.Type) {
    startsAtZero = Scalar.significandBitCount <= Float.significandBitCount
    blockLength = startsAtZero ? 4096 : 1024
    tolerance = startsAtZero ? 1024 : 4
  }

  /// Whether a block's pivot was near enough to its mean; true for NaN, where no other pivot would help.
  ///
  /// `(Σd / n)² ≤ t · (Σd² / n − (Σd / n)²)`, multiplied by n².
  @inline(__always)
  func accepts(_ sums: BlockSums, count: Int) -> Bool {
    !((tolerance + 1) * sums.sum * sums.sum > tolerance * Double(count) * sums.squares)
  }
}

extension RowMoments {
  /// The moments of a block from its sums about a pivot.
  @inline(__always)
  init(_ sums: BlockSums, about pivot: Double, count: Int) {
    let step = sums.sum / Double(count)
    let mean = pivot + step
    let back = mean - pivot
    let squares = sums.squares - sums.sum * step
    // Only rounding makes the sum of squares negative; NaN stays NaN.
    self.init(
      count: count, mean: mean, meanLow: (pivot - (mean - back)) + (step - back),
      sumOfSquares: squares < 0 ? 0 : squares)
  }
}
