public import Tensors

extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias of a call or training step with a mask.
  ///
  /// At valid positions the gradient of the input is, bit for bit, that of each sample's valid values alone, and
  /// only those contribute to weight and bias. Elsewhere it is the output's gradient where padding was kept, and 0 where it
  /// was written; where it holds the bias, the gradient there goes to the bias.
  ///
  /// - Parameters:
  ///   - input: What the layer was called with, shape (N, C, L).
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: What the output held elsewhere.
  ///   - outputGradient: The gradient of the output; of the input's shape.
  ///   - mode: Whether the output was made by a call or by a training step.
  /// - Throws: ShapeError as for the call or the training step, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep,
    outputGradient: Tensor3<Scalar>, mode: NormMode = .evaluation
  ) throws(ShapeError) -> InstanceNormGradient<Scalar> {
    try check(input.shape, mask, usesInputStatistics: usesInputStatistics(mode))
    try checkGradient(outputGradient.shape, input: input.shape)
    let shape = input.shape
    let usesInput = usesInputStatistics(mode)
    let inner = beforeActivation(
      input, outputGradient, swap: nil, usesInput: usesInput, mask: (mask, padding))
    var sums = [RowGradient.Sums](repeating: RowGradient.Sums(), count: hasParameters ? shape.rowCount : 0)
    let result = unsafe Tensor3<Scalar>(shape: shape) { target in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe input.withScalars { x in
          unsafe inner.gradient.withScalars { g in
            unsafe writeGradient(
              x, g, target, shape, mask, padding, usesInput: usesInput,
              sums: hasParameters ? sums.baseAddress : nil)
          }
        }
      }
    }
    return InstanceNormGradient(
      input: result, parameters: parameterGradients(sums, shape, alpha: inner.alpha))
  }

  /// Writes the input's gradient, and Σ g and Σ g · x̂ of each row where they are asked for.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func writeGradient(
    _ x: UnsafeBufferPointer<Scalar>, _ g: UnsafeBufferPointer<Scalar>,
    _ target: UnsafeMutableBufferPointer<Scalar>, _ shape: TensorShape, _ mask: PositionMask,
    _ padding: PaddingRule, swap: AffineSwap? = nil, usesInput: Bool,
    sums: UnsafeMutablePointer<RowGradient.Sums>?
  ) {
    guard shape.count > 0, let x = x.baseAddress, let g = g.baseAddress, let y = target.baseAddress else {
      return
    }
    unsafe withRule(swap, usesInput: usesInput) { rule in
      let pass = unsafe MaskedGradientPass(
        source: x, gradient: g, target: y, shape: shape, mask: mask, padding: padding, rule: rule,
        parameters: sums)
      unsafe pass.run(on: device)
    }
  }
}
