public import Tensors

/// The gradients of a layer's input and parameters: the vector-Jacobian product of its output's gradient.
public struct InstanceNormGradient<Scalar: TensorScalar>: Equatable, Sendable {
  /// The gradient of the input, of the input's shape.
  public var input: Tensor3<Scalar>
  /// The gradients of weight and bias.
  public var parameters: Parameters

  /// The gradients of a layer's parameters; nil for those that it does not have.
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

extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias from that of the output (the vector-Jacobian product).
  ///
  /// With `x̂ = (x − μ) / √(σ² + eps)` and the output's gradient g, the gradients are:
  ///
  /// - input, for rows normalized by their own statistics:
  ///   `weight / √(σ² + eps) · (g − mean(g) − x̂ · mean(g · x̂))`, or its counterpart where ``spread`` defines another
  ///   standard deviation
  /// - input, for running statistics, which do not depend on the input: `weight / √(σ² + eps) · g`
  /// - weight: Σ g · x̂ over n and l
  /// - bias: Σ g over n and l
  ///
  /// All sums are in `Double`. A row with variance 0 and eps 0 has the input gradient 0.
  ///
  /// - Parameters:
  ///   - input: The input of the call, shape (N, C, L).
  ///   - outputGradient: The gradient of the output, of the same shape.
  ///   - mode: Whether the output was made by a call or by a training step.
  /// - Throws: ShapeError as for the call or the training step, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, outputGradient: Tensor3<Scalar>, mode: NormMode = .evaluation
  ) throws(ShapeError) -> InstanceNormGradient<Scalar> {
    try check(input.shape, usesInputStatistics: usesInputStatistics(mode))
    try checkGradient(outputGradient.shape, input: input.shape)
    let (result, sums) = gradient(
      input, outputGradient, usesInput: usesInputStatistics(mode), needsSums: hasParameters)
    return InstanceNormGradient(input: result, parameters: parameters(sums, input.shape))
  }

  /// Writes the input's gradient into an existing tensor of the same shape and returns those of the parameters.
  ///
  /// - Throws: ShapeError as for the allocating form; `result` is then unchanged.
  public func gradient(
    at input: Tensor3<Scalar>, outputGradient: Tensor3<Scalar>, mode: NormMode = .evaluation,
    into result: inout Tensor3<Scalar>
  ) throws(ShapeError) -> InstanceNormGradient<Scalar>.Parameters {
    try check(input.shape, usesInputStatistics: usesInputStatistics(mode))
    try checkGradient(outputGradient.shape, input: input.shape)
    try check(output: result.shape, input: input.shape)
    let sums = unsafe result.withMutableScalars { target in
      unsafe writeGradient(
        input, outputGradient, target, usesInput: usesInputStatistics(mode), needsSums: hasParameters)
    }
    return parameters(sums, input.shape)
  }

  /// Computes the gradients of input, weight and bias of a call or training step with a mask.
  ///
  /// At valid positions the input's gradient has the bits that each sample's valid values alone would give. At padding
  /// it is the output's gradient where the padding was kept, and 0 where the padding was written. The gradients of
  /// weight and bias are sums over valid positions. Where the padding holds the bias, the output's gradient there is
  /// added to the bias's gradient.
  ///
  /// - Parameters:
  ///   - input: The input of the call, shape (N, C, L).
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: The padding rule of the call.
  ///   - outputGradient: The gradient of the output, of the input's shape.
  ///   - mode: Whether the output was made by a call or by a training step.
  /// - Throws: ShapeError as for the call or the training step, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep,
    outputGradient: Tensor3<Scalar>, mode: NormMode = .evaluation
  ) throws(ShapeError) -> InstanceNormGradient<Scalar> {
    try check(input.shape, mask, usesInputStatistics: usesInputStatistics(mode))
    try checkGradient(outputGradient.shape, input: input.shape)
    let (result, sums) = gradient(
      input, outputGradient, masking: Masking(positions: mask, padding: padding),
      usesInput: usesInputStatistics(mode), needsSums: hasParameters)
    return InstanceNormGradient(input: result, parameters: parameters(sums, input.shape))
  }
}

/// Gradients of calls with a weight and bias in place of the layer's own.
extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias of a call with swapped-in values.
  ///
  /// With `x̂ = (x − μ) / σ`, where σ includes eps, strength α and the output's gradient g, the gradients are:
  ///
  /// - bias: `α · Σ g`
  /// - weight: `α · Σ g · x̂`
  /// - input, for rows normalized by their own statistics:
  ///   `α · weight / σ · (g − mean(g) − (x − μ) · Σ g (x − μ) / D) + (1 − α) · g`. With eps under the root, D is
  ///   n · σ² for the biased estimator and (n − 1) · σ² for the unbiased one. With eps outside the root, one of the
  ///   two factors σ is the root without eps.
  /// - input, for running or swapped-in statistics, which do not depend on it: `α · weight / σ · g + (1 − α) · g`
  ///
  /// Where σ is 0, terms divided by σ are 0. Where a channel is skipped, the input's gradient is g, and weight and bias
  /// get nothing from the channel.
  ///
  /// - Parameters:
  ///   - input: The input of the call, shape (N, C, L).
  ///   - swap: The swap of the call.
  ///   - outputGradient: The gradient of the output, of the same shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, swapping swap: AffineSwap, outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AffineSwapGradient<Scalar> {
    try check(input.shape, swap)
    try checkGradient(outputGradient.shape, input: input.shape)
    let (result, sums) = gradient(
      input, outputGradient, swap: swap, usesInput: !trackRunningStats, needsSums: true)
    return AffineSwapGradient(
      input: result, parameters: AffineSwapGradient.Parameters(sums, count: swap.weight.count))
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
    let sums = unsafe result.withMutableScalars { target in
      unsafe writeGradient(
        input, outputGradient, target, swap: swap, usesInput: !trackRunningStats, needsSums: true)
    }
    return AffineSwapGradient.Parameters(sums, count: swap.weight.count)
  }

  /// Computes the gradients of input, weight and bias of a call with swapped-in values and a mask.
  ///
  /// At valid positions the input's gradient has the bits that each sample's valid values alone would give. At padding
  /// it is the output's gradient where the padding was kept, and 0 where the padding was written. The gradients of
  /// weight and bias are sums over valid positions. Where the padding holds the bias, the output's gradient there is
  /// added to the bias's gradient.
  ///
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep,
    outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AffineSwapGradient<Scalar> {
    let shape = input.shape
    try check(shape, swap, mask)
    try checkGradient(outputGradient.shape, input: shape)
    let (result, sums) = gradient(
      input, outputGradient, swap: swap, masking: Masking(positions: mask, padding: padding),
      usesInput: !trackRunningStats, needsSums: true)
    return AffineSwapGradient(
      input: result, parameters: AffineSwapGradient.Parameters(sums, count: swap.weight.count))
  }
}

/// The steps that all gradients share. Callers have checked the shapes.
extension InstanceNorm1d {
  /// The sums of each row, from which the gradients of weight and bias follow, and the gradient of the activation's α.
  typealias GradientSums = (rows: [RowGradient.Sums], alpha: [Double]?)

  private func usesInputStatistics(_ mode: NormMode) -> Bool { mode == .training || !trackRunningStats }

  /// Whether the layer has a weight or a bias.
  private var hasParameters: Bool { weight != nil || bias != nil }

  /// The input's gradient in a new tensor.
  private func gradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>, swap: AffineSwap? = nil,
    masking: Masking? = nil, usesInput: Bool, needsSums: Bool
  ) -> (Tensor3<Scalar>, GradientSums) {
    var sums: GradientSums = ([], nil)
    let result = unsafe Tensor3<Scalar>(shape: input.shape) { target in
      unsafe sums = writeGradient(
        input, outputGradient, target, swap: swap, masking: masking, usesInput: usesInput,
        needsSums: needsSums)
    }
    return (result, sums)
  }

  /// Writes the input's gradient.
  ///
  /// - Parameters:
  ///   - swap: Weight, bias and statistics in place of the layer's own, if any.
  ///   - masking: The valid positions; nil stands for all.
  ///   - usesInput: Whether rows were normalized by their own statistics where the swap has none.
  ///   - needsSums: Whether the gradients of weight and bias are wanted.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func writeGradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>,
    _ target: UnsafeMutableBufferPointer<Scalar>, swap: AffineSwap? = nil, masking: Masking? = nil,
    usesInput: Bool, needsSums: Bool
  ) -> GradientSums {
    let shape = input.shape
    let inner = beforeActivation(input, outputGradient, swap: swap, masking: masking, usesInput: usesInput)
    var sums = [RowGradient.Sums](repeating: RowGradient.Sums(), count: needsSums ? shape.rowCount : 0)
    guard shape.count > 0, let y = target.baseAddress else { return (sums, inner.alpha) }
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe input.withScalars { x in
        unsafe inner.gradient.withScalars { g in
          guard let x = x.baseAddress, let g = g.baseAddress else { return }
          unsafe withRule(swap, usesInput: usesInput) { rule in
            unsafe GradientPass(
              rule, x, gradient: g, to: y, shape, parameters: needsSums ? sums.baseAddress : nil
            ).run(over: shape, masking, on: device)
          }
        }
      }
    }
    return (sums, inner.alpha)
  }

  /// The gradient before the activation, `g · f′(v)`, and the gradient of the activation's α.
  ///
  /// v is the value to which the activation f was applied; it is computed again. Padding that was kept, or set to 0,
  /// was not activated, and has g.
  ///
  /// - Parameters:
  ///   - input: The input of the call.
  ///   - outputGradient: The gradient g of the output.
  ///   - swap: The swap of the call, if any.
  ///   - masking: The mask and the padding rule of the call, if any.
  ///   - usesInput: Whether rows were normalized by their own statistics where the swap has none.
  private func beforeActivation(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>, swap: AffineSwap?, masking: Masking?,
    usesInput: Bool
  ) -> (gradient: Tensor3<Scalar>, alpha: [Double]?) {
    guard let activation else { return (outputGradient, nil) }
    let shape = input.shape
    let values = unsafe normalized(
      input, swap: swap, masking: masking, usesInput: usesInput, activates: false)
    var alpha = [Double](repeating: 0, count: numFeatures)
    var result = outputGradient
    unsafe result.withMutableScalars { g in
      unsafe values.withScalars { v in
        for row in 0..<shape.rowCount {
          let function = RowActivation(activation, channel: row % shape.c)
          func pass(_ range: Range<Int>) {
            for at in row * shape.l + range.lowerBound..<row * shape.l + range.upperBound {
              let (value, byAlpha) = unsafe function.derivatives(Double(v[at]))
              let gradient = unsafe Double(g[at])
              alpha[row % shape.c] += gradient * byAlpha
              unsafe g[at] = Scalar(gradient * value)
            }
          }
          guard let masking else {
            pass(0..<shape.l)
            continue
          }
          for span in masking.positions.spans[row / shape.c] { pass(span) }
          let skips = swap?.strength == 0 || swap?.skippedChannels.contains(row % shape.c) == true
          if masking.padding == .bias, !skips {
            PositionMask.forEachPadding(masking.positions.spans[row / shape.c], length: shape.l) { pass($0) }
          }
        }
      }
    }
    if case .snake = activation { return (result, alpha) }
    return (result, nil)
  }

  /// Adds the rows' sums over samples, in order.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func parameters(
    _ sums: GradientSums, _ shape: TensorShape
  ) -> InstanceNormGradient<Scalar>.Parameters {
    func total(_ value: (RowGradient.Sums) -> Double) -> [Scalar] {
      (0..<shape.c).map { channel in
        Scalar((0..<shape.n).reduce(0.0) { $0 + value(sums.rows[$1 * shape.c + channel]) })
      }
    }
    return InstanceNormGradient.Parameters(
      weight: weight == nil ? nil : total(\.product), bias: bias == nil ? nil : total(\.sum),
      alpha: sums.alpha)
  }
}

extension AffineSwapGradient.Parameters {
  /// Adds the rows' sums over the samples that share a value, in order.
  fileprivate init(_ gradient: InstanceNorm1d<Scalar>.GradientSums, count: Int) {
    let rows = gradient.rows
    var sums = Array(rows.prefix(count))
    for start in stride(from: count, to: rows.count, by: max(count, 1)) {
      for i in 0..<count {
        sums[i].sum += rows[start + i].sum
        sums[i].product += rows[start + i].product
      }
    }
    sums += [RowGradient.Sums](repeating: RowGradient.Sums(), count: count - sums.count)
    self.init(weight: sums.map(\.product), bias: sums.map(\.sum), alpha: gradient.alpha)
  }
}
