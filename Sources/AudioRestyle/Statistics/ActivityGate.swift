import AudioFeatures

/// Which frames of a clip count as active, and where its noise floor lies.
///
/// A frame is active when its broadband level is above −70 dBFS and within 40 dB of the 98th percentile of the levels
/// above −70 dBFS (a click must not move the gate, nor a long silence). The noise floor is the 5th percentile of the
/// frames above −100 dBFS, at most the gate.
struct ActivityGate: Hashable, Sendable {
  /// The lowest bucket of active frames; `nil` where no frame is active.
  let lowestActiveBucket: Int?
  /// The bucket of the noise floor; `nil` where no frame lies above −100 dBFS.
  let floorBucket: Int?

  /// Levels in dBFS, and the percentiles, of the definition above.
  static let absoluteGate = -70.0
  static let absoluteFloor = -100.0
  private static let range = 40.0
  private static let loudPercentile = 98.0
  private static let floorPercentile = 5.0

  /// Computes the gate of a table.
  ///
  /// - Parameters:
  ///   - table: The clip's levels.
  ///   - shiftInBuckets: By how many buckets the table's levels stand above the clip's levels in dBFS.
  init(_ table: LevelTable, shiftInBuckets: Int) {
    let perDecibel = Double(LevelTable.bucketsPerDecibel)
    let absolute = Int(Self.absoluteGate * perDecibel) + shiftInBuckets
    let lowest = Int(Self.absoluteFloor * perDecibel) + shiftInBuckets
    if let loud = table.percentileBucket(Self.loudPercentile, from: absolute) {
      lowestActiveBucket = max(absolute, loud - Int(Self.range * perDecibel))
    } else {
      lowestActiveBucket = nil
    }
    if let floor = table.percentileBucket(Self.floorPercentile, from: lowest) {
      floorBucket = min(floor, lowestActiveBucket ?? floor)
    } else {
      floorBucket = nil
    }
  }

  /// Whether a frame with this broadband level is active.
  func isActive(_ level: FixedLevel) -> Bool {
    guard let lowestActiveBucket else { return false }
    return LevelTable.bucket(of: level) >= lowestActiveBucket
  }

  /// The level of the noise floor: the middle of its bucket.
  var floorLevel: FixedLevel? {
    floorBucket.map {
      FixedLevel(steps: Int32(clamping: $0 * LevelTable.stepsPerBucket + LevelTable.stepsPerBucket / 2))
    }
  }
}
