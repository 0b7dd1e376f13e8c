public import Tensors

/// Calls with a mask, and with a weight and bias in place of the layer's own.
extension InstanceNorm1d {
  /// Normalizes the valid positions of a tensor with swapped-in values, in evaluation mode.
  ///
  /// Statistics come from valid positions only. The result there is, bit for bit, that of each sample's valid values
  /// alone.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - swap: Weight, bias and what else the call uses in place of the layer's own.
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: What the result holds elsewhere.
  /// - Throws: ShapeError as without a mask, where the mask's shape is not (N, L), and where a sample has too few valid
  ///   positions for statistics of its own.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, swap, mask)
    return unsafe Tensor3(shape: input.shape) { target in
      unsafe input.withScalars { source in
        unsafe normalizeRows(
          source, target, input.shape, mask, padding, swap: swap, usesInput: !trackRunningStats)
      }
    }
  }

  /// Normalizes the valid positions of a tensor with swapped-in values into an existing one of the same shape.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, swap, mask)
    try check(output: output.shape, input: input.shape)
    unsafe input.withScalars { source in
      unsafe output.withMutableScalars { target in
        unsafe normalizeRows(
          source, target, input.shape, mask, padding, swap: swap, usesInput: !trackRunningStats)
      }
    }
  }

  /// Normalizes the valid positions of a tensor in place with swapped-in values.
  ///
  /// - Throws: ShapeError as for the allocating form; `tensor` is then unchanged.
  public func callAsFunction(
    inPlace tensor: inout Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask,
    padding: PaddingRule = .keep
  ) throws(ShapeError) {
    let shape = tensor.shape
    try check(shape, swap, mask)
    unsafe tensor.withMutableScalars { scalars in
      unsafe normalizeRows(
        UnsafeBufferPointer(scalars), scalars, shape, mask, padding, swap: swap,
        usesInput: !trackRunningStats)
    }
  }

  /// Computes the gradients of input, weight and bias of a call with swapped-in values and a mask.
  ///
  /// At valid positions the gradient of the input is, bit for bit, that of each sample's valid values alone. Elsewhere it
  /// is the output's gradient where padding was kept, and 0 where it was written. Valid positions contribute to weight
  /// and bias; where the padding holds the bias, the gradient there contributes to the bias as well.
  ///
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep,
    outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AffineSwapGradient<Scalar> {
    let shape = input.shape
    try check(shape, swap, mask)
    try checkGradient(outputGradient.shape, input: shape)
    let inner = beforeActivation(
      input, outputGradient, swap: swap, usesInput: !trackRunningStats, mask: (mask, padding))
    var sums = [RowGradient.Sums](repeating: RowGradient.Sums(), count: shape.rowCount)
    let result = unsafe Tensor3<Scalar>(shape: shape) { target in
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe input.withScalars { x in
          unsafe inner.gradient.withScalars { g in
            unsafe writeGradient(
              x, g, target, shape, mask, padding, swap: swap, usesInput: !trackRunningStats,
              sums: sums.baseAddress)
          }
        }
      }
    }
    var parameters = AffineSwapGradient<Scalar>.Parameters(sums, count: swap.weight.count)
    parameters.alpha = inner.alpha
    return AffineSwapGradient(input: result, parameters: parameters)
  }

  private func check(_ shape: TensorShape, _ swap: AffineSwap, _ mask: PositionMask) throws(ShapeError) {
    try check(shape, mask, usesInputStatistics: usesInputStatistics(swap))
    try check(swap, shape)
  }
}
