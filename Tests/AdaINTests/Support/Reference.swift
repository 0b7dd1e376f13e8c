import AdaIN
import TestSupport

/// Naive two-pass formulas in `Double`: the oracle of the fast paths.
enum Reference {
  static func mean(_ row: [Double]) -> Double { row.reduce(0, +) / Double(row.count) }

  static func variance(_ row: [Double], _ estimator: VarianceEstimator = .biased) -> Double {
    let mean = mean(row)
    let squares = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return squares / Double(estimator == .biased ? row.count : row.count - 1)
  }

  static func deviation(_ row: [Double], _ estimator: VarianceEstimator = .biased) -> Double {
    variance(row, estimator).squareRoot()
  }

  /// Mean and sum of squared deviations in about twice the digits of `Double`.
  static func wideSums(_ row: [Double]) -> (mean: DoubleDouble, squares: DoubleDouble) {
    let mean = row.reduce(DoubleDouble(0)) { $0 + DoubleDouble($1) } / DoubleDouble(Double(row.count))
    let squares = row.reduce(DoubleDouble(0)) {
      let deviation = DoubleDouble($1) - mean
      return $0 + deviation * deviation
    }
    return (mean, squares)
  }

  /// Mean and standard deviation, computed in about twice the digits of `Double`.
  static func wideMoments(_ row: [Double], _ estimator: VarianceEstimator) -> (
    mean: Double, deviation: Double
  ) {
    let (mean, squares) = wideSums(row)
    let divisor = Double(estimator == .biased ? row.count : row.count - 1)
    return (mean.value, (squares / DoubleDouble(divisor)).squareRoot().value)
  }

  static func adain(_ row: [Double], mean: Double, deviation: Double, strength: Double = 1) -> [Double] {
    let (mc, sc) = (Self.mean(row), Self.deviation(row))
    return row.map { strength * (sc == 0 ? mean : deviation * (($0 - mc) / sc) + mean) + (1 - strength) * $0 }
  }
}
