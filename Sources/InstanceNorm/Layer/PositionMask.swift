public import Tensors

/// Which positions of each sample are valid, shape (N, L); the same for all channels.
///
/// Sequences that differ in length are padded to one length to form a batch. The mask tells the sequence from the
/// padding. Valid positions need not be next to each other.
public struct PositionMask: Hashable, Sendable {
  /// The length L that the mask belongs to.
  public let length: Int

  /// The valid positions of each sample as ascending ranges that neither touch nor overlap.
  public let spans: [[Range<Int>]]

  /// Marks the first `lengths[n]` positions of sample n as valid.
  ///
  /// - Throws: ShapeError where a length is negative or larger than `length`.
  public init(lengths: [Int], length: Int) throws(ShapeError) {
    for (n, valid) in lengths.enumerated() where valid < 0 || valid > length {
      throw ShapeError("expected lengths from 0 to \(length), found \(valid) for sample \(n)")
    }
    self.length = length
    spans = lengths.map { $0 == 0 ? [] : [0..<$0] }
  }

  /// Marks the positions that are true, given as `[sample][position]`.
  ///
  /// - Throws: ShapeError where samples differ in length.
  public init(_ nested: [[Bool]]) throws(ShapeError) {
    length = nested.first?.count ?? 0
    for (n, sample) in nested.enumerated() where sample.count != length {
      throw ShapeError("expected a mask of length \(length) for sample \(n), found \(sample.count)")
    }
    spans = nested.map { Self.runs($0) }
  }

  /// The number of valid positions of each sample.
  public var validCounts: [Int] { spans.map { $0.reduce(0) { $0 + $1.count } } }

  /// The ranges of consecutive true elements.
  private static func runs(_ sample: [Bool]) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    var start: Int?
    for (position, isValid) in (sample + [false]).enumerated() {
      if isValid, start == nil { start = position }
      if !isValid, let from = start {
        runs.append(from..<position)
        start = nil
      }
    }
    return runs
  }
}

/// The values that a masked operation writes at positions that are not valid.
public enum PaddingRule: String, Hashable, Sendable, Codable, CaseIterable {
  /// The input's values, bit for bit.
  case keep
  /// Zeros: the result is set to 0 after the shift.
  case zero
  /// The row's bias: the normalized value is set to 0 before the shift.
  ///
  /// At strength α the padding is α · bias. Rows that a call skips keep the input's values.
  case bias
}

/// The valid positions of a call, and the rule for the other ones.
struct Masking {
  let positions: PositionMask
  let padding: PaddingRule
}

extension PositionMask {
  /// Calls a closure once with all valid values of a row.
  ///
  /// Several spans are gathered in a buffer, so that sums have the bits that the valid values alone give.
  @inline(__always)
  static func withValid<Scalar: TensorScalar, Result>(
    of row: UnsafeBufferPointer<Scalar>, _ spans: [Range<Int>],
    _ body: (UnsafeBufferPointer<Scalar>) -> Result
  ) -> Result {
    if spans.count <= 1 { return unsafe body(UnsafeBufferPointer(rebasing: row[spans.first ?? 0..<0])) }
    let gathered = spans.reduce(into: [Scalar]()) { unsafe $0.append(contentsOf: row[$1]) }
    return unsafe gathered.withUnsafeBufferPointer { unsafe body($0) }
  }

  /// Calls a closure, in order, with each range of positions below `length` that is in no span; none is empty.
  @inline(__always)
  static func forEachPadding(_ spans: [Range<Int>], length: Int, _ body: (Range<Int>) -> Void) {
    var end = 0
    for span in spans {
      if end < span.lowerBound { body(end..<span.lowerBound) }
      end = span.upperBound
    }
    if end < length { body(end..<length) }
  }
}

/// Calls in which only some positions are valid.
extension InstanceNorm1d {
  /// Normalizes the valid positions of a tensor, in evaluation mode.
  ///
  /// Statistics come from valid positions only. Results at valid positions have the bits that each sample's valid
  /// values alone would give. A sample without valid positions has no statistics and is only padding.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: The rule for positions that are not valid.
  /// - Throws: ShapeError where C is not ``numFeatures``, and where the mask's shape is not (N, L). Where the
  ///   statistics are the input's, a sample with one valid position is an error under PyTorch's conventions and for the
  ///   unbiased estimator.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, mask, usesInputStatistics: !trackRunningStats)
    return unsafe normalized(
      input, masking: Masking(positions: mask, padding: padding), usesInput: !trackRunningStats)
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
    normalize(input, into: &output, masking: Masking(positions: mask, padding: padding))
  }
}

/// Calls with a mask, and with a weight and bias in place of the layer's own.
extension InstanceNorm1d {
  /// Normalizes the valid positions of a tensor with swapped-in values, in evaluation mode.
  ///
  /// Statistics come from valid positions only. Results at valid positions have the bits that each sample's valid
  /// values alone would give.
  ///
  /// - Parameters:
  ///   - input: The tensor, shape (N, C, L).
  ///   - swap: The values that the call uses in place of the layer's own.
  ///   - mask: The valid positions, shape (N, L).
  ///   - padding: The rule for positions that are not valid.
  /// - Throws: ShapeError as without a mask, where the mask's shape is not (N, L), and where a sample has too few
  ///   valid positions for statistics of its own.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep
  ) throws(ShapeError) -> Tensor3<Scalar> {
    try check(input.shape, swap, mask)
    return unsafe normalized(
      input, swap: swap, masking: Masking(positions: mask, padding: padding), usesInput: !trackRunningStats)
  }

  /// Normalizes the valid positions of a tensor with swapped-in values into an existing one of the same shape.
  ///
  /// - Throws: ShapeError as for the allocating form, and where the shapes differ; `output` is then unchanged.
  public func callAsFunction(
    _ input: Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask, padding: PaddingRule = .keep,
    into output: inout Tensor3<Scalar>
  ) throws(ShapeError) {
    try check(input.shape, swap, mask)
    try check(output: output.shape, input: input.shape)
    normalize(input, into: &output, swap: swap, masking: Masking(positions: mask, padding: padding))
  }

  /// Normalizes the valid positions of a tensor in place with swapped-in values.
  ///
  /// - Throws: ShapeError as for the allocating form; `tensor` is then unchanged.
  public func callAsFunction(
    inPlace tensor: inout Tensor3<Scalar>, swapping swap: AffineSwap, mask: PositionMask,
    padding: PaddingRule = .keep
  ) throws(ShapeError) {
    try check(tensor.shape, swap, mask)
    normalize(inPlace: &tensor, swap: swap, masking: Masking(positions: mask, padding: padding))
  }
}
