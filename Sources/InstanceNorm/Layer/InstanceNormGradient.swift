public import Tensors

/// What a layer's output gradient amounts to at its inputs: the vector-Jacobian product.
public struct InstanceNormGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the input, of the input's shape.
  public var input: Tensor3<Scalar>
  /// The gradients of weight and bias.
  public var parameters: Parameters

  /// The gradients of a layer's parameters, as far as it has them.
  public struct Parameters: Equatable, Sendable {
    /// The gradient of the weight, shape (C): Σ over n and l of g · x̂.
    public var weight: [Scalar]?
    /// The gradient of the bias, shape (C): Σ over n and l of g.
    public var bias: [Scalar]?
    /// The gradient of the activation's α, shape (C); nil for other activations.
    public var alpha: [Double]?
  }
}

/// Whether a layer normalizes as when it is called or as in a training step.
public enum NormMode: String, Hashable, Sendable, Codable, CaseIterable {
  /// As when called: with running statistics where the layer tracks them.
  case evaluation
  /// As in a training step: always with the input's own statistics.
  case training
}
