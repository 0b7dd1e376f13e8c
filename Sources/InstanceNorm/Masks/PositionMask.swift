public import Tensors

/// Which positions of each sample are valid, shape (N, L); the same for all channels.
///
/// Batches of sequences that differ in length are padded to one length: the mask says what is sequence and what is
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

  /// The runs of true.
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

/// What a masked operation writes at positions that are not valid.
public enum PaddingRule: String, Hashable, Sendable, Codable, CaseIterable {
  /// The input's values, bit for bit.
  case keep
  /// Zeros.
  case zero
}
