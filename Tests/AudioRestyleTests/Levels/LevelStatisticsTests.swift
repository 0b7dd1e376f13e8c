import AdaIN
import Foundation
import Tensors
import TestSupport
import Testing

@testable import StyleProfiles

@Suite struct LevelStatisticsTests {
  /// Features that are multiples of the resolution, and a level for each frame.
  static func frames(_ count: Int, seed: UInt64) throws -> (features: Tensor3<Float>, levels: [Double]) {
    var random = SplitMix64(state: seed)
    let values = (0..<3 * count).map { _ in Float((random.normal() * 20 - 50).rounded() / 8) }
    let levels = (0..<count).map { _ in Double.random(in: -110 ... -5, using: &random) }
    return (try Tensor3(shape: TensorShape(1, 3, count), scalars: values), levels)
  }

  private static func mean(_ row: [Double]) -> Double { row.reduce(0, +) / Double(row.count) }

  private static func variance(_ row: [Double]) -> Double {
    let mean = mean(row)
    return row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(row.count)
  }

  @Test func theArticleOnMeasuringLevels() throws {
    let decibels = try Tensor3<Float>([[[-30, -32, -90], [-40, -44, -95]]])
    var levels = LevelStatistics(numFeatures: 2)
    try levels.accumulate(decibels, levels: [-20, -21, -80])
    let threshold = levels.activeThreshold() ?? -70
    let active = levels.statistics(above: threshold)
    #expect(active.mean == [-31, -42])

    var part = LevelStatistics(numFeatures: 2)
    try part.accumulate(decibels.positions(1..<2), levels: [-21])
    var rest = levels
    try rest.subtract(part)
    #expect(rest.statistics(above: threshold).mean == [-30, -40])
  }

  @Test func statisticsOfExactValuesAreExact() throws {
    let (features, levels) = try Self.frames(400, seed: 1)
    var statistics = LevelStatistics(numFeatures: 3)
    try statistics.accumulate(features, levels: levels)
    for threshold in [-200.0, -60, -30.25] {
      let active = levels.indices.filter { (levels[$0] * 2).rounded(.down) / 2 >= threshold }
      let result = statistics.statistics(above: threshold)
      #expect(statistics.frameCount(above: threshold) == active.count)
      for c in 0..<3 {
        let row = active.map { Double(features[0, c, $0]) }
        #expect(result.count[c] == Double(row.count))
        #expect(abs(result.mean[c] - Self.mean(row)) <= 1e-14)
        #expect(abs(result.variance()[c] - Self.variance(row)) <= 1e-12)
      }
    }
  }

  @Test func anyOrderSplitAndMergeGivesTheSameBitsAndSubtracts() throws {
    let (features, levels) = try Self.frames(300, seed: 2)
    var whole = LevelStatistics(numFeatures: 3)
    try whole.accumulate(features, levels: levels)
    var random = SplitMix64(state: 3)
    let order = Array(0..<300).shuffled(using: &random)
    var parts = Array(repeating: LevelStatistics(numFeatures: 3), count: 3)
    for (index, l) in order.enumerated() {
      try parts[index % 3].accumulate(features.positions(l..<l + 1), levels: [levels[l]])
    }
    var merged = parts[2]
    try merged.merge(parts[0])
    try merged.merge(parts[1])
    #expect(merged == whole && merged.statistics() == whole.statistics())
    try merged.subtract(parts[2])
    var two = parts[1]
    try two.merge(parts[0])
    #expect(merged == two)
    let error = #expect(throws: ShapeError.self) { try merged.subtract(whole) }
    #expect(error?.description.hasPrefix("expected a part of at most ") == true)
    #expect(merged == two)
  }

  @Test func theGateFollowsItsDefinition() throws {
    var statistics = LevelStatistics(numFeatures: 1)
    #expect(statistics.activeThreshold() == nil && statistics.noiseFloor == nil)
    // 100 frames: one click at 0 dB, 59 at −20.2 dB, 30 at −65 dB, 10 at −105 dB.
    let levels =
      [0.0] + Array(repeating: -20.2, count: 59) + Array(repeating: -65, count: 30)
      + Array(repeating: -105, count: 10)
    let features = Tensor3<Float>(shape: TensorShape(1, 1, 100), repeating: -30)
    try statistics.accumulate(features, levels: levels)
    #expect(
      statistics.percentile(0.98) == -20.5 && statistics.percentile(1) == 0
        && statistics.percentile(0) == -105)
    #expect(statistics.activeThreshold() == -60.5)
    #expect(statistics.activeThreshold(absolute: -30) == -30)
    #expect(statistics.frameCount(above: -60.5) == 60)
    // A long silence does not move the gate.
    var silent = statistics
    try silent.accumulate(
      Tensor3<Float>(shape: TensorShape(1, 1, 9000), repeating: -110),
      levels: Array(repeating: -110, count: 9000))
    #expect(silent.activeThreshold() == -60.5)
    #expect(statistics.noiseFloor == -65)
    #expect(statistics.statistics(above: -60.5)[0, 0].count == 60)
  }

  @Test func squaresBeyond64BitsAreExact() throws {
    // (1000 · 2¹⁶)² ≈ 2⁵²; 2¹² such frames are beyond 2⁶³.
    let features = Tensor3<Float>(shape: TensorShape(1, 1, 1 << 12), repeating: 1000)
    var statistics = LevelStatistics(numFeatures: 1)
    try statistics.accumulate(features, levels: Array(repeating: -10, count: 1 << 12))
    try statistics.accumulate(
      Tensor3<Float>(shape: TensorShape(1, 1, 1 << 12), repeating: 998),
      levels: Array(repeating: -10, count: 1 << 12))
    #expect(statistics.statistics().mean == [999] && statistics.statistics().variance() == [1])
    var sum = WideSum(-5, times: 3)
    #expect(sum.double == -15 && sum.isNegative)
    sum += WideSum(.max, times: .max)
    sum -= WideSum(.max, times: .max)
    #expect(sum == WideSum(-15, times: 1))
    #expect(WideSum(.min, times: .min).double == 0x1p126)
  }

  @Test func wrongInputIsRefusedWhole() throws {
    var statistics = LevelStatistics(numFeatures: 2)
    let features = try Tensor3<Float>([[[1, 2], [3, .nan]]])
    #expect(throws: ShapeError("expected features within ±1000.0 dB, found nan")) {
      try statistics.accumulate(features, levels: [-1, -2])
    }
    #expect(throws: ShapeError("expected levels within ±1000.0 dB, found -inf")) {
      try statistics.accumulate(features, levels: [-1, -.infinity])
    }
    #expect(throws: ShapeError("expected features of shape [1, 2, 3], found [1, 2, 2]")) {
      try statistics.accumulate(features, levels: [1, 2, 3])
    }
    #expect(statistics.frameCount == 0)
  }
}
