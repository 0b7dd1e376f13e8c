public import InstanceNorm
public import Tensors

/// Adaptive instance normalization: gives each row of a tensor the mean and spread of a style.
///
/// `adain(x) = σs · (x − μc) / σc + μs`, and at strength α: `y = α · adain(x) + (1 − α) · x`.
///
/// The layer holds an instance norm and calls it with the style's standard deviation swapped in for `weight` and the
/// style's mean for `bias`, of shape (N, C) or (1, C). μc and σc are each row's own over L, or those of statistics that
/// the caller supplies. Under the default convention the output has exactly the style's statistics, and a constant row
/// becomes the style's mean. Each row is restyled by itself: NaN or infinity in a row stays in that row. The cost is
/// that of instance normalization, whatever the strength.
///
/// Source: Huang and Belongie, *Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization*,
/// ICCV 2017 (arXiv 1703.06868).
public struct AdaptiveInstanceNorm1d<Scalar: TensorScalar>: Hashable, Sendable {
  /// The norm that the layer calls; it measures and normalizes the content, with the style's moments as weight and
  /// bias.
  public private(set) var norm: InstanceNorm1d<Scalar>

  /// How σs follows from the variance of a style that is given as statistics.
  private var styleSpread: DeviationRule

  /// The number of channels C.
  public var numFeatures: Int { norm.numFeatures }

  /// The estimators of σc and σs, and where eps is added; the rule for σc is the ``norm``'s.
  public var convention: AdaINConvention {
    get { AdaINConvention(content: norm.spread, style: styleSpread) }
    set {
      norm.spread = newValue.content
      styleSpread = newValue.style
    }
  }

  /// α: 1 gives the style's statistics, 0 leaves the content bit for bit as it is, other values blend or exaggerate.
  public var strength: Double {
    didSet { Self.check(strength) }
  }

  /// Channels that stay bit for bit as they are; numbers beyond C have no effect.
  public var preservedChannels: Set<Int>

  /// The activation that the ``norm`` applies in the same pass; nil for none.
  public var activation: Activation? {
    get { norm.activation }
    set { norm.activation = newValue }
  }

  /// Where the layer computes, and with how many threads.
  public var device: ComputeDevice {
    get { norm.device }
    set { norm.device = newValue }
  }

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels C.
  ///   - convention: The estimators of σc and σs, and where eps is added.
  ///   - strength: α, any real number.
  ///   - preservedChannels: Channels that stay as they are.
  ///   - device: Where the layer computes, and with how many threads.
  /// - Precondition: `numFeatures` is at least 1, and the strength is finite.
  public init(
    _ numFeatures: Int, convention: AdaINConvention = .matched, strength: Double = 1,
    preservedChannels: Set<Int> = [], device: ComputeDevice = .cpu
  ) {
    require(numFeatures >= 1, "expected numFeatures of at least 1, found \(numFeatures)")
    Self.check(strength)
    // ONNX's conventions take rows of a single position.
    norm = InstanceNorm1d(numFeatures, conventions: .onnx, device: device)
    norm.spread = convention.content
    styleSpread = convention.style
    self.strength = strength
    self.preservedChannels = preservedChannels
  }

  /// Creates a layer from values that come from data.
  ///
  /// - Throws: ParameterError where `numFeatures` is below 1 or the strength is not finite.
  public init(
    checking numFeatures: Int, convention: AdaINConvention = .matched, strength: Double = 1,
    preservedChannels: Set<Int> = [], device: ComputeDevice = .cpu
  ) throws(ParameterError) {
    guard numFeatures >= 1 else {
      throw ParameterError("numFeatures", expected: "at least 1", found: "\(numFeatures)")
    }
    guard strength.isFinite else {
      throw ParameterError("strength", expected: "a finite number", found: "\(strength)")
    }
    self.init(
      numFeatures, convention: convention, strength: strength, preservedChannels: preservedChannels,
      device: device)
  }

  /// The swap with which the norm is called: σs as weight, μs as bias.
  func swap(_ style: StyleMoments, _ statistics: StyleStatistics?) -> AffineSwap {
    AffineSwap(
      weight: style.standardDeviation, bias: style.mean, statistics: statistics?.channels, strength: strength,
      skippedChannels: preservedChannels)
  }

  private static func check(_ strength: Double) {
    require(strength.isFinite, "expected a finite strength, found \(strength)")
  }
}

extension AdaptiveInstanceNorm1d {
  /// Gives content of shape (N, C, L) the moments of a style.
  ///
  /// - Parameters:
  ///   - content: The content x.
  ///   - style: μs and σs, of shape (N, C) or (1, C); used as they are.
  ///   - contentStatistics: The statistics of the content, of shape (N, C) or (1, C), where rows arrive in chunks
  ///     and were measured in an earlier pass; nil takes each row's own.
  /// - Throws: ShapeError where numbers of channels or samples differ, or where the rows (or `contentStatistics`) hold
  ///   fewer values than the content's estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(content.shape, style, contentStatistics)
    return try norm(content, swapping: swap(style, contentStatistics))
  }

  /// Writes the result into an existing tensor of the content's shape, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    guard output.shape == content.shape else {
      throw ShapeError("expected an output of the content's size \(content.shape), found \(output.shape)")
    }
    try norm(content, swapping: swap(style, contentStatistics), into: &output)
  }

  /// Restyles a tensor in place, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form; `content` is then unchanged.
  public func callAsFunction(
    inPlace content: inout Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) {
    try check(content.shape, style, contentStatistics)
    try norm(inPlace: &content, swapping: swap(style, contentStatistics))
  }

  /// Gives content the statistics of a style, with σs as the ``convention`` defines it.
  ///
  /// - Throws: ShapeError as for moments, and where the style holds fewer values than its estimator needs.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: StyleStatistics, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(content, style: style.moments(convention.style), contentStatistics: contentStatistics)
  }

  /// Gives content the statistics of a style tensor of shape (N, C, L′) or (1, C, L′).
  ///
  /// - Throws: ShapeError as for statistics.
  public func callAsFunction(
    _ content: Tensor3<Scalar>, style: Tensor3<Scalar>
  ) throws(ShapeError) -> Tensor3<Scalar> {
    guard style.shape.c == numFeatures else {
      throw ShapeError(
        "expected a style of numFeatures (\(numFeatures)) channels, found \(style.shape.c) in \(style.shape)")
    }
    return try self(content, style: StyleStatistics(style, device: device))
  }

  /// Gives content of shape (C, L), a batch of one, the moments of a style.
  ///
  /// - Throws: ShapeError as for three-dimensional content.
  public func callAsFunction(
    _ content: Tensor2<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil
  ) throws(ShapeError) -> Tensor2<Scalar> {
    try Tensor2(self(content.batched, style: style, contentStatistics: contentStatistics))
  }

  /// Gives content of shape (C, L), a batch of one, the statistics of a style of shape (C, L′).
  ///
  /// - Throws: ShapeError as for three-dimensional content.
  public func callAsFunction(
    _ content: Tensor2<Scalar>, style: Tensor2<Scalar>
  ) throws(ShapeError) -> Tensor2<Scalar> {
    try Tensor2(self(content.batched, style: style.batched))
  }
}

/// The checks of the layer's input, and the wording of their errors.
extension AdaptiveInstanceNorm1d {
  /// Checks the numbers of channels and samples of content, style and statistics; the norm checks the rest.
  func check(
    _ content: TensorShape, _ style: StyleMoments, _ statistics: StyleStatistics?
  ) throws(ShapeError) {
    guard content.c == numFeatures else {
      throw ShapeError(
        "expected content of numFeatures (\(numFeatures)) channels, found \(content.c) in \(content)")
    }
    try check("a style", (style.batchSize, style.numFeatures), content)
    if let statistics {
      try check("content statistics", (statistics.batchSize, statistics.numFeatures), content)
    }
  }

  private func check(
    _ what: String, _ shape: (samples: Int, features: Int), _ content: TensorShape
  ) throws(ShapeError) {
    guard shape.features == numFeatures else {
      throw ShapeError("expected \(what) of numFeatures (\(numFeatures)) channels, found \(shape.features)")
    }
    guard shape.samples == 1 || shape.samples == content.n else {
      throw ShapeError("expected \(what) of 1 or \(content.n) samples, found \(shape.samples)")
    }
  }
}

extension AdaptiveInstanceNorm1d: CustomStringConvertible {
  /// The layer's configuration in one line.
  public var description: String {
    let name = AdaINConvention.named.first { $0.convention == convention }?.name
    let kept = preservedChannels.sorted()
    return
      "AdaptiveInstanceNorm1d<\(Scalar.scalarName)>(\(numFeatures), convention: \(name ?? "\(convention)"), "
      + "strength: \(strength)\(kept.isEmpty ? "" : ", preservedChannels: \(kept)"))"
  }
}

extension AdaIN1d: CustomStringConvertible {
  /// The layer's configuration in one line.
  public var description: String {
    "AdaIN1d<\(Scalar.scalarName)>(styleSize: \(styleSize), numFeatures: \(numFeatures), form: \(form.rawValue), "
      + "order: \(order.rawValue), norm: \(norm))"
  }
}
