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

extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias from that of the output (the vector-Jacobian product).
  ///
  /// With `x̂ = (x − μ) / √(σ² + eps)` and the output's gradient g, of a row of its own statistics the input's
  /// gradient is `weight / √(σ² + eps) · (g − mean(g) − x̂ · mean(g · x̂))`, and as ``spread`` says for another
  /// standard deviation; of running statistics, which do not
  /// depend on the input, `weight / √(σ² + eps) · g`. The weight's gradient is Σ g · x̂, the bias's Σ g, over n
  /// and l. All sums are in `Double`. A row without spread and eps 0 has gradient 0.
  ///
  /// - Parameters:
  ///   - input: What the layer was called with, shape (N, C, L).
  ///   - outputGradient: The gradient of the output; of the same shape.
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
  /// At valid positions the gradient of the input is, bit for bit, that of each sample's valid values alone, and
  /// only those contribute to weight and bias. Elsewhere it is the output's gradient where padding was kept, and 0
  /// where it was written; where it holds the bias, the gradient there goes to the bias.
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
  /// With `x̂ = (x − μ) / σ`, strength α and the output's gradient g: the gradient of the bias is `α · Σ g`, of the
  /// weight `α · Σ g · x̂`, and of x, by its own statistics,
  /// `α · weight / σ · (g − mean(g) − (x − μ) · Σ g (x − μ) / D) + (1 − α) · g`, where D is n · σ² for the biased
  /// estimator, (n − 1) · σ² for the unbiased one, with eps as ``spread`` places it. Through running statistics and
  /// those handed in no gradient flows. Where σ is 0, or a channel is skipped, the gradients follow what the layer
  /// does there.
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
  /// At valid positions the gradient of the input is, bit for bit, that of each sample's valid values alone.
  /// Elsewhere it is the output's gradient where padding was kept, and 0 where it was written. Valid positions
  /// contribute to weight and bias; where the padding holds the bias, the gradient there contributes to the bias as
  /// well.
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

/// What every gradient comes down to. Shapes were checked before.
extension InstanceNorm1d {
  /// The sums of each row that the gradients of weight and bias are made of, and the gradient of the activation's α.
  typealias GradientSums = (rows: [RowGradient.Sums], alpha: [Double]?)

  private func usesInputStatistics(_ mode: NormMode) -> Bool { mode == .training || !trackRunningStats }

  /// Whether there are parameters whose gradients are wanted.
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
  ///   - usesInput: Whether rows were normalized by their own statistics where none were handed in.
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

  /// The gradient before the activation, and that of the activation's α.
  ///
  /// With v, what the activation was applied to, it is `g · f′(v)`; v is computed again. Padding that was kept was
  /// not activated and passes g on.
  ///
  /// - Parameters:
  ///   - input: What the layer was called with.
  ///   - outputGradient: The gradient g of the output.
  ///   - swap: What the call was given in place of the layer's own values, if anything.
  ///   - masking: The mask of the call and what its padding held, if any.
  ///   - usesInput: Whether rows were normalized by their own statistics where none were handed in.
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
