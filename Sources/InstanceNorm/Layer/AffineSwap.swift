public import Tensors

/// Weight and bias that one call uses in place of a layer's own: the swap that makes instance normalization adaptive.
///
/// `y = strength · ((x − μ) / σ · weight + bias) + (1 − strength) · x`
///
/// Weight and bias have the shape (N, C), a pair for each row, or (1, C), shared by all samples; value (n, c) stands
/// at n · C + c. They are in `Double`, as the statistics are. AdaIN is the call with a style's standard deviation as
/// ``weight`` and its mean as ``bias``.
public struct AffineSwap: Hashable, Sendable {
  /// The factor of each row; N · C values, or C.
  public var weight: [Double]
  /// The shift of each row; as many values as ``weight``.
  public var bias: [Double]
  /// The moments of each row, N · C or C of them, for rows that arrive in chunks and were measured before; nil takes
  /// each row's own statistics, or the running statistics of a layer that tracks them.
  public var statistics: [ChannelMoments]?
  /// The share of the normalized row in the result: 1 gives it alone, 0 leaves every row bit for bit as it is.
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

/// The gradients of the input and the ``AffineSwap`` of a call: the vector-Jacobian product of its output's gradient.
public struct AffineSwapGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the input, of the input's shape.
  public var input: Tensor3<Scalar>
  /// The gradients of weight and bias.
  public var parameters: Parameters

  /// The gradients of an ``AffineSwap``'s values, in its shape; the gradient of a value that samples share is the sum
  /// over these samples.
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

/// Calls with a weight and bias in place of the layer's own.
extension InstanceNorm1d {
  /// Normalizes a tensor of shape (N, C, L) with a weight and bias for each sample, in evaluation mode.
  ///
  /// The layer's own weight and bias play no part.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - weight: The factors, shape (N, C) or (1, C), value (n, c) at n · C + c.
  ///   - bias: The shifts, of the same shape.
  /// - Throws: ShapeError as for the plain call, and where weight or bias have another size.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, weight: [Double], bias: [Double]
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(input, swapping: AffineSwap(weight: weight, bias: bias))
  }

  /// Normalizes a tensor of shape (N, C, L) with swapped-in values, in evaluation mode.
  ///
  /// - Throws: ShapeError as for the plain call; also where the swap's values have other sizes, where its strength is
  ///   not finite, and where its statistics hold fewer values than the layer's estimator needs.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, swap)
    return unsafe normalized(input, swap: swap, usesInput: !trackRunningStats)
  }

  /// Normalizes a tensor with swapped-in values into an existing one of the same shape, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, swap)
    try check(output: output.shape, input: input.shape)
    normalize(input, into: &output, swap: swap)
  }

  /// Normalizes a tensor in place with swapped-in values, allocating nothing.
  ///
  /// - Throws: ShapeError as for the allocating form; `tensor` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func callAsFunction(
    inPlace tensor: inout Tensor3<Scalar>, swapping swap: AffineSwap
  ) throws(ShapeError) {
    try check(tensor.shape, swap)
    normalize(inPlace: &tensor, swap: swap)
  }

  /// Normalizes a tensor with swapped-in values and adds another one of its shape, in one pass.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - swap: The values that the call uses in place of the layer's own.
  ///   - residual: The tensor to add after the activation.
  ///   - output: Receives the result.
  /// - Throws: ShapeError as for the call without a residual, and where a shape differs; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, adding residual: Tensor3<Scalar>,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, swap)
    try check(output: output.shape, input: input.shape)
    guard residual.shape == input.shape else {
      throw ShapeError("expected a residual of the input's size \(input.shape), found \(residual.shape)")
    }
    normalize(input, into: &output, swap: swap, adding: residual)
  }
}
