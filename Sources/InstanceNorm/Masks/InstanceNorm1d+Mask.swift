public import Tensors

extension InstanceNorm1d {
  /// Normalizes the valid positions of a tensor, in evaluation mode.
  ///
  /// Statistics come from valid positions only. The result there is, bit for bit, that of each sample's valid
  /// values alone. A sample without valid positions has no statistics and is only padding.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: What the result holds elsewhere.
  /// - Throws: ShapeError as without a mask, where the mask's shape is not (N, L), and under PyTorch's conventions where
  ///   a sample has one valid position and the statistics are the input's.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, mask, usesInputStatistics: !trackRunningStats)
    return unsafe Tensor3(shape: input.shape) { target in
      unsafe input.withScalars { source in
        unsafe normalizeRows(
          source, target, input.shape, mask, padding, usesInput: !trackRunningStats)
      }
    }
  }

  /// Normalizes the first `lengths[n]` positions of each sample n, in evaluation mode.
  ///
  /// - Throws: ShapeError as with a mask.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, lengths: [Int], padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try self(input, mask: PositionMask(lengths: lengths, length: input.shape.l), padding: padding)
  }

  /// Normalizes the valid positions of a tensor into an existing one of the same shape, in evaluation mode.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, mask, usesInputStatistics: !trackRunningStats)
    try check(output: output.shape, input: input.shape)
    unsafe input.withScalars { source in
      unsafe output.withMutableScalars { target in
        unsafe normalizeRows(
          source, target, input.shape, mask, padding, usesInput: !trackRunningStats)
      }
    }
  }

  /// Normalizes the valid positions of a tensor by their own statistics and moves the running ones: training mode.
  ///
  /// Samples without valid positions take no part in the running statistics.
  ///
  /// - Throws: ShapeError as for the evaluation form; the layer is then unchanged.
  public mutating func trainingStep(
    _ input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, mask, usesInputStatistics: true)
    let shape = input.shape
    var moments = [RowMoments](repeating: RowMoments(), count: trackRunningStats ? shape.rowCount : 0)
    let output = unsafe moments.withUnsafeMutableBufferPointer { moments in
      unsafe Tensor3<Scalar>(shape: shape) { target in
        unsafe input.withScalars { source in
          unsafe normalizeRows(
            source, target, shape, mask, padding, usesInput: true,
            moments: trackRunningStats ? moments.baseAddress : nil)
        }
      }
    }
    let present = mask.spans.indices.filter { !mask.spans[$0].isEmpty }
    if trackRunningStats, shape.c > 0, !present.isEmpty {
      updateRunningStats(
        present.flatMap { moments[$0 * shape.c..<($0 + 1) * shape.c] }, samples: present.count)
    }
    return output
  }

  /// Normalizes the first `lengths[n]` positions of each sample n, in training mode.
  ///
  /// - Throws: ShapeError as with a mask.
  public mutating func trainingStep(
    _ input: Tensor3<Scalar>, lengths: [Int], padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try trainingStep(input, mask: PositionMask(lengths: lengths, length: input.shape.l), padding: padding)
  }

  func check(
    _ shape: TensorShape, _ mask: PositionMask, usesInputStatistics: Bool
  ) throws(ShapeError) {
    // One position is judged by what is valid, below.
    try check(shape, usesInputStatistics: false)
    guard mask.spans.count == shape.n, mask.length == shape.l else {
      throw ShapeError(
        "expected a mask of size [\(shape.n), \(shape.l)], found [\(mask.spans.count), \(mask.length)]")
    }
    if usesInputStatistics, conventions == .pytorch, let sample = mask.validCounts.firstIndex(of: 1) {
      throw ShapeError(
        "Expected more than 1 spatial element when training, got 1 valid position in sample \(sample) "
          + "of input size \(shape)")
    }
    let minimum = spread.estimator.minimumCount
    if usesInputStatistics, let sample = mask.validCounts.firstIndex(where: { $0 > 0 && $0 < minimum }) {
      throw ShapeError(
        "expected at least \(minimum) valid positions for the \(spread.estimator.rawValue) estimator, "
          + "found \(mask.validCounts[sample]) in sample \(sample)")
    }
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  func normalizeRows(
    _ source: UnsafeBufferPointer<Scalar>, _ target: UnsafeMutableBufferPointer<Scalar>,
    _ shape: TensorShape, _ mask: PositionMask, _ padding: PaddingRule, swap: AffineSwap? = nil,
    usesInput: Bool,
    moments: UnsafeMutablePointer<RowMoments>? = nil, activates: Bool = true
  ) {
    guard shape.count > 0, let from = source.baseAddress, let to = target.baseAddress else { return }
    unsafe withFinish(activates ? activation : nil, nil, shape.l) { finish in
      unsafe withRule(swap, usesInput: usesInput) { rule in
        let pass = unsafe MaskedPass(
          source: from, target: to, shape: shape, mask: mask, padding: padding, rule: rule, moments: moments,
          finish: finish)
        unsafe pass.run(on: device)
      }
    }
  }
}
