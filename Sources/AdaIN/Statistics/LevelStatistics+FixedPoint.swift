import Tensors

/// Levels as integers in steps of 2⁻¹⁶ dB, as analysers measure them.
extension LevelStatistics {
  /// The number of steps in a bucket.
  public static let stepsPerBucket = Int(bucketWidth / resolution)

  /// The bucket of a level in steps: levels from b · 0.5 dB up to (b + 1) · 0.5 dB.
  public static func bucket(ofSteps steps: Int) -> Int {
    steps >= 0 ? steps / stepsPerBucket : (steps + 1) / stepsPerBucket - 1
  }

  /// Takes in one frame in fixed point.
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
