import AdaIN
import TestSupport

/// Naive two-pass formulas in `Double`: the oracle of the fast paths.
enum Reference {
  static func mean(_ row: [Double]) -> Double { row.reduce(0, +) / Double(row.count) }

  static func variance(_ row: [Double], _ estimator: Estimator = .biased) -> Double {
    let mean = mean(row)
    let squares = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return squares / Double(estimator == .biased ? row.count : row.count - 1)
  }

  static func deviation(_ row: [Double], _ estimator: Estimator = .biased) -> Double {
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
  static func wideMoments(_ row: [Double], _ estimator: Estimator) -> (mean: Double, deviation: Double) {
    let (mean, squares) = wideSums(row)
    let divisor = Double(estimator == .biased ? row.count : row.count - 1)
    return (mean.value, (squares / DoubleDouble(divisor)).squareRoot().value)
  }

  static func adain(_ row: [Double], mean: Double, deviation: Double, strength: Double = 1) -> [Double] {
    let (mc, sc) = (Self.mean(row), Self.deviation(row))
    return row.map { strength * (sc == 0 ? mean : deviation * (($0 - mc) / sc) + mean) + (1 - strength) * $0 }
  }
}

extension Tensor3 {
  /// Row (n, c) in `Double`.
  func doubles(_ n: Int, _ c: Int) -> [Double] { row(n, c).map { Double($0) } }

  /// All scalars in `Double`.
  var doubles: [Double] { scalars.map { Double($0) } }

  /// Normal values, channel c scaled by 3^c about a mean of 10 · c − 5.
  static func random(_ shape: TensorShape, seed: UInt64) throws -> Tensor3 {
    var random = SplitMix64(state: seed)
    let values = (0..<shape.count).map { index in
      let c = shape.l == 0 ? 0 : index / shape.l % shape.c
      return Scalar(random.normal() * [1, 3, 9, 0.25][c % 4] + Double(10 * c - 5))
    }
    return try Tensor3(shape: shape, scalars: values)
  }

  /// Positions `range` of every row.
  func positions(_ range: Range<Int>) throws -> Tensor3 {
    let rows = (0..<shape.rowCount).flatMap {
      scalars[$0 * shape.l + range.lowerBound..<$0 * shape.l + range.upperBound]
    }
    return try Tensor3(shape: TensorShape(shape.n, shape.c, range.count), scalars: rows)
  }
}
