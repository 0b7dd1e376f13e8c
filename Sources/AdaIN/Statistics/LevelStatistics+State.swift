extension LevelStatistics {
  /// The integers that statistics consist of, for files: B buckets in rising order, and C channels.
  public struct State: Hashable, Sendable {
    /// The numbers of the buckets (B).
    public var buckets: [Int64]
    /// The number of frames in each bucket (B).
    public var counts: [Int64]
    /// Σ q of each channel in each bucket (B, C), with q in steps of 2⁻¹⁶ dB.
    public var sums: [Int64]
    /// The upper halves of Σ q² (B, C); Σ q² = high · 2⁶⁴ + low.
    public var squaresHigh: [Int64]
    /// The lower halves of Σ q² (B, C).
    public var squaresLow: [UInt64]

    /// Collects integers as they stand in a file; they are checked where statistics are made of them.
    public init(
      buckets: [Int64], counts: [Int64], sums: [Int64], squaresHigh: [Int64], squaresLow: [UInt64]
    ) {
      self.buckets = buckets
      self.counts = counts
      self.sums = sums
      self.squaresHigh = squaresHigh
      self.squaresLow = squaresLow
    }
  }

  /// The integers that these statistics consist of; the same statistics always give the same ones.
  public var state: State {
    let rows = buckets.sorted { $0.key < $1.key }
    let squares = rows.flatMap { $0.value.squares }
    return State(
      buckets: rows.map { Int64($0.key) }, counts: rows.map { $0.value.count },
      sums: rows.flatMap { $0.value.sums }, squaresHigh: squares.map(\.high), squaresLow: squares.map(\.low))
  }

  /// Makes statistics of integers that were kept in a file.
  ///
  /// - Parameters:
  ///   - state: The integers.
  ///   - numFeatures: The number of channels C.
  /// - Throws: ShapeError where their numbers do not fit each other, a bucket is missing its place (twice, or beyond
  ///   ±1000 dB), or no frames of levels within ±1000 dB have such sums.
  public init(_ state: State, numFeatures: Int) throws(ShapeError) {
    self.init(numFeatures: numFeatures)
    let rowCount = state.buckets.count
    guard state.counts.count == rowCount,
      [state.sums.count, state.squaresHigh.count, state.squaresLow.count].allSatisfy({
        $0 == rowCount * numFeatures
      })
    else {
      throw ShapeError(
        "expected \(rowCount) counts and \(rowCount) × \(numFeatures) sums, found \(state.counts.count) and "
          + "\(state.sums.count), \(state.squaresHigh.count), \(state.squaresLow.count)")
    }
    let limit = Int64(Self.largestLevel / Self.bucketWidth)
    var total: Int64 = 0
    for (row, bucket) in state.buckets.enumerated() {
      guard (-limit...limit).contains(bucket), buckets[Int(bucket)] == nil else {
        throw ShapeError("expected each bucket once and within ±\(limit), found \(bucket)")
      }
      let range = row * numFeatures..<(row + 1) * numFeatures
      let squares = range.map { WideSum(high: state.squaresHigh[$0], low: state.squaresLow[$0]) }
      guard
        let sums = LevelSums(count: state.counts[row], sums: Array(state.sums[range]), squares: squares),
        total + sums.count <= Int64(Self.largestFrameCount)
      else {
        throw ShapeError("expected sums that frames of levels can have, found others in bucket \(bucket)")
      }
      total += sums.count
      buckets[Int(bucket)] = sums
    }
  }
}
