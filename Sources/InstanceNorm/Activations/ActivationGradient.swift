public import Tensors

extension InstanceNorm1d {
  /// The gradient before the activation, and that of the activation's α.
  ///
  /// With v, what the activation was applied to, it is `g · f′(v)`; v is computed again. Padding that was kept was not
  /// activated and passes g on.
  ///
  /// - Parameters:
  ///   - input: What the layer was called with.
  ///   - outputGradient: The gradient g of the output.
  ///   - swap: What the call was given in place of the layer's own values, if anything.
  ///   - usesInput: Whether rows were normalized by their own statistics where none were handed in.
  ///   - mask: The mask of the call and what its padding held, if any.
  func beforeActivation(
    _ input: Tensor3<Scalar>, _ outputGradient: Tensor3<Scalar>, swap: AffineSwap?, usesInput: Bool,
    mask: (positions: PositionMask, padding: PaddingRule)? = nil
  ) -> (gradient: Tensor3<Scalar>, alpha: [Double]?) {
    guard let activation else { return (outputGradient, nil) }
    let shape = input.shape
    let values = unsafe Tensor3<Scalar>(shape: shape) { target in
      unsafe input.withScalars { source in
        if let mask {
          unsafe normalizeRows(
            source, target, shape, mask.positions, mask.padding, swap: swap, usesInput: usesInput,
            activates: false)
        } else {
          unsafe normalizeRows(
            source, target, shape: shape, swap: swap, usesInput: usesInput, activates: false)
        }
      }
    }
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
          guard let mask else {
            pass(0..<shape.l)
            continue
          }
          for span in mask.positions.spans[row / shape.c] { pass(span) }
          let skips = swap?.strength == 0 || swap?.skippedChannels.contains(row % shape.c) == true
          if mask.padding == .bias, !skips {
            PositionMask.forEachPadding(mask.positions.spans[row / shape.c], length: shape.l) { pass($0) }
          }
        }
      }
    }
    if case .snake = activation { return (result, alpha) }
    return (result, nil)
  }
}

/// Activations by themselves.
extension Activation {
  /// Applies the activation to a tensor of shape (N, C, L): the bits that the norm's own pass gives.
  ///
  /// - Throws: ShapeError where there is not an α for each channel, or a value is not finite; `tensor` is then unchanged.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace tensor: inout Tensor3<Scalar>, device: Device = .cpu
  ) throws(ShapeError) {
    let shape = tensor.shape
    if let problem = problem(numFeatures: shape.c) { throw ShapeError(problem) }
    unsafe tensor.withMutableScalars { scalars in
      guard let base = scalars.baseAddress else { return }
      // SAFETY: ranges of rows don't overlap, the buffer outlives the call, and each row is written by one thread.
      nonisolated(unsafe) let first = unsafe base
      RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
        for row in rows {
          let at = unsafe first + row * shape.l
          unsafe RowActivation(self, channel: row % shape.c).apply(
            UnsafePointer(at), residual: nil, at, count: shape.l, device.kernels)
        }
      }
    }
  }
}
