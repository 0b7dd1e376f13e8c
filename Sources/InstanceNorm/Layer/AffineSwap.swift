public import Tensors

/// Weight and bias that one call uses in place of a layer's own: the swap that makes instance normalization adaptive.
///
/// `y = strength · ((x − μ) / σ · weight + bias) + (1 − strength) · x`
///
/// Weight and bias have the shape (N, C), a pair for each row, or (1, C), shared by all samples; value (n, c) stands at
/// n · C + c. They are in `Double`, as the statistics are. AdaIN is the call with a style's standard deviation as
/// ``weight`` and its mean as ``bias``.
public struct AffineSwap: Hashable, Sendable {
  /// The factor of each row; N · C values, or C.
  public var weight: [Double]
  /// What is added to each row; as many values as ``weight``.
  public var bias: [Double]
  /// μ and the variance of each row, N · C or C of them, for rows that arrive in chunks and were measured before; nil
  /// takes each row's own, or the running ones of a layer that tracks them.
  public var statistics: [ChannelMoments]?
  /// How much of the result is taken: 1 all of it, 0 leaves every row bit for bit as it is.
  public var strength: Double
  /// Channels whose rows stay bit for bit as they are; numbers beyond C have no effect.
  public var skippedChannels: Set<Int>

  /// Creates a swap; its shapes are checked against the input where it is used.
  public init(
    weight: [Double], bias: [Double], statistics: [ChannelMoments]? = nil, strength: Double = 1,
    skippedChannels: Set<Int> = []
  ) {
    self.weight = weight
    self.bias = bias
    self.statistics = statistics
    self.strength = strength
    self.skippedChannels = skippedChannels
  }
}

/// What the output gradient of a call with an ``AffineSwap`` amounts to at its inputs: the vector-Jacobian product.
public struct AffineSwapGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the input, of the input's shape.
  public var input: Tensor3<Scalar>
  /// The gradients of weight and bias.
  public var parameters: Parameters

  /// The gradients of an ``AffineSwap``, of its shape: values that samples share collect the sums over samples.
  public struct Parameters: Equatable, Sendable {
    /// The gradient of the weight: strength · Σ g · (x − μ) / σ.
    public var weight: [Double]
    /// The gradient of the bias: strength · Σ g.
    public var bias: [Double]

    /// The gradient of the activation's α, shape (C); nil for other activations.
    public var alpha: [Double]?

    /// Creates gradients from their values.
    public init(weight: [Double], bias: [Double], alpha: [Double]? = nil) {
      self.weight = weight
      self.bias = bias
      self.alpha = alpha
    }
  }
}
