public import InstanceNorm
public import Tensors

/// Mean and standard deviation of every channel, as AdaIN swaps them in: μs for `bias`, σs for `weight`.
///
/// The shape is (N, C), one set for each sample, or (1, C), shared by all samples. Values may come from
/// statistics, from blends of several styles, from another program, or from a learned affine map
/// (``init(scale:shift:numSamples:)``), whose scales may have any sign.
public struct StyleMoments: Hashable, Sendable, Codable {
  /// The number of samples N; 1 for moments that all samples share.
  public let numSamples: Int
  /// The number of channels C.
  public let numFeatures: Int
  /// μs of channel c of sample n, at n · C + c.
  public let mean: [Double]
  /// σs of channel c of sample n, at n · C + c.
  public let standardDeviation: [Double]

  /// Combines means and standard deviations, given sample by sample.
  ///
  /// The two may come from different styles: one's tone, another's spread.
  ///
  /// - Throws: ShapeError where they differ in number or are no multiple of `numSamples`.
  public init(mean: [Double], standardDeviation: [Double], numSamples: Int = 1) throws(ShapeError) {
    guard mean.count == standardDeviation.count else {
      throw ShapeError(
        "expected as many standard deviations as means (\(mean.count)), found \(standardDeviation.count)")
    }
    guard numSamples >= 1, mean.count.isMultiple(of: numSamples) else {
      throw ShapeError("expected a multiple of numSamples (\(numSamples)) means, found \(mean.count)")
    }
    self.numSamples = numSamples
    self.numFeatures = mean.count / numSamples
    self.mean = mean
    self.standardDeviation = standardDeviation
  }

  /// Takes a learned affine map: σs := scale, μs := shift.
  ///
  /// - Throws: ShapeError where they differ in number or are no multiple of `numSamples`.
  public init(scale: [Double], shift: [Double], numSamples: Int = 1) throws(ShapeError) {
    try self.init(mean: shift, standardDeviation: scale, numSamples: numSamples)
  }

  /// Takes the learned affine map of AdaIN-VC: for each sample C means, then C standard deviations.
  ///
  /// - Parameters:
  ///   - condition: The `2C · numSamples` outputs of the affine layer.
  ///   - numSamples: The number of samples N.
  /// - Throws: ShapeError where their number is no multiple of `2 · numSamples`.
  public init(meanThenStandardDeviation condition: [Double], numSamples: Int = 1) throws(ShapeError) {
    let (first, second) = try Self.halves(condition, numSamples)
    try self.init(mean: first, standardDeviation: second, numSamples: numSamples)
  }

  /// Takes the learned affine map of StyleGAN: σs := 1 + γ, μs := β.
  ///
  /// - Throws: ShapeError where they differ in number or are no multiple of `numSamples`.
  public init(gamma: [Double], beta: [Double], numSamples: Int = 1) throws(ShapeError) {
    try self.init(mean: beta, standardDeviation: gamma.map { 1 + $0 }, numSamples: numSamples)
  }

  /// The first and the second halves of each sample's values.
  private static func halves(
    _ values: [Double], _ numSamples: Int
  ) throws(ShapeError) -> ([Double], [Double]) {
    guard numSamples >= 1, values.count.isMultiple(of: 2 * numSamples) else {
      throw ShapeError(
        "expected a multiple of 2 · numSamples (\(2 * numSamples)) values, found \(values.count)")
    }
    let half = values.count / (2 * numSamples)
    let at = values.indices
    return (
      at.filter { $0 / max(half, 1) % 2 == 0 }.map { values[$0] },
      at.filter { $0 / max(half, 1) % 2 == 1 }.map { values[$0] }
    )
  }

  /// Decodes moments.
  ///
  /// - Throws: DecodingError, also where numbers of values do not fit.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    do {
      try self.init(
        mean: values.decode([Double].self, forKey: .mean),
        standardDeviation: values.decode([Double].self, forKey: .standardDeviation),
        numSamples: values.decode(Int.self, forKey: .numSamples))
    } catch let error as ShapeError {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  /// Encodes `numSamples`, `mean` and `standardDeviation`, the latter two sample by sample.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(numSamples, forKey: .numSamples)
    try values.encode(mean, forKey: .mean)
    try values.encode(standardDeviation, forKey: .standardDeviation)
  }

  private enum CodingKeys: String, CodingKey {
    case numSamples, mean, standardDeviation
  }

  /// Keeps checked values.
  init(checkedMean mean: [Double], standardDeviation: [Double], numSamples: Int, numFeatures: Int) {
    self.numSamples = numSamples
    self.numFeatures = numFeatures
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}

extension StyleMoments: CustomStringConvertible {
  /// Shape and the first values.
  public var description: String {
    func text(_ values: [Double]) -> String {
      values.prefix(4).map { "\($0)" }.joined(separator: ", ") + (values.count > 4 ? ", …" : "")
    }
    return "StyleMoments[\(numSamples), \(numFeatures)](mean: \(text(mean)); "
      + "standardDeviation: \(text(standardDeviation)))"
  }
}

extension StyleStatistics {
  /// Mean and standard deviation as AdaIN applies them, with the standard deviation made as a convention says.
  ///
  /// - Throws: ShapeError where a channel holds fewer values than the estimator needs.
  public func moments(_ spread: Spread) throws(ShapeError) -> StyleMoments {
    let minimum = Double(spread.estimator.minimumCount)
    if let index = channels.firstIndex(where: { !($0.count >= minimum) }) {
      throw ShapeError(
        "expected at least \(spread.estimator.minimumCount) values for the \(spread.estimator.rawValue) estimator "
          + "in channel \(index % numFeatures) of sample \(index / numFeatures), found \(channels[index].count)"
      )
    }
    return StyleMoments(
      checkedMean: mean, standardDeviation: channels.map { spread.standardDeviation($0) },
      numSamples: numSamples, numFeatures: numFeatures)
  }
}
