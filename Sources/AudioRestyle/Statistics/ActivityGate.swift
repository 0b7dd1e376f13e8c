import AdaIN
import AudioFeatures

/// Which frames of a clip count as active, and where its noise floor lies.
///
/// A frame is active when its broadband level is above −70 dBFS and within 40 dB of the 98th percentile of the levels
/// above −70 dBFS (a click must not move the gate, nor a long silence). The noise floor is the 5th percentile of the
/// frames above −100 dBFS, at most the gate.
public struct ActivityGate: Hashable, Codable, Sendable {
  /// The lowest bucket of active frames; `nil` where no frame is active.
  public let lowestActiveBucket: Int?
  /// The bucket of the noise floor; `nil` where no frame lies above −100 dBFS.
  public let floorBucket: Int?

  /// The lowest levels in dBFS of active frames, and of frames that tell of the noise floor.
  static let absoluteGate = -70.0
  static let absoluteFloor = -100.0
  /// How far in dB active frames lie under the 98th percentile at most.
  private static let range = 40.0

  /// Computes the gate of a clip's levels.
  ///
  /// - Parameters:
  ///   - levels: The clip's levels.
  ///   - shiftInBuckets: By how many buckets these stand above the clip's levels in dBFS.
  init(_ levels: LevelStatistics, shiftInBuckets: Int) {
    let shift = Double(shiftInBuckets) * LevelStatistics.bucketWidth
    // Both are lower edges of buckets.
    func bucket(_ level: Double) -> Int { Int(level / LevelStatistics.bucketWidth) }
    let active = levels.activeThreshold(absolute: Self.absoluteGate + shift, range: Self.range)
    let floor = levels.noiseFloor(above: Self.absoluteFloor + shift)
    lowestActiveBucket = active.map(bucket)
    floorBucket = floor.map { bucket(min($0, active ?? $0)) }
  }

  private init(lowestActiveBucket: Int?, floorBucket: Int?) {
    (self.lowestActiveBucket, self.floorBucket) = (lowestActiveBucket, floorBucket)
  }

  /// The gate for the same levels, where they stand higher by some buckets.
  func moved(byBuckets count: Int) -> ActivityGate {
    ActivityGate(
      lowestActiveBucket: lowestActiveBucket.map { $0 + count }, floorBucket: floorBucket.map { $0 + count })
  }

  /// Whether a frame with this broadband level is active.
  func isActive(_ level: FixedLevel) -> Bool {
    guard let lowestActiveBucket else { return false }
    return LevelStatistics.bucket(ofSteps: Int(level.steps)) >= lowestActiveBucket
  }

  /// The level from which frames are active, in dB; `nil` where none is.
  var lowestActiveLevel: Double? { lowestActiveBucket.map { Double($0) * LevelStatistics.bucketWidth } }

  /// The level of the noise floor: the middle of its bucket.
  var floorLevel: FixedLevel? {
    floorBucket.map {
      FixedLevel(
        steps: Int32(clamping: $0 * LevelStatistics.stepsPerBucket + LevelStatistics.stepsPerBucket / 2))
    }
  }
}
