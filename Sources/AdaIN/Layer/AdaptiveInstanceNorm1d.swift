public import InstanceNorm
public import Tensors

/// Adaptive instance normalization: gives each row of a tensor the mean and spread of a style.
///
/// `adain(x) = σs · (x − μc) / σc + μs`, and at strength α: `y = α · adain(x) + (1 − α) · x`.
///
/// The layer holds an instance norm and calls it with the style's standard deviation swapped in for `weight` and its mean
/// for `bias`, of shape (N, C) or (1, C). μc and σc are each row's own over L, or statistics handed in. Under the default
/// convention the output has exactly the style's statistics; a constant row becomes the style's mean. Rows are worked on
/// alone: NaN or infinity in a row stays in it. The cost is that of instance normalization, whatever the strength.
///
/// Source: Huang and Belongie, *Arbitrary Style Transfer in Real-time with Adaptive Instance Normalization*,
/// ICCV 2017 (arXiv 1703.06868).
public struct AdaptiveInstanceNorm1d<Scalar: TensorScalar>: Hashable, Sendable {
  /// The norm that the layer calls: it measures and normalizes the content, and takes the style's moments as its weight
  /// and bias.
  public private(set) var norm: InstanceNorm1d<Scalar>

  /// How σs is made where a style is given as statistics.
  private var styleSpread: Spread

  /// The number of channels C.
  public var numFeatures: Int { norm.numFeatures }

  /// Which estimators are used, and where eps stands; the content's is the ``norm``'s.
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

  /// What follows in the same pass; nil for nothing.
  ///
  /// The ``norm`` carries it out.
  public var activation: Activation? {
    get { norm.activation }
    set { norm.activation = newValue }
  }

  /// Where the layer computes, and with how many threads.
  public var device: Device {
    get { norm.device }
    set { norm.device = newValue }
  }

  /// Creates a layer.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels C.
  ///   - convention: Which estimators are used, and where eps stands.
  ///   - strength: α, any real number.
  ///   - preservedChannels: Channels that stay as they are.
  ///   - device: Where the layer computes, and with how many threads.
  /// - Precondition: `numFeatures` is at least 1, and the strength is finite.
  public init(
    _ numFeatures: Int, convention: AdaINConvention = .matched, strength: Double = 1,
    preservedChannels: Set<Int> = [], device: Device = .cpu
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
    preservedChannels: Set<Int> = [], device: Device = .cpu
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

  /// What the norm is called with: σs as weight, μs as bias.
  func swap(_ style: StyleMoments, _ statistics: StyleStatistics?) -> AffineSwap {
    AffineSwap(
      weight: style.standardDeviation, bias: style.mean, statistics: statistics?.channels, strength: strength,
      skippedChannels: preservedChannels)
  }

  private static func check(_ strength: Double) {
    require(strength.isFinite, "expected a finite strength, found \(strength)")
  }
}
