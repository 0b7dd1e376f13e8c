public import Tensors

/// Calls with a weight and bias in place of the layer's own.
extension InstanceNorm1d {
  /// Normalizes a tensor of shape (N, C, L) with a weight and bias for each sample, in evaluation mode.
  ///
  /// The layer's own weight and bias play no part.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - weight: The factors, shape (N, C) or (1, C), value (n, c) at n · C + c.
  ///   - bias: What is added, of the same shape.
  /// - Throws: ShapeError as for the plain call, and where weight or bias have another size.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, weight: [Double], bias: [Double]
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(input, swapping: AffineSwap(weight: weight, bias: bias))
  }

  /// Normalizes a tensor of shape (N, C, L) with swapped-in values, in evaluation mode.
  ///
  /// - Throws: ShapeError as for the plain call, where the swap's values have other sizes, its strength is not finite, or
  ///   its statistics hold fewer values than the layer's estimator needs.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, swap)
    return unsafe Tensor3(shape: input.shape) { target in
      unsafe input.withScalars { source in
        unsafe normalizeRows(
          source, target, shape: input.shape, swap: swap, usesInput: !trackRunningStats)
      }
    }
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
    unsafe input.withScalars { source in
      unsafe output.withMutableScalars { target in
        unsafe normalizeRows(
          source, target, shape: input.shape, swap: swap, usesInput: !trackRunningStats)
      }
    }
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
    let shape = tensor.shape
    try check(shape, swap)
    unsafe tensor.withMutableScalars { scalars in
      unsafe normalizeRows(
        UnsafeBufferPointer(scalars), scalars, shape: shape, swap: swap, usesInput: !trackRunningStats)
    }
  }

  /// Normalizes a tensor with swapped-in values and adds another one of its shape, in one pass.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - swap: Weight, bias and what else the call uses in place of the layer's own.
  ///   - residual: What is added after the activation.
  ///   - output: Where to write.
  /// - Throws: ShapeError as for the call without, and where a shape differs; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, adding residual: Tensor3<Scalar>,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, swap)
    try check(output: output.shape, input: input.shape)
    guard residual.shape == input.shape else {
      throw ShapeError("expected a residual of the input's size \(input.shape), found \(residual.shape)")
    }
    unsafe input.withScalars { source in
      unsafe residual.withScalars { residual in
        unsafe output.withMutableScalars { target in
          unsafe normalizeRows(
            source, target, shape: input.shape, swap: swap, usesInput: !trackRunningStats,
            residual: residual.baseAddress)
        }
      }
    }
  }

  /// Computes the gradients of input, weight and bias of a call with swapped-in values.
  ///
  /// With `x̂ = (x − μ) / σ`, strength α and the output's gradient g: the gradient of the bias is `α · Σ g`, of the
  /// weight `α · Σ g · x̂`, and of x, by its own statistics,
  /// `α · weight / σ · (g − mean(g) − (x − μ) · Σ g (x − μ) / D) + (1 − α) · g`, where D is n · σ² for the biased
  /// estimator, (n − 1) · σ² for the unbiased one, with eps as ``spread`` places it. Through running statistics and
  /// those handed in no gradient flows. Where σ is 0, or a channel is skipped, the gradients follow what the layer does
  /// there.
  ///
  /// - Parameters:
  ///   - input: What the layer was called with, shape (N, C, L).
  ///   - swap: The swap it was called with.
  ///   - outputGradient: The gradient of the output; of the same shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, swapping swap: AffineSwap, outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AffineSwapGradient<Scalar> {
    try check(input.shape, swap)
    try checkGradient(outputGradient.shape, input: input.shape)
    var parameters = AffineSwapGradient<Scalar>.Parameters(weight: [], bias: [])
    let result = unsafe Tensor3<Scalar>(shape: input.shape) { target in
      unsafe parameters = writeGradient(input, outputGradient, target, swap)
    }
    return AffineSwapGradient(input: result, parameters: parameters)
  }

  /// Writes the input's gradient into an existing tensor of the same shape and returns those of weight and bias.
  ///
  /// - Throws: ShapeError as for the allocating form; `result` is then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public func gradient(
    at input: Tensor3<Scalar>, swapping swap: AffineSwap, outputGradient: Tensor3<Scalar>,
    into result: inout Tensor3<Scalar>
  ) throws(ShapeError) -> AffineSwapGradient<Scalar>.Parameters {
    try check(input.shape, swap)
    try checkGradient(outputGradient.shape, input: input.shape)
    try check(output: result.shape, input: input.shape)
    return unsafe result.withMutableScalars { target in
      unsafe writeGradient(input, outputGradient, target, swap)
    }
  }

  private func check(_ shape: TensorShape, _ swap: AffineSwap) throws(ShapeError) {
    try check(shape, usesInputStatistics: usesInputStatistics(swap))
    try check(swap, shape)
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func writeGradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>,
    _ target: UnsafeMutableBufferPointer<Scalar>, _ swap: AffineSwap
  ) -> AffineSwapGradient<Scalar>.Parameters {
    let inner = beforeActivation(input, outputGradient, swap: swap, usesInput: !trackRunningStats)
    let rows = unsafe writeGradient(
      input, inner.gradient, target, swap: swap, usesInput: !trackRunningStats, needsSums: true)
    var parameters = AffineSwapGradient<Scalar>.Parameters(rows, count: swap.weight.count)
    parameters.alpha = inner.alpha
    return parameters
  }
}

extension AffineSwapGradient.Parameters {
  /// Adds the rows' sums over the samples that share a value, in order.
  init(_ rows: [RowGradient.Sums], count: Int) {
    var sums = Array(rows.prefix(count))
    for start in stride(from: count, to: rows.count, by: max(count, 1)) {
      for i in 0..<count {
        sums[i].sum += rows[start + i].sum
        sums[i].product += rows[start + i].product
      }
    }
    sums += [RowGradient.Sums](repeating: RowGradient.Sums(), count: count - sums.count)
    (weight, bias) = (sums.map(\.product), sums.map(\.sum))
  }
}
