public import Tensors

extension InstanceNorm1d {
  /// Computes the gradients of input, weight and bias from that of the output (the vector-Jacobian product).
  ///
  /// With `x̂ = (x − μ) / √(σ² + eps)` and the output's gradient g, of a row of its own statistics the input's
  /// gradient is `weight / √(σ² + eps) · (g − mean(g) − x̂ · mean(g · x̂))`, and as ``spread`` says for another standard
  /// deviation; of running statistics, which do not
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
    try checkGradient(input, outputGradient, mode)
    var parameters = InstanceNormGradient<Scalar>.Parameters()
    let result = unsafe Tensor3<Scalar>(shape: input.shape) { target in
      unsafe parameters = writeGradient(input, outputGradient, mode, target)
    }
    return InstanceNormGradient(input: result, parameters: parameters)
  }

  /// Writes the input's gradient into an existing tensor of the same shape and returns those of the parameters.
  ///
  /// - Throws: ShapeError as for the allocating form; `result` is then unchanged.
  public func gradient(
    at input: Tensor3<Scalar>, outputGradient: Tensor3<Scalar>, mode: NormMode = .evaluation,
    into result: inout Tensor3<Scalar>
  ) throws(ShapeError) -> InstanceNormGradient<Scalar>.Parameters {
    try checkGradient(input, outputGradient, mode)
    try check(output: result.shape, input: input.shape)
    return unsafe result.withMutableScalars { target in
      unsafe writeGradient(input, outputGradient, mode, target)
    }
  }

  private func checkGradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>, _ mode: NormMode
  ) throws(ShapeError) {
    try check(input.shape, usesInputStatistics: usesInputStatistics(mode))
    try checkGradient(outputGradient.shape, input: input.shape)
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func writeGradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>, _ mode: NormMode,
    _ target: UnsafeMutableBufferPointer<Scalar>
  ) -> InstanceNormGradient<Scalar>.Parameters {
    let usesInput = usesInputStatistics(mode)
    let inner = beforeActivation(input, outputGradient, swap: nil, usesInput: usesInput)
    let sums = unsafe writeGradient(
      input, inner.gradient, target, swap: nil, usesInput: usesInput, needsSums: hasParameters)
    return parameterGradients(sums, input.shape, alpha: inner.alpha)
  }

  /// Writes the input's gradient and gives Σ g and Σ g · x̂ of each row where they are needed.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func writeGradient(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>,
    _ target: UnsafeMutableBufferPointer<Scalar>, swap: AffineSwap?, usesInput: Bool, needsSums: Bool
  ) -> [RowGradient.Sums] {
    let shape = input.shape
    var sums = [RowGradient.Sums](repeating: RowGradient.Sums(), count: needsSums ? shape.rowCount : 0)
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe input.withScalars { x in
        unsafe outputGradient.withScalars { g in
          unsafe withRule(swap, usesInput: usesInput) { rule in
            // SAFETY: the rule's pointers outlive the call; each row's sums are written by the one thread that works on
            // the row.
            nonisolated(unsafe) let (rule, rowSums) = unsafe (rule, needsSums ? sums.baseAddress : nil)
            unsafe RowKernel.gradientRows(
              of: x, gradient: g, into: target, shape: shape, device: device,
              statistics: rule.gradientStatistics(needsSums: needsSums),
              standardization: rule.standardization, parameters: rowSums
            ) { row, moments, sums in
              let (sums, map) = unsafe rule.gradient(row, moments, sums)
              unsafe rowSums?[row] = sums
              return map
            }
          }
        }
      }
    }
    return sums
  }

  func usesInputStatistics(_ mode: NormMode) -> Bool { mode == .training || !trackRunningStats }
  /// Whether there are parameters whose gradients are wanted.
  var hasParameters: Bool { weight != nil || bias != nil }

  /// Adds the rows' sums over samples, in order.
  func parameterGradients(
    _ sums: [RowGradient.Sums], _ shape: TensorShape, alpha: [Double]?
  ) -> InstanceNormGradient<Scalar>.Parameters {
    func total(_ value: (RowGradient.Sums) -> Double) -> [Scalar] {
      (0..<shape.c).map { channel in
        Scalar((0..<shape.n).reduce(0.0) { $0 + value(sums[$1 * shape.c + channel]) })
      }
    }
    return InstanceNormGradient.Parameters(
      weight: weight == nil ? nil : total(\.product), bias: bias == nil ? nil : total(\.sum),
      alpha: alpha)
  }
}
