import InstanceNorm
public import Tensors

extension StyleStatistics: TransferStatistics {
  /// Takes in the frames of a tensor; shared statistics pool its samples.
  ///
  /// - Throws: ShapeError where the number of channels or samples differs.
  public mutating func accumulate<Scalar: TensorScalar>(_ features: Tensor3<Scalar>) throws(ShapeError) {
    try accumulate(features, device: .cpu)
  }
}

/// AdaIN as a map of each channel: `y = (x − μc) · σs / σc + μs`, blended with x.
public struct AffineMap: FeatureMap {
  private let convention: AdaINConvention
  private let content: StyleStatistics
  private let style: StyleMoments

  /// The number of channels C.
  public var numFeatures: Int { content.numFeatures }

  /// Creates the map of AdaIN from shared statistics.
  init(_ convention: AdaINConvention, content: StyleStatistics, style: StyleStatistics) throws(StyleError) {
    try checkTransfer(content, style)
    do {
      _ = try content.moments(convention.content)
      self.style = try style.moments(convention.style)
    } catch {
      throw .shape(error)
    }
    self.convention = convention
    self.content = content
  }

  /// Creates the map from the content's statistics to given moments, such as blends of several styles.
  ///
  /// - Throws: ``StyleError`` (`shape`) where content or style has more than one sample, the two differ in channels, or
  ///   the content holds too few frames.
  public init(
    convention: AdaINConvention = .matched, content: StyleStatistics, style: StyleMoments
  ) throws(StyleError) {
    guard content.batchSize == 1, style.batchSize == 1, content.numFeatures == style.numFeatures else {
      throw .shape(
        ShapeError(
          "expected shared statistics of as many channels, found [\(content.batchSize), \(content.numFeatures)] and "
            + "[\(style.batchSize), \(style.numFeatures)]"))
    }
    do {
      _ = try content.moments(convention.content)
    } catch {
      throw .shape(error)
    }
    self.convention = convention
    self.content = content
    self.style = style
  }

  /// Replaces every frame x by `α · T(x) + (1 − α) · x`.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    try check(features.shape)
    let layer = AdaptiveInstanceNorm1d<Scalar>(numFeatures, convention: convention, strength: strength)
    try layer(inPlace: &features, style: style, contentStatistics: content)
  }
}

/// Plain AdaIN: each channel gets the style's mean and spread (``AdaptiveInstanceNorm1d``).
public struct AdaINTransfer: FeatureTransfer {
  /// The estimators of σc and σs, and where eps is added.
  public var convention: AdaINConvention

  /// Creates the transfer.
  public init(convention: AdaINConvention = .matched) {
    self.convention = convention
  }

  /// Statistics of no frames.
  public func makeStatistics(numFeatures: Int) -> StyleStatistics {
    StyleStatistics(numFeatures: numFeatures)
  }

  /// The map `y = (x − μc) · σs / σc + μs`.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or one holds too few frames.
  public func map(from content: StyleStatistics, to style: StyleStatistics) throws(StyleError) -> AffineMap {
    try AffineMap(convention, content: content, style: style)
  }
}

/// The difference of means alone: `y = x + (μs − μc)`; every channel keeps its own spread.
public struct MeanTransfer: FeatureTransfer {
  /// Creates the transfer.
  public init() {}

  /// Statistics of no frames.
  public func makeStatistics(numFeatures: Int) -> StyleStatistics {
    StyleStatistics(numFeatures: numFeatures)
  }

  /// The map `y = x + (μs − μc)`.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or one holds no frames.
  public func map(from content: StyleStatistics, to style: StyleStatistics) throws(StyleError) -> ShiftMap {
    try checkTransfer(content, style)
    for statistics in [content, style] {
      do {
        _ = try statistics.moments()
      } catch {
        throw .shape(error)
      }
    }
    let shift = zip(content.channels, style.channels).map { ($1.mean - $0.mean) + ($1.meanLow - $0.meanLow) }
    return ShiftMap(shift: shift)
  }
}

/// A map that adds a constant to each channel.
public struct ShiftMap: FeatureMap {
  /// The constant added to each channel at strength 1.
  public let shift: [Double]

  /// The number of channels C.
  public var numFeatures: Int { shift.count }

  /// Creates the map `T(x) = x + shift`.
  public init(shift: [Double]) {
    self.shift = shift
  }

  /// Adds α times the shift to every frame.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    let shape = features.shape
    try check(shape)
    if strength == 0 { return }
    unsafe features.withMutableScalars { scalars in
      for row in 0..<shape.rowCount {
        let part = unsafe UnsafeMutableBufferPointer(rebasing: scalars[row * shape.l..<(row + 1) * shape.l])
        let transform = RowTransform(mean: 0, factor: 1, shift: strength * shift[row % shape.c])
        unsafe RowKernel.apply(transform, inPlace: part)
      }
    }
  }
}

/// Fails unless content and style are shared statistics of the same number of channels.
private func checkTransfer(_ content: StyleStatistics, _ style: StyleStatistics) throws(StyleError) {
  for statistics in [content, style] where statistics.batchSize != 1 {
    throw .shape(ShapeError("expected shared statistics (1 sample), found \(statistics.batchSize)"))
  }
  guard content.numFeatures == style.numFeatures else {
    throw .shape(
      ShapeError("expected a style of \(content.numFeatures) channels, found \(style.numFeatures)"))
  }
}
