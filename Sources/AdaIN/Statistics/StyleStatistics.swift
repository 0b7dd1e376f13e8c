import Foundation
public import InstanceNorm
public import Tensors

/// The count, mean and spread of every channel of a style or a content, from which AdaIN follows.
///
/// Statistics have the shape (N, C): one set for each sample (*per sample*), or N = 1 (*shared*) for all samples. Sums
/// are in `Double` whatever the scalar type. Statistics of parts can be merged, so a style can be learned from streamed
/// chunks, from many recordings and on several threads.
///
/// The layer's own kernel measures rows. A layer that is called with statistics of its whole input therefore gives the
/// bits that it gives without them.
public struct StyleStatistics: Hashable, Sendable {
  /// How statistics are taken from a tensor of N samples.
  public enum Pooling: Hashable, Sendable {
    /// One set for each sample: (N, C).
    case perSample
    /// One set over all samples and positions: (1, C).
    case shared
  }

  /// The number of samples N: 1 for shared statistics.
  public let batchSize: Int
  /// The number of channels C.
  public let numFeatures: Int
  /// The moments of channel c of sample n, at n · C + c.
  public private(set) var channels: [ChannelMoments]

  /// Creates statistics of no values.
  ///
  /// - Precondition: Neither number is negative.
  public init(numFeatures: Int, batchSize: Int = 1) {
    require(numFeatures >= 0 && batchSize >= 0, "expected numbers of 0 or more")
    self.batchSize = batchSize
    self.numFeatures = numFeatures
    channels = Array(repeating: ChannelMoments(), count: batchSize * numFeatures)
  }

  /// Creates statistics from the moments of each channel, sample by sample.
  ///
  /// - Throws: ShapeError where the number of moments is not `batchSize · numFeatures`.
  public init(
    _ channels: [ChannelMoments], numFeatures: Int, batchSize: Int = 1
  ) throws(ShapeError) {
    guard channels.count == batchSize * numFeatures else {
      throw ShapeError(
        "expected moments of \(batchSize) × \(numFeatures) channels, found \(channels.count)")
    }
    self.batchSize = batchSize
    self.numFeatures = numFeatures
    self.channels = channels
  }

  /// Creates shared statistics of values whose means and biased standard deviations are known.
  ///
  /// - Parameters:
  ///   - mean: The mean of each channel.
  ///   - standardDeviation: The biased standard deviation of each channel.
  ///   - count: The number of values of each channel; it has an effect where statistics are merged or converted.
  /// - Throws: ShapeError where the two differ in number.
  /// - Precondition: The count is above 0.
  public init(mean: [Double], standardDeviation: [Double], count: Double = 1) throws(ShapeError) {
    require(count > 0, "expected a count above 0, found \(count)")
    guard mean.count == standardDeviation.count else {
      throw ShapeError("expected \(mean.count) standard deviations, found \(standardDeviation.count)")
    }
    try self.init(
      zip(mean, standardDeviation).map {
        ChannelMoments(count: count, mean: $0, sumOfSquares: $1 * $1 * count)
      }, numFeatures: mean.count)
  }

  /// Takes the statistics of a tensor of shape (N, C, L).
  ///
  /// Results are the same bits for any number of threads.
  public init<Scalar: TensorScalar>(
    _ tensor: Tensor3<Scalar>, pooling: Pooling = .perSample, device: ComputeDevice = .cpu
  ) {
    let rows = RowKernel.moments(of: tensor, device: device).map { ChannelMoments($0) }
    self.init(numFeatures: tensor.shape.c, batchSize: pooling == .shared ? 1 : tensor.shape.n)
    merge(rows: rows)
  }

  /// Takes the statistics of a matrix of shape (C, L), as those of one sample.
  public init<Scalar: TensorScalar>(_ matrix: Tensor2<Scalar>, device: ComputeDevice = .cpu) {
    self.init(matrix.batched, device: device)
  }

  /// Takes in a further chunk of the same sequences.
  ///
  /// Per-sample statistics of N samples take chunks of N samples; shared statistics take any number of samples. Any
  /// division into chunks gives the same statistics up to rounding.
  ///
  /// - Throws: ShapeError where the chunk has another number of channels or samples.
  public mutating func accumulate<Scalar: TensorScalar>(
    _ chunk: Tensor3<Scalar>, device: ComputeDevice = .cpu
  ) throws(ShapeError) {
    guard chunk.shape.c == numFeatures else {
      throw ShapeError(
        "expected a chunk of \(numFeatures) channels, found \(chunk.shape.c) in \(chunk.shape)")
    }
    guard batchSize == 1 || chunk.shape.n == batchSize else {
      throw ShapeError("expected a chunk of \(batchSize) samples, found \(chunk.shape.n) in \(chunk.shape)")
    }
    merge(rows: RowKernel.moments(of: chunk, device: device).map { ChannelMoments($0) })
  }

  /// Takes in the values of other statistics, channel by channel (`ChannelMoments.merged(with:)`).
  ///
  /// - Throws: ShapeError where the shapes (N, C) differ.
  public mutating func merge(_ other: StyleStatistics) throws(ShapeError) {
    try checkSameShape(other)
    for index in channels.indices {
      channels[index] = channels[index].merged(with: other.channels[index])
    }
  }

  /// The statistics of these values and others together.
  ///
  /// - Throws: ShapeError where the shapes (N, C) differ.
  public func merged(with other: StyleStatistics) throws(ShapeError) -> StyleStatistics {
    var result = self
    try result.merge(other)
    return result
  }

  /// The statistics of all samples together, of shape (1, C).
  public var pooled: StyleStatistics {
    var result = StyleStatistics(numFeatures: numFeatures)
    result.merge(rows: channels)
    return result
  }

  /// The moments of channel `c` of sample `n`.
  ///
  /// - Precondition: Both are in range.
  public subscript(n: Int, c: Int) -> ChannelMoments {
    require(n >= 0 && n < batchSize && c >= 0 && c < numFeatures, "channel (\(n), \(c)) is outside")
    return channels[n * numFeatures + c]
  }

  /// The number of values (or sum of weights) of each channel, sample by sample.
  public var count: [Double] { channels.map(\.count) }

  /// The mean of each channel, sample by sample; NaN without values.
  public var mean: [Double] { channels.map(\.mean) }

  /// The variance of each channel, sample by sample; NaN for fewer values than the estimator needs.
  public func variance(estimator: VarianceEstimator = .biased) -> [Double] {
    channels.map { $0.variance(estimator) }
  }

  /// The standard deviation √variance of each channel, sample by sample.
  ///
  /// NaN for fewer values than the estimator needs.
  public func standardDeviation(estimator: VarianceEstimator = .biased) -> [Double] {
    channels.map { $0.variance(estimator).squareRoot() }
  }

  /// The means and standard deviations that AdaIN applies.
  ///
  /// - Throws: ShapeError where a channel holds fewer values than the estimator needs.
  public func moments(estimator: VarianceEstimator = .biased) throws(ShapeError) -> StyleMoments {
    try moments(DeviationRule(estimator))
  }

  /// Merges the moments of the rows of whole samples: each row into its sample, or all samples into one.
  private mutating func merge(rows: [ChannelMoments]) {
    for (index, row) in rows.enumerated() {
      let target = batchSize == 1 ? index % numFeatures : index
      channels[target] = channels[target].merged(with: row)
    }
  }

  /// Replaces the moments of every channel.
  package mutating func update(_ change: (ChannelMoments) -> ChannelMoments) {
    for index in channels.indices { channels[index] = change(channels[index]) }
  }

  /// Replaces the moments of every channel by a function of them and those of other statistics.
  mutating func update(
    _ other: StyleStatistics, _ change: (ChannelMoments, ChannelMoments) -> ChannelMoments
  ) throws(ShapeError) {
    try checkSameShape(other)
    for index in channels.indices { channels[index] = change(channels[index], other.channels[index]) }
  }

  /// Fails unless other statistics have the same shape (N, C).
  func checkSameShape(_ other: StyleStatistics) throws(ShapeError) {
    guard other.batchSize == batchSize, other.numFeatures == numFeatures else {
      throw ShapeError(
        "expected statistics of shape [\(batchSize), \(numFeatures)], "
          + "found [\(other.batchSize), \(other.numFeatures)]")
    }
  }
}

extension StyleStatistics {
  /// The statistics of these values without a part of them: the inverse of ``merged(with:)``.
  ///
  /// The smaller the rest is in comparison with the whole, the fewer digits are right
  /// (`ChannelMoments.subtracting(_:)`).
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
  /// Mean and biased variance stay the same; the weight in a merge changes.
  ///
  /// - Precondition: The factor is finite and not negative.
  public func weighted(by factor: Double) -> StyleStatistics {
    var result = self
    result.update { $0.weighted(by: factor) }
    return result
  }

  /// Multiplies the weights of the values so far by `2^(−elapsed / halfLife)`.
  ///
  /// A call with the chunk's duration before each chunk of a stream makes the statistics follow the recent past.
  /// `elapsed` and `halfLife` have the same unit, which may be any.
  ///
  /// - Precondition: `halfLife` is positive and `elapsed` is not negative.
  public mutating func decay(elapsed: Double, halfLife: Double) {
    require(halfLife > 0, "expected a positive half-life, found \(halfLife)")
    require(elapsed >= 0, "expected an elapsed time of 0 or more, found \(elapsed)")
    let factor = pow(2, -elapsed / halfLife)
    update { $0.weighted(by: factor) }
  }
}

extension StyleMoments {
  /// The moments with standard deviations converted from one estimator to another.
  ///
  /// - Parameters:
  ///   - estimator: The estimator of the present standard deviations.
  ///   - other: The estimator wanted.
  ///   - counts: The number of values of each channel, sample by sample.
  /// - Throws: ShapeError where the number of counts is not that of the channels, or where the estimators differ and a
  ///   count is below 2.
  public func converted(
    from estimator: VarianceEstimator, to other: VarianceEstimator, counts: [Double]
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
      checkedMean: mean, standardDeviation: deviations, batchSize: batchSize, numFeatures: numFeatures)
  }
}
