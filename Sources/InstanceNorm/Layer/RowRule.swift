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

  /// Scale and shift of the rows that stand at a place below `period`.
  @inline(__always)
  func callAsFunction(at: Int) -> (scale: Double, shift: Double) {
    if let wideWeight = unsafe wideWeight, let wideBias = unsafe wideBias {
      return unsafe (wideWeight[at], wideBias[at])
    }
    return unsafe (weight.map { unsafe Double($0[at]) } ?? 1, bias.map { unsafe Double($0[at]) } ?? 0)
  }

  /// Scales and shifts as kernels for `Float` and `Float16` know them.
  var values: (scale: RowStandardization.Values, shift: RowStandardization.Values) {
    if unsafe wideWeight != nil {
      return unsafe (
        RowStandardization.Values(wideWeight, period: period),
        RowStandardization.Values(wideBias, period: period)
      )
    }
    return unsafe (
      RowStandardization.Values(scalars: weight, period: period),
      RowStandardization.Values(scalars: bias, period: period)
    )
  }
}

/// How one call maps its rows: by which statistics, with which weight and bias, how strongly, and which it skips.
@unsafe struct RowRule<Scalar: TensorScalar> {
  let spread: Spread
  /// What is subtracted from the number of values for the variance, and eps where it is added to it or to its root.
  let lostDegrees: Double
  let epsInside: Double
  let epsOutside: Double
  let channels: Int
  let affine: RowAffine<Scalar>
  /// The layer's running statistics, where they are used.
  var runningMean: UnsafePointer<Scalar>?
  var runningVar: UnsafePointer<Scalar>?
  /// Statistics that were handed in, repeated after `givenPeriod` rows.
  var given: UnsafePointer<ChannelMoments>?
  var givenPeriod = 1
  var strength = 1.0
  /// Which channels are skipped, C of them; nil for none.
  var skipped: UnsafePointer<Bool>?

  /// Whether rows are normalized by their own statistics.
  var usesInputStatistics: Bool { unsafe runningMean == nil && given == nil }

  /// Whether a row stays bit for bit as it is.
  @inline(__always)
  func skips(_ row: Int) -> Bool {
    if unsafe strength == 0 { return true }
    guard let skipped = unsafe skipped else { return false }
    return unsafe skipped[row % channels]
  }

  /// The rule as kernels know it, where every row is mapped by its own statistics; otherwise nil.
  var standardization: RowStandardization? {
    guard Scalar.self != Double.self, unsafe usesInputStatistics, unsafe strength != 0, unsafe skipped == nil
    else { return nil }
    let (scale, shift) = unsafe affine.values
    return unsafe RowStandardization(
      lostDegrees: Int(lostDegrees), epsInside: epsInside, epsOutside: epsOutside, strength: strength,
      scale: scale, shift: shift)
  }

  /// The mean by which a row is normalized, what rounding left out of it, and the standard deviation.
  @inline(__always)
  private func statistics(
    _ row: Int, channel: Int, _ measured: RowMoments
  ) -> (mean: Double, meanLow: Double, deviation: Double) {
    if unsafe usesInputStatistics {
      let deviation = unsafe deviation(measured.sumOfSquares / (Double(measured.count) - lostDegrees))
      return (measured.mean, measured.meanLow, deviation)
    }
    if let given = unsafe given {
      let moments = unsafe given[row % givenPeriod]
      let deviation = unsafe deviation(moments.sumOfSquares / (moments.count - lostDegrees))
      return (moments.mean, moments.meanLow, deviation)
    }
    guard let runningMean = unsafe runningMean, let runningVar = unsafe runningVar else {
      return (0, 0, 0)
    }
    return unsafe (Double(runningMean[channel]), 0, deviation(Double(runningVar[channel])))
  }

  /// ``Spread/standardDeviation(variance:)``, without asking where eps stands.
  @inline(__always)
  private func deviation(_ variance: Double) -> Double {
    unsafe (variance + epsInside).squareRoot() + epsOutside
  }

  /// The map of a row; nil leaves it as it is.
  @inline(__always)
  func transform(_ row: Int, _ measured: RowMoments) -> RowTransform? {
    if unsafe skips(row) { return nil }
    let at = unsafe row % affine.period
    let (scale, shift) = unsafe affine(at: at)
    let (mean, meanLow, deviation) = unsafe statistics(row, channel: channel(row, at), measured)
    return unsafe RowTransform(
      mean: mean, meanLow: meanLow, deviation: deviation, scale: scale, shift: shift, strength: strength)
  }

  /// A row's channel, given its place among scales and shifts; a division is saved where there are C of them.
  @inline(__always)
  private func channel(_ row: Int, _ place: Int) -> Int {
    unsafe affine.period == channels ? place : row % channels
  }

  /// What the padding of a row holds where it is cleared before the shift.
  func paddedBias(_ row: Int) -> Scalar { unsafe Scalar(strength * affine(at: row % affine.period).shift) }

  /// A row's gradients of bias and weight, and the map that makes its input gradient; without sums for a skipped row.
  ///
  /// With `x̂ = (x − μ) / σ` and the output's gradient g, the gradient of the bias is `strength · Σ g`, of the weight
  /// `strength · Σ g · x̂`.
  func gradient(_ row: Int, _ moments: RowMoments, _ sums: RowGradient.Sums) -> (
    RowGradient.Sums, RowGradient
  ) {
    if unsafe skips(row) { return (RowGradient.Sums(), RowGradient(mean: 0, scale: 1)) }
    let at = unsafe row % affine.period
    let deviation = unsafe statistics(row, channel: channel(row, at), moments).deviation
    let inverse = deviation == 0 ? 0 : 1 / deviation
    let scale = unsafe strength * affine(at: at).scale * inverse
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
      let (mean, meanLow, _) = unsafe rule.statistics(
        row, channel: row % rule.channels, RowMoments())
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
    guard let swap else { return unsafe withOwnRule(usesInput: usesInput, body) }
    return unsafe withSwappedRule(swap, usesInput: usesInput, body)
  }

  /// The rule with the layer's own weight and bias.
  @inline(never)
  private func withOwnRule<Result>(usesInput: Bool, _ body: (RowRule<Scalar>) -> Result) -> Result {
    unsafe withPointer(weight) { weight in
      unsafe withPointer(bias) { bias in
        let affine = unsafe RowAffine<Scalar>(weight: weight, bias: bias, period: numFeatures)
        return unsafe withRunningStatistics(rule(affine), used: !usesInput, body)
      }
    }
  }

  /// The rule with a swap's weight, bias, statistics, strength and skipped channels.
  @inline(never)
  private func withSwappedRule<Result>(
    _ swap: AffineSwap, usesInput: Bool, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    unsafe swap.weight.withUnsafeBufferPointer { weight in
      unsafe swap.bias.withUnsafeBufferPointer { bias in
        let affine = unsafe RowAffine<Scalar>(
          wideWeight: weight.baseAddress, wideBias: bias.baseAddress, period: weight.count)
        var rule = unsafe rule(affine)
        unsafe rule.strength = swap.strength
        unsafe rule.givenPeriod = swap.statistics?.count ?? 1
        return unsafe withFlags(swap.skippedChannels) { skipped in
          unsafe rule.skipped = unsafe skipped
          return unsafe withPointer(swap.statistics) { given in
            unsafe rule.given = unsafe given
            return unsafe withRunningStatistics(rule, used: !usesInput && swap.statistics == nil, body)
          }
        }
      }
    }
  }

  private func rule(_ affine: RowAffine<Scalar>) -> RowRule<Scalar> {
    unsafe RowRule(
      spread: spread, lostDegrees: spread.estimator == .biased ? 0 : 1,
      epsInside: spread.placement == .insideRoot ? spread.eps : 0,
      epsOutside: spread.placement == .outsideRoot ? spread.eps : 0, channels: numFeatures, affine: affine)
  }

  private func withRunningStatistics<Result>(
    _ rule: RowRule<Scalar>, used: Bool, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    unsafe withPointer(used ? runningMean : nil) { mean in
      unsafe withPointer(used ? runningVar : nil) { variance in
        var rule = unsafe rule
        unsafe rule.runningMean = unsafe mean
        unsafe rule.runningVar = unsafe variance
        return unsafe body(rule)
      }
    }
  }

  /// Calls a closure with the memory of an array; nil stays nil.
  private func withPointer<Element, Result>(
    _ values: [Element]?, _ body: (UnsafePointer<Element>?) -> Result
  ) -> Result {
    guard let values else { return body(nil) }
    return unsafe values.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
  }

  /// Calls a closure with a flag for each channel that is true for those of a set; nil where there are none.
  private func withFlags<Result>(
    _ channels: Set<Int>, _ body: (UnsafePointer<Bool>?) -> Result
  ) -> Result {
    if channels.isEmpty { return body(nil) }
    return unsafe withUnsafeTemporaryAllocation(of: Bool.self, capacity: numFeatures) { flags in
      unsafe flags.initialize(repeating: false)
      for channel in channels where channel >= 0 && channel < numFeatures {
        unsafe flags[channel] = true
      }
      return unsafe body(UnsafePointer(flags.baseAddress))
    }
  }
}
