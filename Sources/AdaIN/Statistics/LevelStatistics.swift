public import Tensors

/// Exact statistics of features in decibels, sorted into buckets by the level of their frame.
///
/// Features are rounded to multiples of 2⁻¹⁶ dB and summed as integers, so the order of frames does not matter:
/// any chunking, split, merge or number of threads gives the same bits, and what was merged can be subtracted
/// again. Frames are sorted by their broadband level into buckets of 0.5 dB; which of them count as active is
/// decided afterwards, from the distribution of levels, without a second pass.
///
/// The mean is exact to the rounding of the features (at most 2⁻¹⁷ dB each) plus one rounding of `Double`.
public struct LevelStatistics: Hashable, Sendable {
  /// What features are rounded to, in decibels.
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
  /// - Throws: ShapeError where numbers differ, or a value is NaN or beyond ±1000 dB; nothing is then taken in.
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
  ///   all; nothing is then changed.
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
  /// - Throws: ShapeError where the numbers of channels differ, or a bucket would hold fewer than no frames;
  ///   nothing is then changed.
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
