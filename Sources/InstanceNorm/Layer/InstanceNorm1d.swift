// `import InstanceNorm` alone is enough: tensors come with it.
@_exported public import Tensors

/// Instance normalization of (N, C, L) or (C, L) input, each row (n, c) by its own mean and variance.
///
/// `y = (x − μ) / √(σ² + eps) · weight + bias`
///
/// μ and the **biased** variance σ² are taken over the L positions of row (n, c). ``spread`` selects another estimator,
/// or eps outside the root. Weight and bias (shape (C)) are present where `affine` is true. A call can swap in others,
/// with values for each sample (``AffineSwap``). Names, defaults and semantics are those of PyTorch's
/// `nn.InstanceNorm1d`; ``conventions`` selects Lucid's where the two differ. Source: Ulyanov, Vedaldi and Lempitsky,
/// "Instance Normalization: The Missing Ingredient for Fast Stylization", arXiv 1607.08022.
///
/// The layer is a value. Calling it (`norm(x)`) is pure and is PyTorch's evaluation mode; `trainingStep(_:)` is
/// its training mode, which also moves the running statistics.
public struct InstanceNorm1d<Scalar: TensorScalar>: Hashable, Sendable {
  /// The number of channels C.
  public let numFeatures: Int

  /// How the standard deviation follows from a row's variance: the estimator, and where eps is added.
  ///
  /// Running statistics hold a variance already, so the rule's estimator does not apply to them.
  public var spread: DeviationRule

  /// The constant added to the variance under the root, or to the root where ``spread`` says so.
  public var eps: Double {
    get { spread.eps }
    set { spread.eps = newValue }
  }

  /// The share of a batch's statistics in the running statistics; nil takes the cumulative average over all batches.
  ///
  /// PyTorch's instance norm leaves running statistics as they are when the momentum is `None`, although its
  /// batch norm documents the cumulative average. This layer does what the documentation says.
  public var momentum: Double? {
    didSet { Self.check(momentum: momentum) }
  }

  /// Whether the layer has a ``weight`` or a ``bias``, from its creation or set later.
  public var affine: Bool { weight != nil || bias != nil }

  /// Whether the layer keeps running statistics, and normalizes with them when called.
  public let trackRunningStats: Bool

  /// Whose conventions hold where frameworks differ.
  public var conventions: InstanceNormConventions

  /// Where the layer computes, and with how many threads.
  public var device: ComputeDevice

  /// The factor of each channel, shape (C); nil stands for 1.
  public var weight: [Scalar]? {
    didSet { check(weight, "weight") }
  }

  /// The shift of each channel, shape (C); nil stands for 0.
  public var bias: [Scalar]? {
    didSet { check(bias, "bias") }
  }

  /// The running mean, shape (C); nil unless ``trackRunningStats``.
  public var runningMean: [Scalar]? {
    didSet { check(runningMean, "runningMean", present: trackRunningStats) }
  }

  /// The running variance, shape (C); nil unless ``trackRunningStats``.
  public var runningVar: [Scalar]? {
    didSet { check(runningVar, "runningVar", present: trackRunningStats) }
  }

  /// The number of training steps that moved the running statistics; nil unless ``trackRunningStats``.
  ///
  /// PyTorch's instance norm keeps this count at 0. This layer counts, since the cumulative average needs the number.
  public internal(set) var numBatchesTracked: Int?

  /// The activation that follows the normalization in the same pass; nil for none.
  ///
  /// Results have the bits that the activation of the finished output would give. The activation is no part of the
  /// state dictionary.
  public var activation: Activation? {
    didSet {
      let problem = activation?.problem(numFeatures: numFeatures)
      require(problem == nil, problem ?? "")
    }
  }

  /// Creates a layer; weight and running variance are 1, bias and running mean 0, where the layer has them.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels C.
  ///   - eps: The constant added to the variance or to its root; not negative.
  ///   - momentum: The share of a batch's statistics in the running statistics; nil takes the cumulative average.
  ///   - affine: Whether the layer has weight and bias.
  ///   - trackRunningStats: Whether the layer keeps running statistics and normalizes with them when called.
  ///   - conventions: Whose conventions hold where frameworks differ.
  ///   - device: Where the layer computes.
  ///   - hasBias: Whether an affine layer has a bias; PyTorch's keyword `bias`.
  ///   - estimator: The estimator of σ².
  ///   - epsPlacement: Whether eps is added to the variance or to its root.
  public init(
    _ numFeatures: Int, eps: Double = 1e-5, momentum: Double? = 0.1, affine: Bool = false,
    trackRunningStats: Bool = false, conventions: InstanceNormConventions = .pytorch,
    device: ComputeDevice = .cpu,
    bias hasBias: Bool = true, estimator: VarianceEstimator = .biased,
    epsPlacement: DeviationRule.EpsPlacement = .insideRoot
  ) {
    require(numFeatures >= 0, "expected numFeatures of at least 0, found \(numFeatures)")
    self.numFeatures = numFeatures
    Self.check(momentum: momentum)
    spread = DeviationRule(estimator, eps: eps, placement: epsPlacement)
    self.momentum = momentum
    self.trackRunningStats = trackRunningStats
    self.conventions = conventions
    self.device = device
    weight = affine ? Array(repeating: 1, count: numFeatures) : nil
    bias = affine && hasBias ? Array(repeating: 0, count: numFeatures) : nil
    resetRunningStats()
  }

  /// Sets running mean 0, running variance 1 and no batches tracked, where the layer tracks them.
  public mutating func resetRunningStats() {
    guard trackRunningStats else { return }
    runningMean = Array(repeating: 0, count: numFeatures)
    runningVar = Array(repeating: 1, count: numFeatures)
    numBatchesTracked = 0
  }

  /// Sets weight 1 and bias 0, where the layer has them, and resets the running statistics.
  public mutating func resetParameters() {
    resetRunningStats()
    if weight != nil { weight = Array(repeating: 1, count: numFeatures) }
    if bias != nil { bias = Array(repeating: 0, count: numFeatures) }
  }

  /// Sets weight and bias to values that come from data.
  ///
  /// - Parameters:
  ///   - weight: The factors, shape (C); nil for none.
  ///   - bias: The shifts, shape (C); nil for none.
  /// - Throws: ShapeError where the number of values is not ``numFeatures``; the layer is then unchanged.
  public mutating func setParameters(weight: [Scalar]?, bias: [Scalar]?) throws(ShapeError) {
    for (name, values) in [("weight", weight), ("bias", bias)] {
      if let values, values.count != numFeatures {
        throw ShapeError("expected \(numFeatures) values in \(name), found \(values.count)")
      }
    }
    self.weight = weight
    self.bias = bias
  }

  private static func check(momentum: Double?) {
    require(momentum?.isFinite ?? true, "expected a finite momentum or nil, found \(momentum ?? 0)")
  }

  private func check(_ values: [Scalar]?, _ name: String, present: Bool? = nil) {
    require(
      values == nil || values?.count == numFeatures,
      "expected \(numFeatures) values in \(name), found \(values?.count ?? 0)")
    if let present {
      require(
        (values != nil) == present,
        "\(name) is \(present ? "required" : "absent") where trackRunningStats is \(present)")
    }
  }
}

extension InstanceNorm1d: CustomStringConvertible {
  /// The layer's configuration in one line, like PyTorch's `extra_repr`.
  public var description: String {
    let momentumText = momentum.map { "\($0)" } ?? "nil"
    let estimatorText = spread.estimator == .biased ? "" : ", estimator: \(spread.estimator.rawValue)"
    let placementText =
      spread.placement == .insideRoot ? "" : ", epsPlacement: \(spread.placement.rawValue)"
    let conventionsText = conventions == .pytorch ? "" : ", conventions: \(conventions.rawValue)"
    return "InstanceNorm1d<\(Scalar.scalarName)>(\(numFeatures), eps: \(eps), momentum: \(momentumText), "
      + "affine: \(affine), trackRunningStats: \(trackRunningStats)\(estimatorText)\(placementText)\(conventionsText))"
  }
}
