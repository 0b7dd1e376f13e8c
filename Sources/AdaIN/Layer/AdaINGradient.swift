import InstanceNorm
public import Tensors

/// What the output gradient of AdaIN amounts to at its inputs: the vector-Jacobian product.
public struct AdaINGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the content, of the content's shape.
  public var content: Tensor3<Scalar>
  /// The gradients of the style's moments.
  public var style: Style

  /// The gradients of ``StyleMoments``, in the same order.
  public struct Style: Equatable, Sendable {
    /// The gradient of μs of channel c of sample n, at n · C + c: α · Σ g.
    public var mean: [Double]
    /// The gradient of σs of channel c of sample n, at n · C + c: α · Σ g · (x − μc) / σc.
    public var standardDeviation: [Double]

    /// The gradient of the activation's α, shape (C); nil for other activations.
    public var alpha: [Double]?

    /// Takes the gradients of bias and weight, which mean and standard deviation were swapped in for.
    init(_ parameters: AffineSwapGradient<Scalar>.Parameters) {
      mean = parameters.bias
      standardDeviation = parameters.weight
      alpha = parameters.alpha
    }
  }
}
