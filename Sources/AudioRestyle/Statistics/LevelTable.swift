import AudioFeatures

/// Level statistics of a clip, sorted by how loud each frame is.
///
/// Frames go into buckets 0.5 dB wide by their broadband level; each bucket holds exact sums of every
/// channel. The gate that tells active frames from pauses depends on the whole clip, so it is applied
/// afterwards, by choosing buckets: one pass over the clip is enough, and tables of several clips merge.
struct LevelTable: Hashable, Sendable {
  /// The number of feature channels C; the sums hold the broadband level after them.
  let channelCount: Int

  /// The sums of the frames of each bucket that has any; bucket b holds levels in [b/2, b/2 + ½) dB.
  private(set) var buckets: [Int: LevelSums] = [:]

  /// The number of buckets in 1 dB.
  static let bucketsPerDecibel = 2

  /// The number of fixed-point steps in a bucket.
  static let stepsPerBucket = Int(FixedLevel.stepsPerDecibel) / bucketsPerDecibel

  /// An empty table for C feature channels.
  init(channelCount: Int) {
    self.channelCount = channelCount
  }

  /// A table from its buckets, as read from a profile.
  init(channelCount: Int, buckets: [Int: LevelSums]) {
    precondition(buckets.values.allSatisfy { $0.channelCount == channelCount + 1 })
    self.channelCount = channelCount
    self.buckets = buckets
  }

  /// The bucket of a broadband level.
  static func bucket(of level: FixedLevel) -> Int {
    // Shifting right rounds down for negative numbers too.
    let steps = Int(level.steps)
    return (steps - (steps % stepsPerBucket + stepsPerBucket) % stepsPerBucket) / stepsPerBucket
  }

  /// Adds one frame: C channel levels, then the broadband level.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    let bucket = Self.bucket(of: levels[channelCount])
    buckets[bucket, default: LevelSums(channelCount: channelCount + 1)].add(levels)
  }

  static func += (a: inout LevelTable, b: LevelTable) {
    for (bucket, sums) in b.buckets {
      a.buckets[bucket, default: LevelSums(channelCount: a.channelCount + 1)] += sums
    }
  }

  /// The table as if the clip had been louder by a whole number of buckets.
  func shifted(byBuckets shift: Int) -> LevelTable {
    guard shift != 0 else { return self }
    var result = LevelTable(channelCount: channelCount)
    for (bucket, sums) in buckets {
      result.buckets[bucket + shift] = sums.shifted(bySteps: Int64(shift * Self.stepsPerBucket))
    }
    return result
  }

  /// The sums over all frames whose bucket satisfies a condition.
  func sums(where isIncluded: (Int) -> Bool) -> LevelSums {
    var result = LevelSums(channelCount: channelCount + 1)
    for (bucket, sums) in buckets where isIncluded(bucket) {
      result += sums
    }
    return result
  }

  /// The bucket that holds a percentile of the frames in buckets from `lowest` on; `nil` without frames there.
  func percentileBucket(_ percent: Double, from lowest: Int) -> Int? {
    let included = buckets.filter { $0.key >= lowest }.sorted { $0.key < $1.key }
    let total = included.reduce(0) { $0 + $1.value.count }
    guard total > 0 else { return nil }
    let target = Double(total) * percent / 100
    var running: Int64 = 0
    for (bucket, sums) in included {
      running += sums.count
      if Double(running) >= target { return bucket }
    }
    return included.last?.key
  }
}
