import Tensors

/// The weight and bias of each row, in the layer's scalar type or in `Double`, repeated after `period` rows.
@unsafe struct RowAffine<Scalar: TensorScalar> {
  /// Values of the layer; nil stands for 1 and 0.
  var weight: UnsafePointer<Scalar>?
  var bias: UnsafePointer<Scalar>?
  /// Values that were swapped in, both or neither.
  var wideWeight: UnsafePointer<Double>?
  var wideBias: UnsafePointer<Double>?
  let period: Int

  /// Scale and shift of a row.
  @inline(__always)
  func callAsFunction(_ row: Int) -> (scale: Double, shift: Double) {
    let at = unsafe row % period
    if let wideWeight = unsafe wideWeight, let wideBias = unsafe wideBias {
      return unsafe (wideWeight[at], wideBias[at])
    }
    return unsafe (weight.map { unsafe Double($0[at]) } ?? 1, bias.map { unsafe Double($0[at]) } ?? 0)
  }

  /// Scales and shifts as kernels for `Float` know them.
  var values: (scale: RowStandardization.Values, shift: RowStandardization.Values) {
    if unsafe wideWeight != nil {
      return unsafe (
        RowStandardization.Values(wideWeight, period: period),
        RowStandardization.Values(wideBias, period: period)
      )
    }
    return unsafe (
      RowStandardization.Values(
        UnsafeRawPointer(weight)?.assumingMemoryBound(to: Float.self), period: period),
      RowStandardization.Values(UnsafeRawPointer(bias)?.assumingMemoryBound(to: Float.self), period: period)
    )
  }
}

/// How one call maps its rows: by which statistics, with which weight and bias, how strongly, and which it skips.
@unsafe struct RowRule<Scalar: TensorScalar> {
  let spread: Spread
  let channels: Int
  let affine: RowAffine<Scalar>
  /// The layer's running statistics, where they are used.
  var runningMean: UnsafePointer<Scalar>?
  var runningVar: UnsafePointer<Scalar>?
  /// Statistics that were handed in, repeated after `givenPeriod` rows.
  var given: UnsafePointer<ChannelMoments>?
  var givenPeriod = 1
  var strength = 1.0
  var skippedChannels: Set<Int> = []

  /// Whether rows are normalized by their own statistics.
  var usesInputStatistics: Bool { unsafe runningMean == nil && given == nil }

  /// Whether a row stays bit for bit as it is.
  @inline(__always)
  func skips(_ row: Int) -> Bool {
    if unsafe strength == 0 { return true }
    return unsafe !skippedChannels.isEmpty && skippedChannels.contains(row % channels)
  }

  /// The rule as kernels know it, where every row is mapped by its own statistics; otherwise nil.
  var standardization: RowStandardization? {
    guard Scalar.self == Float.self, unsafe usesInputStatistics, unsafe strength != 0,
      unsafe skippedChannels.isEmpty
    else { return nil }
    let (scale, shift) = unsafe affine.values
    return unsafe RowStandardization(
      lostDegrees: spread.estimator == .biased ? 0 : 1,
      epsInside: spread.placement == .insideRoot ? spread.eps : 0,
      epsOutside: spread.placement == .outsideRoot ? spread.eps : 0, strength: strength, scale: scale,
      shift: shift)
  }

  /// The mean by which a row is normalized, what rounding left out of it, and the standard deviation.
  @inline(__always)
  private func statistics(
    _ row: Int, _ measured: RowMoments
  ) -> (mean: Double, meanLow: Double, deviation: Double) {
    if let given = unsafe given {
      let moments = unsafe given[row % givenPeriod]
      return unsafe (moments.mean, moments.meanLow, spread.standardDeviation(moments))
    }
    if let runningMean = unsafe runningMean, let runningVar = unsafe runningVar {
      let channel = unsafe row % channels
      let variance = unsafe Double(runningVar[channel])
      return unsafe (Double(runningMean[channel]), 0, spread.standardDeviation(variance: variance))
    }
    return unsafe (
      measured.mean, measured.meanLow,
      spread.standardDeviation(variance: measured.variance(spread.estimator))
    )
  }

  /// The map of a row; nil leaves it as it is.
  @inline(__always)
  func transform(_ row: Int, _ measured: RowMoments) -> RowTransform? {
    if unsafe skips(row) { return nil }
    let (scale, shift) = unsafe affine(row)
    let (mean, meanLow, deviation) = unsafe statistics(row, measured)
    return unsafe RowTransform(
      mean: mean, meanLow: meanLow, deviation: deviation, scale: scale, shift: shift, strength: strength)
  }

  /// What the padding of a row holds where it is cleared before the shift.
  func paddedBias(_ row: Int) -> Scalar { unsafe Scalar(strength * affine(row).shift) }

  /// A row's gradients of bias and weight, and the map that makes its input gradient; without sums for a skipped row.
  ///
  /// With `x̂ = (x − μ) / σ` and the output's gradient g, the gradient of the bias is `strength · Σ g`, of the weight
  /// `strength · Σ g · x̂`.
  func gradient(_ row: Int, _ moments: RowMoments, _ sums: RowGradient.Sums) -> (
    RowGradient.Sums, RowGradient
  ) {
    if unsafe skips(row) { return (RowGradient.Sums(), RowGradient(mean: 0, scale: 1)) }
    let deviation = unsafe statistics(row, moments).deviation
    let inverse = deviation == 0 ? 0 : 1 / deviation
    let scale = unsafe strength * affine(row).scale * inverse
    var map =
      unsafe usesInputStatistics
      ? RowGradient(moments, sums, scale: scale, divisor: divisor(moments, deviation))
      : RowGradient(mean: 0, scale: scale)
    if unsafe strength != 1 { unsafe map.scale += 1 - strength }
    let parameters = unsafe RowGradient.Sums(
      sum: sums.sum * strength, product: sums.product * (strength * inverse))
    return (parameters, map)
  }

  /// D, by which `(x − μ) · Σ g (x − μ)` is divided: n · σ · √σ² with the estimator's n, which is n · σ² where eps is
  /// under the root.
  private func divisor(_ moments: RowMoments, _ deviation: Double) -> Double {
    let estimator = unsafe spread.estimator
    let count = Double(moments.count) - (estimator == .biased ? 0 : 1)
    switch unsafe spread.placement {
    case .insideRoot: return count * deviation * deviation
    case .outsideRoot: return count * deviation * moments.variance(estimator).squareRoot()
    }
  }

  /// Where gradients take the rows' statistics from.
  ///
  /// - Parameter needsSums: Whether the gradients of weight and bias are wanted.
  func gradientStatistics(needsSums: Bool) -> GradientStatistics {
    if unsafe usesInputStatistics { return .own }
    // SAFETY: the pointers outlive the pass, and are only read.
    nonisolated(unsafe) let rule = unsafe self
    return .given(needsSums: needsSums) { row in
      let (mean, meanLow, _) = unsafe rule.statistics(row, RowMoments())
      return RowMoments(count: 1, mean: mean, meanLow: meanLow)
    }
  }
}

extension InstanceNorm1d {
  /// Calls a closure with the rule of one call.
  ///
  /// - Parameters:
  ///   - swap: Weight, bias and statistics in place of the layer's own, if any.
  ///   - usesInput: Whether rows are normalized by their own statistics where none are handed in.
  @inline(__always)
  func withRule<Result>(
    _ swap: AffineSwap?, usesInput: Bool, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    if let swap {
      return unsafe swap.weight.withUnsafeBufferPointer { weight in
        unsafe swap.bias.withUnsafeBufferPointer { bias in
          let affine = unsafe RowAffine<Scalar>(
            wideWeight: weight.baseAddress, wideBias: bias.baseAddress, period: weight.count)
          guard let statistics = swap.statistics else {
            return unsafe withRule(affine, usesInput: usesInput, swap, nil, body)
          }
          return unsafe statistics.withUnsafeBufferPointer {
            unsafe withRule(affine, usesInput: true, swap, $0, body)
          }
        }
      }
    }
    return unsafe withPointer(weight) { weight in
      unsafe withPointer(bias) { bias in
        let affine = unsafe RowAffine<Scalar>(weight: weight, bias: bias, period: numFeatures)
        return unsafe withRule(affine, usesInput: usesInput, nil, nil, body)
      }
    }
  }

  @inline(__always)
  private func withRule<Result>(
    _ affine: RowAffine<Scalar>, usesInput: Bool, _ swap: AffineSwap?,
    _ given: UnsafeBufferPointer<ChannelMoments>?, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    unsafe withPointer(usesInput ? nil : runningMean) { mean in
      unsafe withPointer(usesInput ? nil : runningVar) { variance in
        unsafe body(
          RowRule(
            spread: spread, channels: numFeatures, affine: affine, runningMean: mean, runningVar: variance,
            given: given?.baseAddress, givenPeriod: given?.count ?? 1, strength: swap?.strength ?? 1,
            skippedChannels: swap?.skippedChannels ?? []))
      }
    }
  }

  @inline(__always)
  private func withPointer<Result>(
    _ values: [Scalar]?, _ body: (UnsafePointer<Scalar>?) -> Result
  ) -> Result {
    guard let values else { return body(nil) }
    return unsafe values.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }
}
