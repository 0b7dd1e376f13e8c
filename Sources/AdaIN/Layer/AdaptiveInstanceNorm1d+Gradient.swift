import InstanceNorm
public import Tensors

extension AdaptiveInstanceNorm1d {
  /// Computes the gradients of content, style mean and style standard deviation from that of the output.
  ///
  /// With `x̂ = (x − μc) / σc`, `y = α · (σs · x̂ + μs) + (1 − α) · x` and the output's gradient g:
  /// the gradient of μs is `α · Σ g`, of σs `α · Σ g · x̂`, and of x
  /// `α · σs / σc · (g − mean(g) − (x − μc) · Σ g (x − μc) / D) + (1 − α) · g`, where D is n · σc² for the biased
  /// estimator, (n − 1) · σc² for the unbiased one, with eps as the ``convention`` places it. Through
  /// statistics that are handed in no gradient flows. Moments that all samples share collect the sums over samples.
  /// Where σc is 0, or a channel is preserved, the gradients follow what the layer does there.
  ///
  /// - Parameters:
  ///   - content: What the layer was called with, shape (N, C, L).
  ///   - style: The style it was called with.
  ///   - contentStatistics: The statistics it was called with, if any.
  ///   - outputGradient: The gradient of the output; of the content's shape.
  /// - Throws: ShapeError as for the call, and where the shapes differ.
  public func gradient(
    at content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) -> AdaINGradient<Scalar> {
    try checkGradient(content, style, contentStatistics, outputGradient)
    var styleGradient = AdaINGradient<Scalar>.Style(mean: [], standardDeviation: [])
    let result = unsafe Tensor3<Scalar>(shape: content.shape) { target in
      unsafe styleGradient = writeGradient(content, style, contentStatistics, outputGradient, target)
    }
    return AdaINGradient(content: result, style: styleGradient)
  }

  /// Writes the content's gradient into an existing tensor of the same shape and returns those of the style.
  ///
  /// - Throws: ShapeError as for the allocating form; `result` is then unchanged.
  public func gradient(
    at content: Tensor3<Scalar>, style: StyleMoments, contentStatistics: StyleStatistics? = nil,
    outputGradient: Tensor3<Scalar>, into result: inout Tensor3<Scalar>
  ) throws(ShapeError) -> AdaINGradient<Scalar>.Style {
    try checkGradient(content, style, contentStatistics, outputGradient)
    guard result.shape == content.shape else {
      throw ShapeError("expected an output of the content's size \(content.shape), found \(result.shape)")
    }
    return unsafe result.withMutableScalars { target in
      unsafe writeGradient(content, style, contentStatistics, outputGradient, target)
    }
  }

  private func checkGradient(
    _ content: Tensor3<Scalar>, _ style: StyleMoments, _ statistics: StyleStatistics?,
    _ outputGradient: Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(content.shape, style, statistics)
    guard outputGradient.shape == content.shape else {
      throw ShapeError(
        "expected a gradient of the output's size \(content.shape), found \(outputGradient.shape)")
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  private func writeGradient(
    _ content: Tensor3<Scalar>, _ style: StyleMoments, _ statistics: StyleStatistics?,
    _ outputGradient: Tensor3<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>
  ) -> AdaINGradient<Scalar>.Style {
    let shape = content.shape
    // Each row's gradients of μs and σs.
    var rows = [RowGradient.Sums](
      repeating: RowGradient.Sums(), count: shape.rowCount)
    unsafe rows.withUnsafeMutableBufferPointer { rows in
      unsafe content.withScalars { x in
        unsafe outputGradient.withScalars { g in
          // SAFETY: each row's sums are written by the one thread that works on the row.
          nonisolated(unsafe) let rows = unsafe rows
          unsafe withStandardization(style, statistics) { standardization in
            unsafe RowKernel.gradientRows(
              of: x, gradient: g, into: target, shape: shape, device: device,
              statistics: gradientStatistics(statistics), standardization: standardization,
              parameters: rows.baseAddress
            ) { row, moments, sums in
              if keeps(row % shape.c) { return RowGradient(mean: 0, scale: 1) }
              let (sums, map) = rowGradient(
                moments, sums, given: statistics.map { $0.channels[row % $0.channels.count] },
                standardDeviation: style.standardDeviation[row % style.mean.count])
              unsafe rows[row] = sums
              return map
            }
          }
        }
      }
    }
    var result = AdaINGradient<Scalar>.Style(
      mean: Array(repeating: 0, count: style.mean.count),
      standardDeviation: Array(repeating: 0, count: style.mean.count))
    for (row, sums) in rows.enumerated() {
      result.mean[row % style.mean.count] += sums.sum
      result.standardDeviation[row % style.mean.count] += sums.product
    }
    return result
  }

  private func gradientStatistics(_ statistics: StyleStatistics?) -> GradientStatistics {
    guard let statistics else { return .own }
    return .given(needsSums: true) { row in
      let content = statistics.channels[row % statistics.channels.count]
      return RowMoments(count: 1, mean: content.mean, meanLow: content.meanLow)
    }
  }

  /// A row's gradients of μs and σs, and the map that makes its content gradient.
  private func rowGradient(
    _ own: RowMoments, _ sums: RowGradient.Sums, given: ChannelMoments?, standardDeviation: Double
  ) -> (RowGradient.Sums, RowGradient) {
    let content = given ?? ChannelMoments(own)
    let spread = convention.content.standardDeviation(content)
    let inverse = spread == 0 ? 0 : 1 / spread
    let scale = strength * standardDeviation * inverse
    var map =
      given == nil
      ? RowGradient(own, sums, scale: scale, divisor: divisor(content, spread))
      : RowGradient(mean: 0, scale: scale)
    if strength != 1 { map.scale += 1 - strength }
    let style = RowGradient.Sums(sum: sums.sum * strength, product: sums.product * (strength * inverse))
    return (style, map)
  }

  /// D, by which `(x − μc) · Σ g (x − μc)` is divided: n · σc · √σ² with the estimator's n, which is n · σc² where eps
  /// is under the root.
  private func divisor(_ content: ChannelMoments, _ spread: Double) -> Double {
    let estimator = convention.content.estimator
    let count = estimator == .biased ? content.count : content.count - 1
    switch convention.content.placement {
    case .insideRoot: return count * spread * spread
    case .outsideRoot: return count * spread * content.variance(estimator).squareRoot()
    }
  }
}
