public import InstanceNorm
public import Tensors

/// What the output gradient of an ``AdaIN1d`` amounts to at its inputs: the vector-Jacobian product.
public struct AdaIN1dGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the content, of the content's shape.
  public var content: Tensor3<Scalar>
  /// The gradient of the style vectors, as many values as they have.
  public var style: [Double]
  /// The gradient of W, of shape (2C, S), row-major.
  public var weight: [Double]
  /// The gradient of b, of shape (2C).
  public var bias: [Double]
  /// The gradient of the activation's α, shape (C); nil for other activations.
  public var alpha: [Double]?
}

extension AdaIN1d {
  /// Computes the gradients of content, style vectors, weight and bias from that of the output.
  ///
  /// With z = W · s + b for each sample and ∂z made of the gradients of scale and shift: ∂W = Σ ∂z · sᵀ over samples,
  /// ∂b = Σ ∂z, ∂s = Wᵀ · ∂z. The gradients of scale and shift are those of ``AdaptiveInstanceNorm1d``; the norm's own
  /// weight and bias are held fixed. A style vector that all samples share collects the sums over samples.
  ///
  /// - Parameters:
  ///   - content: What the layer was called with, shape (N, C, L).
  ///   - style: The style vectors it was called with.
  ///   - contentStatistics: The statistics it was called with, if any; no gradient flows through them.
  ///   - mask: The mask it was called with, if any.
  ///   - padding: What the result held where the mask is not valid.
  ///   - outputGradient: The gradient of the output; of the content's shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at content: Tensor3<Scalar>, style: [Scalar], contentStatistics: StyleStatistics? = nil,
    mask: PositionMask? = nil, padding: PaddingRule = .keep, outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AdaIN1dGradient<Scalar> {
    let swap = try swap(content.shape, moments(of: style), contentStatistics)
    let inner: AffineSwapGradient<Scalar>
    if let mask {
      inner = try norm.gradient(
        at: content, swapping: swap, mask: mask, padding: padding, outputGradient: outputGradient)
    } else {
      inner = try norm.gradient(at: content, swapping: swap, outputGradient: outputGradient)
    }
    var result = AdaIN1dGradient(
      content: inner.input, style: Array(repeating: 0, count: style.count),
      weight: Array(repeating: 0, count: weight.count), bias: Array(repeating: 0, count: bias.count),
      alpha: inner.parameters.alpha)
    for n in 0..<style.count / styleSize {
      add(inner.parameters, style, sample: n, to: &result)
    }
    return result
  }

  /// Adds one style vector's share of the gradients of the linear map.
  private func add(
    _ parameters: AffineSwapGradient<Scalar>.Parameters, _ style: [Scalar], sample: Int,
    to result: inout AdaIN1dGradient<Scalar>
  ) {
    for c in 0..<numFeatures {
      let at = sample * numFeatures + c
      let (own, ownShift) = normAffine(c)
      let shift = parameters.bias[at]
      let scale = parameters.weight[at] * own + shift * ownShift
      let places = places(c)
      for (row, gradient) in [(places.scale, scale), (places.shift, shift)] {
        result.bias[row] += gradient
        for d in 0..<styleSize {
          let place = row * styleSize + d
          result.weight[place] += gradient * Double(style[sample * styleSize + d])
          result.style[sample * styleSize + d] += gradient * Double(weight[place])
        }
      }
    }
  }
}
