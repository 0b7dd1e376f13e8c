import Tensors

/// The mean and variance by which rows are normalized.
@unsafe enum RowStatistics<Scalar: TensorScalar> {
  /// Each row's own statistics; gradients flow through them.
  case own
  /// A layer's running statistics of each channel.
  case running(mean: UnsafePointer<Scalar>, variance: UnsafePointer<Scalar>)
  /// A swap's statistics, repeated after `period` rows.
  case given(UnsafePointer<ChannelMoments>, period: Int)
}

/// The weight and bias of each row.
@unsafe enum RowAffine<Scalar: TensorScalar> {
  /// The layer's weight and bias of each channel; nil stands for 1 and 0.
  case layer(weight: UnsafePointer<Scalar>?, bias: UnsafePointer<Scalar>?)
  /// A swap's weight and bias, repeated after ``RowRule/period`` rows.
  case swapped(weight: UnsafePointer<Double>, bias: UnsafePointer<Double>)
}

/// The steps after the transform of a tensor's rows, while they are in the cache: activation and residual.
@unsafe struct TensorFinish<Scalar: TensorScalar> {
  /// The activation of each channel.
  let activations: UnsafePointer<RowActivation>
  /// The tensor to add last, of the same shape; nil for none.
  let residual: UnsafePointer<Scalar>?
  let length: Int
  let channels: Int

  /// The steps for a row from a position on.
  func row(_ row: Int, from position: Int) -> RowFinish<Scalar> {
    unsafe RowFinish(
      activation: activations + row % channels,
      residual: residual.map { unsafe $0 + row * length + position })
  }
}

/// How one call maps its rows, as data: statistics, weight and bias, strength, skipped channels and the final steps.
///
/// `y = f(strength · ((x − μ) / (√(σ² + epsInside) + epsOutside) · scale + shift) + (1 − strength) · x) + residual`
///
/// The rule makes a row's ``RowMap`` from the row's moments. A backend may apply the rule to several rows at once.
@unsafe struct RowRule<Scalar: TensorScalar> {
  var statistics: RowStatistics<Scalar> = unsafe .own
  let affine: RowAffine<Scalar>
  /// The number of rows after which weight and bias repeat.
  let period: Int
  let channels: Int
  /// The lost degrees of freedom k of the variance Σ (x − μ)² / (n − k): 0 for the biased one, 1 for the unbiased one.
  let lostDegrees: Double
  /// Eps as added to the variance and as added to its root; at least one of the two is 0.
  let epsInside: Double
  let epsOutside: Double
  var strength = 1.0
  /// Whether each of the C channels is skipped; nil where none is.
  var skipped: UnsafePointer<Bool>?
  /// The steps after the transform; nil for none.
  var finish: TensorFinish<Scalar>?

  /// Whether rows are normalized by their own statistics.
  @inline(__always)
  var usesInputStatistics: Bool {
    if case .own = unsafe statistics { return true }
    return false
  }

  /// Whether every row is transformed by its own statistics, and nothing follows.
  var isPlain: Bool {
    unsafe usesInputStatistics && strength != 0 && skipped == nil && finish == nil
  }

  /// Whether a row stays bit for bit as it is.
  @inline(__always)
  func skips(_ row: Int) -> Bool {
    if unsafe strength == 0 { return true }
    guard let skipped = unsafe skipped else { return false }
    return unsafe skipped[row % channels]
  }

  /// Scale and shift of a row, given its place below `period`.
  @inline(__always)
  private func scaleAndShift(at place: Int) -> (scale: Double, shift: Double) {
    switch unsafe affine {
    case .layer(let weight, let bias):
      unsafe (weight.map { unsafe Double($0[place]) } ?? 1, bias.map { unsafe Double($0[place]) } ?? 0)
    case .swapped(let weight, let bias): unsafe (weight[place], bias[place])
    }
  }

  /// The mean by which a row is normalized, the mean's low part, √(σ² + epsInside), and the standard deviation.
  @inline(__always)
  private func normalizer(
    _ row: Int, at place: Int, _ measured: RowMoments
  ) -> (mean: Double, meanLow: Double, root: Double, deviation: Double) {
    let (mean, meanLow, variance): (Double, Double, Double)
    switch unsafe statistics {
    case .own:
      variance = unsafe measured.sumOfSquares / (Double(measured.count) - lostDegrees)
      (mean, meanLow) = (measured.mean, measured.meanLow)
    case .given(let given, let period):
      let moments = unsafe given[row % period]
      variance = unsafe moments.sumOfSquares / (moments.count - lostDegrees)
      (mean, meanLow) = (moments.mean, moments.meanLow)
    case .running(let runningMean, let runningVar):
      // Where weight and bias repeat after C rows, `place` is the channel, which saves a division.
      let channel = unsafe period == channels ? place : row % channels
      variance = unsafe Double(runningVar[channel])
      (mean, meanLow) = unsafe (Double(runningMean[channel]), 0)
    }
    let root = unsafe (variance + epsInside).squareRoot()
    return unsafe (mean, meanLow, root, root + epsOutside)
  }

  /// The map of a row from a position on, given its moments where rows are normalized by them.
  @inline(__always)
  func map(_ row: Int, _ measured: RowMoments, from position: Int) -> RowMap<Scalar> {
    let transform = unsafe transform(row, measured)
    if let finish = unsafe finish { return unsafe .activated(transform, finish.row(row, from: position)) }
    guard let transform else { return unsafe .unchanged }
    return unsafe .affine(transform)
  }

  /// The transform of a row; nil where it is skipped.
  @inline(__always)
  private func transform(_ row: Int, _ measured: RowMoments) -> RowTransform? {
    if unsafe skips(row) { return nil }
    let place = unsafe row % period
    let (scale, shift) = unsafe scaleAndShift(at: place)
    let (mean, meanLow, _, deviation) = unsafe normalizer(row, at: place, measured)
    return unsafe RowTransform(
      mean: mean, meanLow: meanLow, deviation: deviation, scale: scale, shift: shift, strength: strength)
  }

  /// The value of a row's padding under ``PaddingRule/bias``: strength · shift.
  func paddedBias(_ row: Int) -> Scalar {
    unsafe Scalar(strength * scaleAndShift(at: row % period).shift)
  }

  /// The mean about which Σ g · (x − mean) is summed, for rows whose statistics are not their own.
  func centre(_ row: Int) -> RowMoments {
    let (mean, meanLow, _, _) = unsafe normalizer(row, at: row % period, RowMoments(count: 1))
    return RowMoments(count: 1, mean: mean, meanLow: meanLow)
  }

  /// A row's gradients of bias and weight, and the map that gives its input gradient.
  ///
  /// With `x̂ = (x − μ) / σ`, where σ includes eps, and the output's gradient g, the gradient of the bias is
  /// `strength · Σ g`, and that of the weight `strength · Σ g · x̂`. The input gradient has the term
  /// `(x − μ) · Σ g (x − μ) / D`. D is n · σ · √(variance + epsInside) with the estimator's n, which is n · σ² where
  /// eps is under the root. A skipped row has parameter gradients of 0, and g as its input gradient.
  func gradient(_ row: Int, _ moments: RowMoments, _ sums: RowGradient.Sums) -> (
    parameters: RowGradient.Sums, map: RowGradient
  ) {
    if unsafe skips(row) { return (RowGradient.Sums(), RowGradient(mean: 0, scale: 1)) }
    let place = unsafe row % period
    let (_, _, root, deviation) = unsafe normalizer(row, at: place, moments)
    let inverse = deviation == 0 ? 0 : 1 / deviation
    let scale = unsafe strength * scaleAndShift(at: place).scale * inverse
    var map =
      unsafe usesInputStatistics
      ? RowGradient(
        moments, sums, scale: scale, divisor: (Double(moments.count) - lostDegrees) * deviation * root)
      : RowGradient(mean: 0, scale: scale)
    if unsafe strength != 1 { unsafe map.scale += 1 - strength }
    let parameters = unsafe RowGradient.Sums(
      sum: sums.sum * strength, product: sums.product * (strength * inverse))
    return (parameters, map)
  }
}

extension InstanceNorm1d {
  /// Calls a closure with the rule of one call.
  ///
  /// - Parameters:
  ///   - swap: Weight, bias and statistics in place of the layer's own, if any.
  ///   - usesInput: Whether rows are normalized by their own statistics where the swap has none.
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
        let rule = unsafe rule(.layer(weight: weight, bias: bias), period: numFeatures)
        return unsafe withRunningStatistics(rule, used: !usesInput, body)
      }
    }
  }

  /// The rule with a swap's weight, bias, statistics, strength and skipped channels.
  @inline(never)
  private func withSwappedRule<Result>(
    _ swap: AffineSwap, usesInput: Bool, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    unsafe withPointer(swap.weight) { weight in
      unsafe withPointer(swap.bias) { bias in
        guard let weight = unsafe weight, let bias = unsafe bias else {
          stop("expected a weight and bias for every row, found none")
        }
        var rule = unsafe rule(.swapped(weight: weight, bias: bias), period: swap.weight.count)
        unsafe rule.strength = swap.strength
        return unsafe withFlags(swap.skippedChannels) { skipped in
          unsafe rule.skipped = unsafe skipped
          return unsafe withPointer(swap.statistics) { given in
            guard let given = unsafe given else {
              return unsafe withRunningStatistics(rule, used: !usesInput, body)
            }
            unsafe rule.statistics = unsafe .given(given, period: swap.statistics?.count ?? 1)
            return unsafe body(rule)
          }
        }
      }
    }
  }

  private func rule(_ affine: RowAffine<Scalar>, period: Int) -> RowRule<Scalar> {
    unsafe RowRule(
      affine: affine, period: period, channels: numFeatures,
      lostDegrees: spread.estimator == .biased ? 0 : 1,
      epsInside: spread.placement == .insideRoot ? spread.eps : 0,
      epsOutside: spread.placement == .outsideRoot ? spread.eps : 0)
  }

  private func withRunningStatistics<Result>(
    _ rule: RowRule<Scalar>, used: Bool, _ body: (RowRule<Scalar>) -> Result
  ) -> Result {
    unsafe withPointer(used ? runningMean : nil) { mean in
      unsafe withPointer(used ? runningVar : nil) { variance in
        var rule = unsafe rule
        if let mean = unsafe mean, let variance = unsafe variance {
          unsafe rule.statistics = unsafe .running(mean: mean, variance: variance)
        }
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

  /// Calls a closure with a flag for each channel, true for the channels of a set; nil where the set is empty.
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

  /// Calls a closure with the steps after the transform of rows; nil for none.
  func withFinish(
    _ activation: Activation?, _ residual: UnsafePointer<Scalar>?, _ length: Int,
    _ body: (TensorFinish<Scalar>?) -> Void
  ) {
    if activation == nil, unsafe residual == nil { return body(nil) }
    unsafe withUnsafeTemporaryAllocation(of: RowActivation.self, capacity: numFeatures) { activations in
      for c in 0..<numFeatures {
        unsafe activations.initializeElement(at: c, to: RowActivation(activation, channel: c))
      }
      guard let first = activations.baseAddress else { return }
      unsafe body(
        TensorFinish(
          activations: UnsafePointer(first), residual: residual, length: length, channels: numFeatures))
    }
  }
}
