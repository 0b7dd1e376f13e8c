public import Tensors

/// The statistics of a sequence of C-channel frames that a transfer needs; they can be streamed and merged.
public protocol TransferStatistics: Sendable {
  /// The number of channels C.
  var numFeatures: Int { get }

  /// Takes in the frames of a tensor of shape (any, C, any); its samples are pooled.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  mutating func accumulate<Scalar: TensorScalar>(_ features: Tensor3<Scalar>) throws(ShapeError)

  /// Takes in the frames of other statistics.
  ///
  /// - Throws: ShapeError where the two do not fit each other.
  mutating func merge(_ other: Self) throws(ShapeError)
}

/// A map of frames that was made from the statistics of content and style.
public protocol FeatureMap: Sendable {
  /// The number of channels C.
  var numFeatures: Int { get }

  /// Replaces every frame x of a tensor of shape (N, C, L) by `α · T(x) + (1 − α) · x`.
  ///
  /// Frames are mapped one by one, so a sequence may come in chunks. α = 0 leaves frames bit for bit as they are.
  ///
  /// - Parameters:
  ///   - features: The frames to replace.
  ///   - strength: α, any real number.
  /// - Throws: ShapeError where the number of channels differs.
  func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError)
}

/// A way to move content features towards a style's: how to measure both, and the map between them.
///
/// | transfer | matches | cost per value | when |
/// |---|---|---|---|
/// | ``MeanTransfer`` | means | O(1) | short or unlike material; tone only |
/// | ``AdaINTransfer`` | mean and spread of each channel | O(1) | the default; robust from a few dozen frames |
/// | ``QuantileTransfer`` | distribution of each channel | O(log k) | skewed or two-humped channels, 1000s of frames |
/// | ``GaussianTransport`` | means and covariance | O(C) | channels whose relations matter, ≥ 10 frames a channel |
public protocol FeatureTransfer: Sendable {
  /// The statistics of content and style.
  associatedtype Statistics: TransferStatistics
  /// The map that content and style statistics make.
  associatedtype Map: FeatureMap

  /// Statistics of no frames, ready to take some in.
  func makeStatistics(numFeatures: Int) -> Statistics

  /// The map from content with one set of statistics to a style with another.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or one holds too few frames.
  func map(from content: Statistics, to style: Statistics) throws(StyleError) -> Map
}

extension FeatureMap {
  /// The mapped frames of a tensor, at a strength.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    _ features: Tensor3<Scalar>, strength: Double = 1
  ) throws(ShapeError) -> Tensor3<Scalar> {
    var result = features
    try self(inPlace: &result, strength: strength)
    return result
  }

  /// Fails unless a tensor has as many channels as the map.
  func check(_ shape: TensorShape) throws(ShapeError) {
    guard shape.c == numFeatures else {
      throw ShapeError("expected features of \(numFeatures) channels, found \(shape.c) in \(shape)")
    }
  }
}

extension FeatureTransfer {
  /// Moves each sample of content of shape (N, C, L) towards the same sample of a style (N, C, L′), or towards the
  /// only sample of a style (1, C, L′).
  ///
  /// - Parameters:
  ///   - content: The content, of shape (N, C, L).
  ///   - style: The style, of shape (N, C, L′) or (1, C, L′).
  ///   - strength: α of `α · T(x) + (1 − α) · x`, any real number.
  /// - Throws: ``StyleError`` (`shape`) where numbers differ or one side holds too few frames.
  public func callAsFunction<Scalar: TensorScalar>(
    _ content: Tensor3<Scalar>, style: Tensor3<Scalar>, strength: Double = 1
  ) throws(StyleError) -> Tensor3<Scalar> {
    let shape = content.shape
    guard style.shape.n == 1 || style.shape.n == shape.n else {
      throw .shape(ShapeError("expected a style of 1 or \(shape.n) samples, found \(style.shape.n)"))
    }
    if strength == 0 || shape.count == 0 { return content }
    do {
      var scalars: ContiguousArray<Scalar> = []
      scalars.reserveCapacity(shape.count)
      for n in 0..<shape.n {
        var sample = try content.only(n)
        let styled = try style.only(style.shape.n == 1 ? 0 : n)
        let map = try map(from: measured(sample), to: measured(styled))
        try map(inPlace: &sample, strength: strength)
        scalars += sample.scalars
      }
      return try Tensor3(shape: shape, scalars: scalars)
    } catch let error as StyleError {
      throw error
    } catch let error as ShapeError {
      throw .shape(error)
    } catch {
      preconditionFailure("unexpected error: \(error)")
    }
  }

  private func measured<Scalar: TensorScalar>(_ tensor: Tensor3<Scalar>) throws(ShapeError) -> Statistics {
    var statistics = makeStatistics(numFeatures: tensor.shape.c)
    try statistics.accumulate(tensor)
    return statistics
  }
}

extension Tensor3 {
  /// Sample n as a tensor of shape (1, C, L).
  func only(_ n: Int) throws(ShapeError) -> Tensor3 {
    let count = shape.c * shape.l
    return try Tensor3(shape: TensorShape(1, shape.c, shape.l), scalars: scalars[n * count..<(n + 1) * count])
  }
}

/// The transfers by name, for programs that let their users choose.
public enum TransferKind: String, CaseIterable, Hashable, Codable, Sendable {
  /// The difference of means alone (``MeanTransfer``).
  case mean
  /// Mean and spread of each channel (``AdaINTransfer``).
  case adain
  /// The whole distribution of each channel (``QuantileTransfer``).
  case quantiles
  /// Means and covariance of all channels (``GaussianTransport``).
  case gaussian

  /// The transfer with its default settings.
  public var transfer: any FeatureTransfer {
    switch self {
    case .mean: MeanTransfer()
    case .adain: AdaINTransfer()
    case .quantiles: QuantileTransfer()
    case .gaussian: GaussianTransport()
    }
  }
}

/// One map after another: `T(x) = second(first(x))`.
public struct ComposedMap<First: FeatureMap, Second: FeatureMap>: FeatureMap {
  /// The map that is applied first.
  public let first: First
  /// The map that is applied to the results of the first one.
  public let second: Second

  /// The number of channels C.
  public var numFeatures: Int { first.numFeatures }

  /// Joins two maps.
  ///
  /// - Throws: ShapeError where their numbers of channels differ.
  public init(_ first: First, then second: Second) throws(ShapeError) {
    guard first.numFeatures == second.numFeatures else {
      throw ShapeError("expected a second map of \(first.numFeatures) channels, found \(second.numFeatures)")
    }
    self.first = first
    self.second = second
  }

  /// Replaces every frame x by `α · T(x) + (1 − α) · x`.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    try check(features.shape)
    if strength == 0 { return }
    var mapped = features
    try first(inPlace: &mapped, strength: 1)
    try second(inPlace: &mapped, strength: 1)
    if strength == 1 {
      features = mapped
      return
    }
    features.mapRows(strength: strength) { row, _ in mapped.doubles(row: row) }
  }
}

/// A map that goes a share d of the way: `T(x) = d · base(x) + (1 − d) · x`.
public struct PartialMap<Base: FeatureMap>: FeatureMap {
  /// The whole map.
  public let base: Base
  /// The share d.
  public let share: Double

  /// The number of channels C.
  public var numFeatures: Int { base.numFeatures }

  /// Takes a share of a map.
  public init(_ base: Base, share: Double) {
    self.base = base
    self.share = share
  }

  /// Replaces every frame x by `α · T(x) + (1 − α) · x`, which is the base at the strength α d.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    try base(inPlace: &features, strength: strength * share)
  }
}
