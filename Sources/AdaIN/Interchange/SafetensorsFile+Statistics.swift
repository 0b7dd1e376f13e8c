import InstanceNorm
import Tensors

/// Statistics and moments in safetensors files, for Python and back.
///
/// | key | type | shape | |
/// |---|---|---|---|
/// | `count` | F64 | [N, C] | the number of values, or the sum of their weights |
/// | `mean` | F64 | [N, C] | the mean; 0 without values |
/// | `mean_low` | F64 | [N, C] | what rounding left out of the mean; optional |
/// | `sum_of_squares` | F64 | [N, C] | Σ (x − mean)² |
/// | `std` | F64 | [N, C] | the standard deviation, of moments |
extension SafetensorsFile {
  /// Stores statistics under `count`, `mean`, `mean_low` and `sum_of_squares`.
  ///
  /// - Parameters:
  ///   - statistics: The statistics to store.
  ///   - prefix: What stands before each key.
  public mutating func store(_ statistics: StyleStatistics, prefix: String = "") {
    let shape = [statistics.numSamples, statistics.numFeatures]
    store(statistics.count, shape, prefix + "count")
    store(statistics.channels.map { $0.count > 0 ? $0.mean : 0 }, shape, prefix + "mean")
    store(statistics.channels.map(\.meanLow), shape, prefix + "mean_low")
    store(statistics.channels.map(\.sumOfSquares), shape, prefix + "sum_of_squares")
  }

  /// Stores moments under `mean` and `std`.
  ///
  /// - Parameters:
  ///   - moments: The moments to store.
  ///   - prefix: What stands before each key.
  public mutating func store(_ moments: StyleMoments, prefix: String = "") {
    let shape = [moments.numSamples, moments.numFeatures]
    store(moments.mean, shape, prefix + "mean")
    store(moments.standardDeviation, shape, prefix + "std")
  }

  /// Reads statistics that were stored under a prefix; `mean_low` may be missing.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `shape`, or `conversion` for counts and sums below 0 or NaN).
  public func statistics(prefix: String = "") throws(InterchangeError) -> StyleStatistics {
    let (count, shape) = try matrix(prefix + "count", like: nil)
    let (mean, _) = try matrix(prefix + "mean", like: shape)
    let (squares, _) = try matrix(prefix + "sum_of_squares", like: shape)
    let low = self[prefix + "mean_low"] == nil ? nil : try matrix(prefix + "mean_low", like: shape).values
    for (key, values) in [("count", count), ("sum_of_squares", squares)] {
      if let value = values.first(where: { !($0 >= 0) }) {
        throw InterchangeError(
          .conversion, source: source, key: prefix + key, expected: "values of 0 or more", found: "\(value)")
      }
    }
    let channels = count.indices.map {
      ChannelMoments(count: count[$0], mean: mean[$0], meanLow: low?[$0] ?? 0, sumOfSquares: squares[$0])
    }
    do {
      return try StyleStatistics(channels, numFeatures: shape[1], numSamples: shape[0])
    } catch {
      throw InterchangeError(.shape, source: source, expected: "shape \(shape)", found: error.description)
    }
  }

  /// Reads moments that were stored under a prefix.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion` or `shape`).
  public func moments(prefix: String = "") throws(InterchangeError) -> StyleMoments {
    let (mean, shape) = try matrix(prefix + "mean", like: nil)
    let (deviation, _) = try matrix(prefix + "std", like: shape)
    return StyleMoments(
      checkedMean: mean, standardDeviation: deviation, numSamples: shape[0], numFeatures: shape[1])
  }

  /// Stores values whose number is the shape's.
  mutating func store<Scalar: TensorScalar>(_ values: [Scalar], _ shape: [Int], _ key: String) {
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    self[key] = StoredArray(checked: Scalar.dtype, shape: shape, bytes: bytes)
  }

  /// Values of shape [N, C]; [C] counts as N = 1.
  private func matrix(
    _ key: String, like expected: [Int]?
  ) throws(InterchangeError) -> (values: [Double], shape: [Int]) {
    let found = try array(key).shape
    let shape = found.count == 1 ? [1] + found : found
    guard shape.count == 2, shape == expected ?? shape else {
      throw InterchangeError(
        .shape, source: source, key: key, expected: "shape \(expected.map { "\($0)" } ?? "[N, C] or [C]")",
        found: "\(found)")
    }
    return (try values(key, as: Double.self), shape)
  }
}
