import AdaIN
import Tensors
import TestSupport
import Testing

@testable import StyleProfiles

@Suite struct LevelCovarianceTests {
  private func frames(_ count: Int, seed: UInt64) -> [[Int32]] {
    var random = SplitMix64(state: seed)
    return (0..<count).map { _ in
      let common = random.normal() * 8
      return (0..<3).map { Int32(((common + random.normal() * Double($0 + 1) - 40) * 65536).rounded()) }
    }
  }

  private func sums(_ frames: some Sequence<[Int32]>) -> LevelCovariance {
    var result = LevelCovariance(numFeatures: 3)
    for frame in frames { result.add(steps: frame.span) }
    return result
  }

  /// The covariance by its definition, in `Double`.
  private func reference(_ frames: [[Int32]]) -> [Double] {
    let rows = (0..<3).map { c in frames.map { Double($0[c]) / 65536 } }
    let means = rows.map { $0.reduce(0, +) / Double(frames.count) }
    return (0..<9).map { index in
      let (i, j) = (index / 3, index % 3)
      return zip(rows[i], rows[j]).reduce(0) { $0 + ($1.0 - means[i]) * ($1.1 - means[j]) }
        / Double(frames.count)
    }
  }

  @Test func meanAndCovarianceAreThoseOfTheDefinition() {
    let frames = frames(2000, seed: 1)
    let sums = sums(frames)
    for (found, exact) in zip(sums.covariance, reference(frames)) {
      #expect(abs(found - exact) <= 1e-11 * 100)
    }
    var levels = LevelStatistics(numFeatures: 3)
    for frame in frames { levels.add(steps: frame.span, level: frame[0]) }
    // The same integers stand under the diagonal.
    #expect(levels.statistics().mean == sums.mean)
    for c in 0..<3 { #expect(levels.statistics().variance()[c] == sums.covariance[4 * c]) }
  }

  @Test func constantFramesHaveNoCovarianceHoweverFarFromZero() {
    let sums = sums((0..<1000).map { _ in [65_000_000, -65_000_000, 1] })
    #expect(sums.covariance.allSatisfy { $0 == 0 })
    #expect(LevelCovariance(numFeatures: 2).covariance.allSatisfy { $0.isNaN })
  }

  @Test func orderSplitShiftAndStateKeepEveryBit() throws {
    let frames = frames(501, seed: 2)
    let whole = sums(frames)
    var merged = sums(frames[300...].reversed())
    try merged.merge(sums(frames[..<300]))
    #expect(merged == whole)
    let moved = sums(frames.map { $0.map { $0 - 12345 } })
    #expect(whole.shifted(bySteps: -12345) == moved)
    #expect(try LevelCovariance(whole.state) == whole)
    for (a, b) in zip(moved.covariance, whole.covariance) { #expect(abs(a - b) <= 1e-12 * 100) }
  }

  @Test func statesThatNoFramesHaveAreErrors() {
    let good = sums(frames(20, seed: 3)).state
    let changes: [(inout LevelCovariance.State) -> Void] = [
      { $0.count = -1 }, { $0.count = .max }, { $0.sums[1] = .min }, { $0.sums[1] = .max },
      { $0.sums.append(0) },
      { $0.productsHigh[0] = -1 }, { $0.productsHigh[3] = .max }, { $0.productsLow.removeLast() },
      { $0.productsHigh[1] = .min },
    ]
    for (number, change) in changes.enumerated() {
      var state = good
      change(&state)
      #expect(throws: ShapeError.self, "change \(number)") { try LevelCovariance(state) }
    }
  }

  /// For normally distributed frames the assumed fourth-order sums are the measured ones, up to sampling.
  @Test func knownCovarianceShrinksLikeMeasuredFrames() throws {
    let features = try Tensor3<Double>.random(TensorShape(1, 6, 40), seed: 4)
    var measured = CovarianceStatistics(numFeatures: 6)
    try measured.accumulate(features)
    let known = try CovarianceStatistics(count: 40, mean: measured.mean, covariance: measured.covariance())
    #expect(known.mean == measured.mean && known.count == 40)
    for (a, b) in zip(known.covariance(), measured.covariance()) { #expect(abs(a - b) <= 1e-14) }
    #expect(known.ledoitWolfShrinkage > 0 && known.ledoitWolfShrinkage < 1)
    #expect(abs(known.ledoitWolfShrinkage - measured.ledoitWolfShrinkage) < 0.25)
    #expect(throws: ShapeError.self) {
      try CovarianceStatistics(count: 4, mean: [1, 2], covariance: [1, 2])
    }
  }

  @Test func covariancesThatAreNotSymmetricAreErrors() throws {
    let wrong: [[Double]] = [
      [1, 0.5, 0.25, 1], [1, .nan, .nan, 1], [.infinity, 0, 0, 1], [1, .infinity, .infinity, 1],
      [1, 0.5, 0.5 + 3e-9, 1],
    ]
    for covariance in wrong {
      let error = #expect(throws: ShapeError.self) {
        try CovarianceStatistics(count: 4, mean: [1, 2], covariance: covariance)
      }
      #expect(error.map { "\($0)".contains("expected a symmetric covariance") } == true)
    }
    // Rounding is allowed, and evened out.
    let rounded = try CovarianceStatistics(count: 4, mean: [1, 2], covariance: [1, 0.5, 0.5 + 1e-12, 1])
    let covariance = rounded.covariance()
    #expect(covariance[1] == covariance[2] && abs(covariance[1] - 0.5) <= 1e-12)
  }

  @Test func binsMoveWithWholeBuckets() {
    for steps in stride(from: -9_000_000, through: 9_000_000, by: 12_347) {
      let bin = LevelHistogram.bin(ofSteps: steps)
      #expect(abs(Double(steps) / 65536 - Double(bin) * LevelHistogram.binWidth) <= 0.025)
      #expect(LevelHistogram.bin(ofSteps: steps + 3 * LevelStatistics.stepsPerBucket) == bin + 30)
    }
    var histogram = LevelHistogram()
    for value in [-3.0, -2.95, 7] { histogram.insert(value) }
    var moved = LevelHistogram()
    for value in [-2.5, -2.45, 7.5] { moved.insert(value) }
    #expect(histogram.shifted(byBins: 10) == moved)
    #expect(LevelHistogram(bins: histogram.bins) == histogram)
  }
}
