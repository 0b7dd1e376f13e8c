public import Tensors

extension InstanceNorm1d {
  /// Normalizes a tensor of shape (N, C, L) by its own statistics and moves the running statistics: training mode.
  ///
  /// `r ← (1 − m) · r + m · t` for the running mean and variance r of each channel, with the momentum m. Under
  /// PyTorch's conventions, t is the mean over samples of each sample's mean and unbiased variance. Under Lucid's, t is
  /// the mean and biased variance over all samples and positions. Without a momentum, m is 1 / ``numBatchesTracked``
  /// with this step counted, which makes r the average over all batches. Where N = 0 or L = 0 the running statistics
  /// stay as they are.
  ///
  /// - Throws: ShapeError where C is not ``numFeatures``, and where L is 1 under PyTorch's conventions or for the
  ///   unbiased estimator. The layer is then unchanged.
  public mutating func trainingStep(_ input: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, usesInputStatistics: true)
    return step(input, nil)
  }

  /// Normalizes a matrix of shape (C, L) as a batch of one, in training mode.
  ///
  /// - Throws: ShapeError as for three-dimensional input, and always under Lucid's conventions.
  public mutating func trainingStep(_ input: Tensor2<Scalar>) throws(ShapeError) -> Tensor2<Scalar> {
    try checkUnbatched(input.channels, input.length)
    return try Tensor2(trainingStep(input.batched))
  }

  /// Normalizes valid positions by their own statistics and moves the running statistics: training mode.
  ///
  /// Samples without valid positions take no part in the running statistics.
  ///
  /// - Throws: ShapeError as for the evaluation form; the layer is then unchanged.
  public mutating func trainingStep(
    _ input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, mask, usesInputStatistics: true)
    return step(input, Masking(positions: mask, padding: padding))
  }

  /// Normalizes the first `lengths[n]` positions of each sample n, in training mode.
  ///
  /// - Throws: ShapeError as with a mask.
  public mutating func trainingStep(
    _ input: Tensor3<Scalar>, lengths: [Int], padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try trainingStep(input, mask: PositionMask(lengths: lengths, length: input.shape.l), padding: padding)
  }

  /// Normalizes by the input's statistics and moves the running statistics.
  ///
  /// Samples without valid positions take no part in the running statistics.
  private mutating func step(_ input: Tensor3<Scalar>, _ masking: Masking?) -> Tensor3<Scalar> {
    let shape = input.shape
    var moments = [RowMoments](repeating: RowMoments(), count: trackRunningStats ? shape.rowCount : 0)
    let output = unsafe moments.withUnsafeMutableBufferPointer { moments in
      unsafe normalized(
        input, masking: masking, usesInput: true, moments: trackRunningStats ? moments.baseAddress : nil)
    }
    guard trackRunningStats, shape.count > 0 else { return output }
    guard let spans = masking?.positions.spans else {
      updateRunningStats(moments, samples: shape.n)
      return output
    }
    let present = spans.indices.filter { !spans[$0].isEmpty }
    if !present.isEmpty {
      updateRunningStats(
        present.flatMap { moments[$0 * shape.c..<($0 + 1) * shape.c] }, samples: present.count)
    }
    return output
  }

  /// Moves the running statistics towards those of a batch, given the moments of its rows.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  mutating func updateRunningStats(_ moments: [RowMoments], samples: Int) {
    guard var runningMean, var runningVar, let numBatchesTracked else { return }
    let share = momentum ?? 1 / Double(numBatchesTracked + 1)
    for channel in 0..<numFeatures {
      let target = batchStatistics(moments, channel, samples: samples)
      runningMean[channel] = Scalar((1 - share) * Double(runningMean[channel]) + share * target.mean)
      runningVar[channel] = Scalar((1 - share) * Double(runningVar[channel]) + share * target.variance)
    }
    self.runningMean = runningMean
    self.runningVar = runningVar
    self.numBatchesTracked = numBatchesTracked + 1
  }

  /// The mean and variance of one channel in a batch, by the layer's conventions.
  private func batchStatistics(
    _ moments: [RowMoments], _ channel: Int, samples: Int
  ) -> (mean: Double, variance: Double) {
    let rows = stride(from: channel, to: channel + samples * numFeatures, by: numFeatures)
    switch conventions {
    case .pytorch:
      var (mean, variance) = (0.0, 0.0)
      for row in rows {
        mean += moments[row].mean
        variance += moments[row].unbiasedVariance
      }
      return (mean / Double(samples), variance / Double(samples))
    case .lucid:
      let pooled = rows.reduce(RowMoments()) { $0.merged(with: moments[$1]) }
      return (pooled.mean, pooled.variance)
    }
  }
}
