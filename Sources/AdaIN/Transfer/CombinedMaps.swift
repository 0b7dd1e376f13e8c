public import Tensors

/// One map after another: `T(x) = second(first(x))`.
public struct ComposedMap<First: FeatureMap, Second: FeatureMap>: FeatureMap {
  /// The map that is applied first.
  public let first: First
  /// The map that is applied to what the first one gives.
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
