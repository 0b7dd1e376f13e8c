import AdaIN
import TestSupport
import Testing

@testable import StyleProfiles

@Suite struct LevelStatisticsStateTests {
  /// Random levels in steps: C values a frame, the last of them the broadband level.
  private func frames(_ count: Int, channels: Int, seed: UInt64) -> [[Int32]] {
    var random = SplitMix64(state: seed)
    return (0..<count).map { _ in
      (0..<channels).map { _ in Int32.random(in: -120 * 65536...20 * 65536, using: &random) }
    }
  }

  private func statistics(_ frames: [[Int32]], channels: Int, shift: Int32 = 0) -> LevelStatistics {
    var result = LevelStatistics(numFeatures: channels)
    for frame in frames {
      let moved = frame.map { $0 + shift }
      result.add(steps: moved.span, level: moved[channels - 1])
    }
    return result
  }

  @Test func bucketsRoundDown() {
    for (steps, bucket) in [(0, 0), (32767, 0), (32768, 1), (-1, -1), (-32768, -1), (-32769, -2)] {
      #expect(LevelStatistics.bucket(ofSteps: steps) == bucket)
      #expect(Int((Double(steps) / 65536 / 0.5).rounded(.down)) == bucket)
    }
  }

  @Test func fixedPointFramesEqualTensors() throws {
    let frames = frames(700, channels: 3, seed: 1)
    let features = try Tensor3<Double>([(0..<3).map { c in frames.map { Double($0[c]) / 65536 } }])
    var other = LevelStatistics(numFeatures: 3)
    try other.accumulate(features, levels: frames.map { Double($0[2]) / 65536 })
    #expect(statistics(frames, channels: 3) == other)
  }

  @Test func shiftingEqualsShiftedFramesToTheBit() {
    let frames = frames(300, channels: 4, seed: 2)
    let plain = statistics(frames, channels: 4)
    for buckets in [-37, -1, 0, 1, 64] {
      let moved = statistics(frames, channels: 4, shift: Int32(buckets * LevelStatistics.stepsPerBucket))
      #expect(plain.shifted(byBuckets: buckets) == moved)
    }
  }

  @Test func rangesTakeBucketsByTheirLowerEdge() {
    let levels: [Int32] = [-40, -39, -20, -10].map { $0 * 65536 + 100 }
    let all = statistics(levels.map { [$0] }, channels: 1)
    #expect(all.statistics(in: -40 ... -20)[0, 0].count == 3)
    #expect(all.statistics(in: -39.5 ... -20.5)[0, 0].count == 1)
    #expect(all.statistics(above: -20)[0, 0].count == 2)
    #expect(all.noiseFloor(above: -39.75) == -39)
  }

  @Test func stateGivesBackEveryBit() throws {
    let all = statistics(frames(500, channels: 3, seed: 3), channels: 3)
    #expect(try LevelStatistics(all.state, numFeatures: 3) == all)
    #expect(try LevelStatistics(LevelStatistics(numFeatures: 2).state, numFeatures: 2).frameCount == 0)
  }

  @Test func statesThatNoFramesHaveAreErrors() throws {
    let good = statistics(frames(50, channels: 2, seed: 4), channels: 2).state
    let changes: [(inout LevelStatistics.State) -> Void] = [
      { $0.counts[0] = -1 }, { $0.counts[0] = .max }, { $0.counts.removeLast() }, { $0.sums.append(0) },
      { $0.sums[0] = .min }, { $0.sums[0] = .max }, { $0.squaresHigh[0] = -1 }, { $0.squaresHigh[0] = .max },
      { $0.squaresLow.removeAll() }, { $0.buckets[1] = $0.buckets[0] }, { $0.buckets[0] = .min },
      // Each bucket alone may hold that many frames, all together not.
      { $0.counts = $0.counts.map { _ in 1 << 33 } },
    ]
    for (number, change) in changes.enumerated() {
      var state = good
      change(&state)
      #expect(throws: ShapeError.self, "change \(number)") { try LevelStatistics(state, numFeatures: 2) }
    }
    #expect(throws: ShapeError.self) { try LevelStatistics(good, numFeatures: 3) }
  }

  @Test func tooManyFramesCannotBeMerged() throws {
    let state = LevelStatistics.State(
      buckets: [0], counts: [Int64(LevelStatistics.largestFrameCount)], sums: [0], squaresHigh: [0],
      squaresLow: [0])
    var full = try LevelStatistics(state, numFeatures: 1)
    let before = full
    #expect(throws: ShapeError.self) { try full.merge(statistics([[0]], channels: 1)) }
    #expect(full == before)
  }
}
