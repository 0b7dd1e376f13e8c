public import Tensors

/// The settings of an ``InstanceNorm1d`` in a form to be stored: all but its parameters, statistics and device.
///
/// Decoding gives missing keys their defaults. `numFeatures` may be missing or null, for a ``LazyInstanceNorm1d``. A
/// `momentum` of null stands for the cumulative average.
public struct InstanceNormConfiguration: Hashable, Sendable, Codable {
  /// The number of channels C; nil where the first input decides.
  public var numFeatures: Int?
  /// The constant added to the variance or to its root.
  public var eps = 1e-5
  /// The estimator of the variance.
  public var estimator = VarianceEstimator.biased
  /// Whether eps is added to the variance or to its root.
  public var epsPlacement = DeviationRule.EpsPlacement.insideRoot
  /// The share of a batch's statistics in the running statistics; nil takes the cumulative average.
  public var momentum: Double? = 0.1
  /// Whether the layer is affine: it then has a weight if ``weight`` is true, and a bias if ``bias`` is true.
  public var affine = false
  /// Whether an affine layer has a weight.
  public var weight = true
  /// Whether an affine layer has a bias.
  public var bias = true
  /// Whether the layer keeps running statistics.
  public var trackRunningStats = false
  /// Whose conventions hold where frameworks differ.
  public var conventions = InstanceNormConventions.pytorch
  /// The activation that follows the normalization; nil for none.
  public var activation: Activation?

  /// Creates the default configuration.
  public init(numFeatures: Int? = nil) {
    self.numFeatures = numFeatures
  }

  private enum CodingKeys: String, CodingKey {
    case numFeatures, eps, estimator, epsPlacement, momentum, affine, weight, bias, trackRunningStats,
      conventions, activation
  }

  /// Decodes a configuration; missing keys take their defaults.
  ///
  /// - Throws: DecodingError, also for a negative number of channels or eps.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    numFeatures = try values.decodeIfPresent(Int.self, forKey: .numFeatures)
    if let numFeatures, numFeatures < 0 {
      throw DecodingError.dataCorruptedError(
        forKey: .numFeatures, in: values,
        debugDescription: "expected numFeatures of at least 0, found \(numFeatures)")
    }
    eps = try values.decodeIfPresent(Double.self, forKey: .eps) ?? eps
    guard eps >= 0, eps.isFinite else {
      throw DecodingError.dataCorruptedError(
        forKey: .eps, in: values, debugDescription: "expected a finite eps of at least 0, found \(eps)")
    }
    estimator = try values.decodeIfPresent(VarianceEstimator.self, forKey: .estimator) ?? estimator
    epsPlacement =
      try values.decodeIfPresent(DeviationRule.EpsPlacement.self, forKey: .epsPlacement) ?? epsPlacement
    if values.contains(.momentum) { momentum = try values.decodeIfPresent(Double.self, forKey: .momentum) }
    if let momentum, !momentum.isFinite {
      throw DecodingError.dataCorruptedError(
        forKey: .momentum, in: values,
        debugDescription: "expected a finite momentum or null, found \(momentum)")
    }
    affine = try values.decodeIfPresent(Bool.self, forKey: .affine) ?? affine
    weight = try values.decodeIfPresent(Bool.self, forKey: .weight) ?? weight
    bias = try values.decodeIfPresent(Bool.self, forKey: .bias) ?? bias
    trackRunningStats = try values.decodeIfPresent(Bool.self, forKey: .trackRunningStats) ?? trackRunningStats
    conventions =
      try values.decodeIfPresent(InstanceNormConventions.self, forKey: .conventions) ?? conventions
    activation = try values.decodeIfPresent(Activation.self, forKey: .activation)
  }

  /// Encodes every key, a missing momentum as null.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(numFeatures, forKey: .numFeatures)
    try values.encode(eps, forKey: .eps)
    try values.encode(estimator, forKey: .estimator)
    try values.encode(epsPlacement, forKey: .epsPlacement)
    try values.encode(momentum, forKey: .momentum)
    try values.encode(affine, forKey: .affine)
    try values.encode(weight, forKey: .weight)
    try values.encode(bias, forKey: .bias)
    try values.encode(trackRunningStats, forKey: .trackRunningStats)
    try values.encode(conventions, forKey: .conventions)
    try values.encodeIfPresent(activation, forKey: .activation)
  }
}

extension InstanceNorm1d {
  /// The layer's present settings.
  ///
  /// A layer created from them can load this layer's state, also where weight and bias were set after this layer was
  /// created without them.
  public var configuration: InstanceNormConfiguration {
    var configuration = InstanceNormConfiguration(numFeatures: numFeatures)
    configuration.eps = eps
    configuration.estimator = spread.estimator
    configuration.epsPlacement = spread.placement
    configuration.momentum = momentum
    configuration.affine = affine
    configuration.weight = weight != nil || !affine
    configuration.bias = bias != nil || !affine
    configuration.trackRunningStats = trackRunningStats
    configuration.conventions = conventions
    configuration.activation = activation
    return configuration
  }

  /// Creates a layer from a configuration that comes from data.
  ///
  /// - Parameters:
  ///   - configuration: The configuration.
  ///   - numFeatures: The number of channels C where the configuration leaves it open.
  ///   - device: Where the layer computes.
  /// - Throws: ParameterError that names what is missing or out of range.
  public init(
    checking configuration: InstanceNormConfiguration, numFeatures: Int? = nil, device: ComputeDevice = .cpu
  ) throws(ParameterError) {
    guard let features = configuration.numFeatures ?? numFeatures, features >= 0 else {
      throw ParameterError(
        "numFeatures", expected: "a number of 0 or more in the configuration or beside it",
        found: (configuration.numFeatures ?? numFeatures).map { "\($0)" } ?? "none")
    }
    if let numFeatures, numFeatures != features {
      throw ParameterError(
        "numFeatures", expected: "\(features), as in the configuration", found: "\(numFeatures)")
    }
    _ = try DeviationRule(checking: configuration.estimator, eps: configuration.eps)
    if let momentum = configuration.momentum, !momentum.isFinite {
      throw ParameterError("momentum", expected: "a finite number or nil", found: "\(momentum)")
    }
    if let problem = configuration.activation?.problem(numFeatures: features) {
      throw ParameterError("activation", expected: "one that fits the layer", found: problem)
    }
    self.init(configuration, numFeatures: numFeatures, device: device)
  }

  /// Creates a layer from a configuration.
  ///
  /// - Parameters:
  ///   - configuration: The configuration.
  ///   - numFeatures: The number of channels C where the configuration leaves it open.
  ///   - device: Where the layer computes.
  /// - Precondition: One of the two names the number of channels, and they agree.
  public init(
    _ configuration: InstanceNormConfiguration, numFeatures: Int? = nil, device: ComputeDevice = .cpu
  ) {
    guard let features = configuration.numFeatures ?? numFeatures else {
      stop("expected numFeatures in the configuration or beside it, found neither")
    }
    require(
      numFeatures == nil || numFeatures == features,
      "expected \(features) features, found \(numFeatures ?? 0)")
    self.init(
      features, eps: configuration.eps, momentum: configuration.momentum, affine: configuration.affine,
      trackRunningStats: configuration.trackRunningStats, conventions: configuration.conventions,
      device: device, bias: configuration.bias, estimator: configuration.estimator,
      epsPlacement: configuration.epsPlacement)
    if !configuration.weight { weight = nil }
    activation = configuration.activation
  }
}

/// The points in which frameworks disagree about instance normalization.
public enum InstanceNormConventions: String, Hashable, Sendable, Codable, CaseIterable {
  /// PyTorch's `nn.InstanceNorm1d`.
  ///
  /// Running statistics move towards the mean over samples of each sample's mean and **unbiased** variance;
  /// (C, L) input is a batch of one; statistics of a single position are an error.
  case pytorch

  /// Lucid's `nn.InstanceNorm1d`.
  ///
  /// Running statistics move towards mean and **biased** variance pooled over samples and positions;
  /// (C, L) input is an error; a single position is accepted.
  case lucid

  /// ONNX's `InstanceNormalization`, which has no running statistics and takes a single position, giving the bias.
  ///
  /// The layer behaves as with ``lucid``.
  public static let onnx = lucid

  /// Core ML's `instance_norm`, which takes a single position as well: ``onnx``.
  public static let coreML = onnx

  /// MLX's `nn.InstanceNorm`, which takes a single position as well: ``onnx``.
  ///
  /// MLX keeps channels last: its shape (N, L, C) is (N, C, L) here.
  public static let mlx = onnx
}

/// An ``InstanceNorm1d`` whose number of channels is that of the first input it meets.
///
/// PyTorch's `nn.LazyInstanceNorm1d`, but with the defaults of `InstanceNorm1d` (no weights, no running statistics),
/// as PyTorch documents them; its own code turns both on.
public struct LazyInstanceNorm1d<Scalar: TensorScalar>: Equatable, Sendable {
  /// The settings of the layer to be created.
  public let configuration: InstanceNormConfiguration

  /// Where the layer computes.
  public let device: ComputeDevice

  /// The layer; nil until the configuration or the first input has given the number of channels.
  public private(set) var layer: InstanceNorm1d<Scalar>?

  /// Creates a layer that waits for its first input, unless the configuration has a number of channels.
  public init(
    _ configuration: InstanceNormConfiguration = InstanceNormConfiguration(), device: ComputeDevice = .cpu
  ) {
    self.configuration = configuration
    self.device = device
    layer = configuration.numFeatures == nil ? nil : InstanceNorm1d(configuration, device: device)
  }

  /// Returns the layer; creates it for the input's number of channels if there is none yet.
  ///
  /// The result is a copy: later changes to it do not change the layer that this value keeps.
  @discardableResult
  public mutating func materialize(for input: Tensor3<Scalar>) -> InstanceNorm1d<Scalar> {
    if let layer { return layer }
    let created = InstanceNorm1d<Scalar>(configuration, numFeatures: input.shape.c, device: device)
    layer = created
    return created
  }

  /// Normalizes a tensor in evaluation mode, creating the layer first if need be.
  ///
  /// - Throws: ShapeError as ``InstanceNorm1d``.
  public mutating func callAsFunction(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    try materialize(for: input)(input)
  }

  /// Normalizes a tensor in training mode, creating the layer first if need be.
  ///
  /// - Throws: ShapeError as ``InstanceNorm1d``.
  public mutating func trainingStep(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    var current = materialize(for: input)
    let output = try current.trainingStep(input)
    layer = current
    return output
  }
}

extension LazyInstanceNorm1d: CustomStringConvertible {
  /// The layer in one line, or a note that there is none yet.
  public var description: String {
    layer.map { "LazyInstanceNorm1d(\($0))" } ?? "LazyInstanceNorm1d<\(Scalar.scalarName)>(no input yet)"
  }
}
