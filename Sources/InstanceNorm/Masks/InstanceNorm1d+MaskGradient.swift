public import Tensors

extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias of a call or training step with a mask.
  ///
  /// At valid positions the gradient of the input is, bit for bit, that of each sample's valid values alone, and
  /// only those contribute to weight and bias. Elsewhere it is the output's gradient where padding was kept, and 0
  /// where zeros were written.
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
    var sums = [RowGradient.Sums](repeating: RowGradient.Sums(), count: hasParameters ? shape.rowCount : 0)
    let result = unsafe Tensor3<Scalar>(shape: shape) { target in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe input.withScalars { x in
          unsafe outputGradient.withScalars { g in
            unsafe writeGradient(x, g, target, shape, mask, padding, mode, sums)
          }
        }
      }
    }
    return InstanceNormGradient(input: result, parameters: parameterGradients(sums, shape))
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func writeGradient(
    _ x: UnsafeBufferPointer<Scalar>, _ g: UnsafeBufferPointer<Scalar>,
    _ target: UnsafeMutableBufferPointer<Scalar>, _ shape: TensorShape, _ mask: PositionMask,
    _ padding: PaddingRule, _ mode: NormMode, _ sums: UnsafeMutableBufferPointer<RowGradient.Sums>
  ) {
    guard shape.count > 0, let x = x.baseAddress, let g = g.baseAddress, let y = target.baseAddress else {
      return
    }
    let pass = unsafe MaskedGradientPass(
      source: x, gradient: g, target: y, shape: shape, mask: mask, padding: padding,
      statistics: gradientStatistics(mode, shape))
    // SAFETY: each row's sums are written by the one thread that works on the row.
    nonisolated(unsafe) let rowSums = unsafe sums
    unsafe pass.run(on: device) { row, moments, sums in
      let (sums, map) = rowGradient(moments, sums, channel: row % shape.c, mode)
      if hasParameters { unsafe rowSums[row] = sums }
      return map
    }
  }
}
