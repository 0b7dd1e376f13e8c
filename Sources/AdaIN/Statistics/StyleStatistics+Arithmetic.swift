import Foundation
public import InstanceNorm
public import Tensors

extension StyleStatistics {
  /// The statistics of these values without a part of them: the inverse of ``merged(with:)``.
  ///
  /// Digits are lost as the rest gets small beside the whole (`ChannelMoments.subtracting(_:)`); for dB levels
  /// ``LevelStatistics`` subtracts exactly.
  ///
  /// - Throws: ShapeError where the shapes (N, C) differ or the part holds more values than the whole.
  public func subtracting(_ part: StyleStatistics) throws(ShapeError) -> StyleStatistics {
    try checkSameShape(part)
    for (index, pair) in zip(channels, part.channels).enumerated() where pair.1.count > pair.0.count {
      throw ShapeError(
        "expected a part of at most \(pair.0.count) values in channel \(index % numFeatures) "
          + "of sample \(index / numFeatures), found \(pair.1.count)")
    }
    var result = self
    try result.update(part) { $0.subtracting($1) }
    return result
  }

  /// The statistics with every value's weight multiplied by a factor.
  ///
  /// Mean and biased variance stay; what changes is the say in a merge.
  ///
  /// - Precondition: The factor is finite and not negative.
  public func weighted(by factor: Double) -> StyleStatistics {
    var result = self
    result.update { $0.weighted(by: factor) }
    return result
  }

  /// Lets the values so far count less: weights are multiplied by `2^(−elapsed / halfLife)`.
  ///
  /// Called before each chunk of a stream with the chunk's duration, it makes merged statistics follow the recent
  /// past; `elapsed` and `halfLife` share any unit.
  ///
  /// - Precondition: `halfLife` is positive and `elapsed` is not negative.
  public mutating func decay(elapsed: Double, halfLife: Double) {
    precondition(halfLife > 0, "expected a positive half-life, found \(halfLife)")
    precondition(elapsed >= 0, "expected an elapsed time of 0 or more, found \(elapsed)")
    let factor = pow(2, -elapsed / halfLife)
    update { $0.weighted(by: factor) }
  }
}

extension StyleMoments {
  /// The moments with standard deviations converted from one estimator to another.
  ///
  /// - Parameters:
  ///   - estimator: The estimator that the standard deviations were made with.
  ///   - other: The estimator wanted.
  ///   - counts: The number of values of each channel, sample by sample.
  /// - Throws: ShapeError where there are not as many counts as channels, or a count is below 2.
  public func converted(
    from estimator: Estimator, to other: Estimator, counts: [Double]
  ) throws(ShapeError) -> StyleMoments {
    guard counts.count == mean.count else {
      throw ShapeError("expected \(mean.count) counts, found \(counts.count)")
    }
    if let count = counts.first(where: { !($0 >= 2) }), estimator != other {
      throw ShapeError("expected counts of at least 2 to convert estimators, found \(count)")
    }
    let deviations = zip(standardDeviation, counts).map {
      estimator.converted(standardDeviation: $0, to: other, count: $1)
    }
    return StyleMoments(
      checkedMean: mean, standardDeviation: deviations, numSamples: numSamples, numFeatures: numFeatures)
  }
}
