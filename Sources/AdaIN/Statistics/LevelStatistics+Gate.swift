import Tensors

extension LevelStatistics {
  /// The level below which a share of the frames lies, to the width of a bucket: the bucket's lower edge, in decibels.
  ///
  /// - Parameters:
  ///   - share: From 0 to 1; 0.98 gives the level that 2 % of the frames exceed.
  ///   - threshold: Frames of buckets that begin below are left out.
  /// - Returns: nil where no frames are left.
  /// - Precondition: The share is from 0 to 1.
  public func percentile(_ share: Double, above threshold: Double = -.infinity) -> Double? {
    require(share >= 0 && share <= 1, "expected a share from 0 to 1, found \(share)")
    let counted = levels(from: threshold)
    let total = counted.reduce(0) { $0 + $1.count }
    guard total > 0 else { return nil }
    let rank = max(1, Int64((share * Double(total)).rounded(.up)))
    var seen: Int64 = 0
    for (level, count) in counted {
      seen += count
      if seen >= rank { return level }
    }
    return counted.last?.level
  }

  /// The level from which frames count as active, in decibels; nil where none reaches `absolute`.
  ///
  /// A frame is active above `absolute` and within `range` of the 98th percentile of the levels above `absolute`, so
  /// that neither a single click nor a long silence moves the gate.
  ///
  /// - Parameters:
  ///   - absolute: The lowest threshold, in decibels.
  ///   - range: How far below the 98th percentile frames stay active, in decibels.
  public func activeThreshold(absolute: Double = -70, range: Double = 40) -> Double? {
    percentile(0.98, above: absolute).map { max(absolute, $0 - range) }
  }

  /// The noise floor: the 5th percentile of the levels of frames above −100 dB; nil without such frames.
  public var noiseFloor: Double? { noiseFloor(above: -100) }

  /// The noise floor: the 5th percentile of the levels of frames above a threshold in decibels; nil without such frames.
  public func noiseFloor(above absolute: Double) -> Double? { percentile(0.05, above: absolute) }

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
  private func levels(from threshold: Double) -> [(level: Double, count: Int64)] {
    buckets.map { (level: Double($0.key) * Self.bucketWidth, count: $0.value.count) }
      .filter { $0.level >= threshold }
      .sorted { $0.level < $1.level }
  }
}
