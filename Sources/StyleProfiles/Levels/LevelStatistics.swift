public import AdaIN
public import Tensors

/// Exact statistics of features in decibels, sorted into buckets by the level of their frame.
///
/// Features are rounded to multiples of 2⁻¹⁶ dB and summed as integers, so the order of frames does not matter:
/// any chunking, split, merge or number of threads gives the same bits, and merged frames can be subtracted
/// again. Frames are sorted by their broadband level into buckets of 0.5 dB. Which buckets are active is
/// decided afterwards, from the distribution of levels, without a second pass.
///
/// The mean is exact to the rounding of the features (at most 2⁻¹⁷ dB each) plus one rounding of `Double`.
public struct LevelStatistics: Hashable, Sendable {
  /// The step that features are rounded to, in decibels.
  public static let resolution = 0x1p-16
  /// The width of a bucket, in decibels.
  public static let bucketWidth = 0.5
  /// The largest magnitude of a level or feature, in decibels.
  public static let largestLevel = 1000.0
  /// The largest number of frames: sums of levels then stay below 2⁶⁰ steps.
  public static let largestFrameCount = 1 << 34

  /// The number of channels C.
  public let numFeatures: Int
  /// The buckets that hold frames; bucket i holds levels from i · 0.5 dB up to (i + 1) · 0.5 dB.
  var buckets: [Int: LevelSums] = [:]

  /// Creates statistics of no frames.
  ///
  /// - Precondition: `numFeatures` is not negative.
  public init(numFeatures: Int) {
    require(numFeatures >= 0, "expected numFeatures of 0 or more, found \(numFeatures)")
    self.numFeatures = numFeatures
  }

  /// The number of frames.
  public var frameCount: Int { buckets.values.reduce(0) { $0 + Int($1.count) } }

  /// Takes in frames.
  ///
  /// - Parameters:
  ///   - features: Features of shape (1, C, L), in decibels.
  ///   - levels: The broadband level of each of the L frames, in decibels.
  /// - Throws: ShapeError where shapes differ, or a value is NaN or beyond ±1000 dB; the statistics stay unchanged.
  public mutating func accumulate<Scalar: TensorScalar>(
    _ features: Tensor3<Scalar>, levels: [Double]
  ) throws(ShapeError) {
    let shape = features.shape
    guard shape.n == 1, shape.c == numFeatures, shape.l == levels.count else {
      throw ShapeError("expected features of shape [1, \(numFeatures), \(levels.count)], found \(shape)")
    }
    let limit = Self.largestLevel
    if let level = levels.first(where: { !(abs($0) <= limit) }) {
      throw ShapeError("expected levels within ±\(limit) dB, found \(level)")
    }
    let rows = (0..<numFeatures).map { features.doubles(row: $0) }
    for row in rows {
      if let feature = row.first(where: { !(abs($0) <= limit) }) {
        throw ShapeError("expected features within ±\(limit) dB, found \(feature)")
      }
    }
    var frames: [Int: [Int]] = [:]
    for (l, level) in levels.enumerated() {
      frames[Int((level / Self.bucketWidth).rounded(.down)), default: []].append(l)
    }
    for (index, positions) in frames {
      var bucket = buckets.removeValue(forKey: index) ?? LevelSums(numFeatures: numFeatures)
      bucket.add(rows, at: positions)
      buckets[index] = bucket
    }
  }

  /// Takes in the frames of other statistics; exact and in any order.
  ///
  /// - Throws: ShapeError where the numbers of channels differ, or there are more than ``largestFrameCount`` frames in
  ///   all; the statistics then stay unchanged.
  public mutating func merge(_ other: LevelStatistics) throws(ShapeError) {
    try check(other)
    guard frameCount + other.frameCount <= Self.largestFrameCount else {
      throw ShapeError(
        "expected at most \(Self.largestFrameCount) frames, found \(frameCount) and \(other.frameCount)")
    }
    for (index, theirs) in other.buckets {
      var bucket = buckets.removeValue(forKey: index) ?? LevelSums(numFeatures: numFeatures)
      bucket += theirs
      buckets[index] = bucket
    }
  }

  /// Takes out frames that were merged before; exact.
  ///
  /// - Throws: ShapeError where the numbers of channels differ, or a bucket of `part` holds more frames than these
  ///   statistics do; the statistics then stay unchanged.
  public mutating func subtract(_ part: LevelStatistics) throws(ShapeError) {
    try check(part)
    for (index, theirs) in part.buckets where theirs.count > buckets[index]?.count ?? 0 {
      throw ShapeError(
        "expected a part of at most \(buckets[index]?.count ?? 0) frames at \(Double(index) * Self.bucketWidth) dB, "
          + "found \(theirs.count)")
    }
    for (index, theirs) in part.buckets {
      guard var bucket = buckets.removeValue(forKey: index) else { continue }
      bucket -= theirs
      buckets[index] = bucket.count == 0 ? nil : bucket
    }
  }

  private func check(_ other: LevelStatistics) throws(ShapeError) {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
  }
}

extension LevelStatistics {
  /// The level below which a share of the frames lies: the lower edge of its bucket, in decibels.
  ///
  /// - Parameters:
  ///   - share: From 0 to 1; 0.98 gives the level that 2 % of the frames exceed.
  ///   - threshold: Buckets that begin below this level in decibels are left out.
  /// - Returns: nil where no frames are left.
  /// - Precondition: The share is from 0 to 1.
  public func percentile(_ share: Double, above threshold: Double = -.infinity) -> Double? {
    require(share >= 0 && share <= 1, "expected a share from 0 to 1, found \(share)")
    return Self.percentile(share, of: levels(from: threshold))
  }

  /// The value below which a share of the frames lies; nil where there are none.
  ///
  /// - Parameter counts: Rising values with their numbers of frames.
  static func percentile<Value>(_ share: Double, of counts: [(value: Value, count: Int64)]) -> Value? {
    let total = counts.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    let rank = max(1, Int64((share * Double(total)).rounded(.up)))
    var seen: Int64 = 0
    for (value, count) in counts {
      seen += count
      if seen >= rank { return value }
    }
    return counts.last?.value
  }

  /// The level from which frames count as active, in decibels; nil where none reaches `absolute`.
  ///
  /// A frame is active above `absolute` and within `range` of the 98th percentile of the levels above `absolute`.
  /// So neither a single click nor a long silence moves the gate.
  ///
  /// - Parameters:
  ///   - absolute: The lowest threshold, in decibels.
  ///   - range: How far below the 98th percentile frames stay active, in decibels.
  public func activeThreshold(absolute: Double = -70, range: Double = 40) -> Double? {
    percentile(0.98, above: absolute).map { max(absolute, $0 - range) }
  }

  /// The noise floor: the 5th percentile of the levels of frames above −100 dB; nil without such frames.
  public var noiseFloor: Double? { noiseFloor(above: -100) }

  /// The noise floor: the 5th percentile of the levels of frames above a threshold in dB; nil without such frames.
  public func noiseFloor(above absolute: Double) -> Double? {
    percentile(Self.floorShare, above: absolute)
  }

  /// The share of the frames below the noise floor.
  static let floorShare = 0.05

  /// The number of frames in buckets that begin at or above a threshold in decibels.
  public func frameCount(above threshold: Double) -> Int {
    Int(levels(from: threshold).reduce(0) { $0 + $1.count })
  }

  /// Count, mean and spread of each channel over the frames of buckets that begin at or above a threshold, in dB.
  public func statistics(above threshold: Double = -.infinity) -> StyleStatistics {
    statistics(in: threshold...)
  }

  /// Count, mean and spread of each channel over the frames of buckets that begin within a range of decibels.
  public func statistics(in range: some RangeExpression<Double>) -> StyleStatistics {
    var total = LevelSums(numFeatures: numFeatures)
    for (index, bucket) in buckets where range.contains(Double(index) * Self.bucketWidth) { total += bucket }
    var result = StyleStatistics(numFeatures: numFeatures)
    var channel = 0
    result.update { _ in
      defer { channel += 1 }
      return total.moments(channel)
    }
    return result
  }

  /// Levels of buckets from a threshold on, in rising order, with their numbers of frames.
  private func levels(from threshold: Double) -> [(value: Double, count: Int64)] {
    buckets.map { (value: Double($0.key) * Self.bucketWidth, count: $0.value.count) }
      .filter { $0.value >= threshold }
      .sorted { $0.value < $1.value }
  }
}

/// Levels as integers in steps of 2⁻¹⁶ dB, as analysers measure them.
extension LevelStatistics {
  /// The number of steps in a bucket.
  public static let stepsPerBucket = Int(bucketWidth / resolution)

  /// The bucket of a level in steps: levels from b · 0.5 dB up to (b + 1) · 0.5 dB.
  public static func bucket(ofSteps steps: Int) -> Int {
    steps >= 0 ? steps / stepsPerBucket : (steps + 1) / stepsPerBucket - 1
  }

  /// Takes in one frame in fixed-point steps.
  ///
  /// - Parameters:
  ///   - steps: The value of each of the C channels, in steps of 2⁻¹⁶ dB.
  ///   - level: The broadband level of the frame, in the same steps.
  /// - Precondition: There are C values, and all lie within ±1000 dB.
  public mutating func add(steps: Span<Int32>, level: Int32) {
    require(steps.count == numFeatures, "expected \(numFeatures) channels, found \(steps.count)")
    buckets[Self.bucket(ofSteps: Int(level)), default: LevelSums(numFeatures: numFeatures)].add(steps)
  }

  /// The statistics as if all levels had been higher by a whole number of buckets; exact.
  ///
  /// - Precondition: The shift is at most 1000 dB in either direction.
  public func shifted(byBuckets shift: Int) -> LevelStatistics {
    require(abs(shift) * Self.stepsPerBucket <= 65_536_000, "expected a shift within ±1000 dB")
    guard shift != 0 else { return self }
    var result = LevelStatistics(numFeatures: numFeatures)
    for (bucket, sums) in buckets {
      result.buckets[bucket + shift] = sums.shifted(bySteps: Int64(shift * Self.stepsPerBucket))
    }
    return result
  }
}

extension LevelStatistics {
  /// The integers of level statistics as files hold them, for B buckets in rising order and C channels.
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

    /// Collects integers as they stand in a file, unchecked; ``LevelStatistics/init(_:numFeatures:)`` checks them.
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

  /// Creates statistics from the integers of a file.
  ///
  /// - Parameters:
  ///   - state: The integers.
  ///   - numFeatures: The number of channels C.
  /// - Throws: ShapeError where the array lengths do not agree, a bucket stands twice or lies beyond ±1000 dB, or no
  ///   frames with levels within ±1000 dB can have such sums.
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
