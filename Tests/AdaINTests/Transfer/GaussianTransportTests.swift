import AdaIN
import Testing

@testable import struct AdaIN.SymmetricMatrix

@Suite struct GaussianTransportTests {
  /// Frames whose channels are mixed, so that they are correlated.
  static func mixed(_ channels: Int, _ count: Int, seed: UInt64, scale: Double = 1) throws -> Tensor3<Double>
  {
    var random = SplitMix64(state: seed)
    let mixing = (0..<channels * channels).map { _ in random.normal() * scale }
    var tensor = Tensor3<Double>(shape: TensorShape(1, channels, count))
    for l in 0..<count {
      let source = (0..<channels).map { _ in random.normal() }
      for c in 0..<channels {
        tensor[0, c, l] = (0..<channels).reduce(Double(c)) { $0 + mixing[c * channels + $1] * source[$1] }
      }
    }
    return tensor
  }

  static func measured(_ tensor: Tensor3<Double>) throws -> CovarianceStatistics {
    var statistics = CovarianceStatistics(numFeatures: tensor.shape.c)
    try statistics.accumulate(tensor)
    return statistics
  }

  @Test func theOutputHasTheStylesMeanAndCovariance() throws {
    let content = try Self.mixed(8, 100, seed: 1)
    let style = try Self.mixed(8, 120, seed: 2, scale: 7)
    let output = try GaussianTransport()(content, style: style)
    let (ours, theirs) = (try Self.measured(output), try Self.measured(style))
    let largest = theirs.covariance().reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(ours.covariance(), theirs.covariance()) { #expect(abs(a - b) <= 1e-10 * largest) }
    for (a, b) in zip(ours.mean, theirs.mean) { #expect(abs(a - b) <= 1e-11) }
    #expect(try ours.frechetDistance(to: theirs) <= 1e-4)
  }

  @Test func shrunkTransportMapsOneEstimateToTheOther() throws {
    let content = try Self.measured(Self.mixed(64, 20, seed: 3))
    let style = try Self.measured(Self.mixed(64, 20, seed: 4, scale: 3))
    for shrinkage in [CovarianceShrinkage.automatic, .ledoitWolf, .fixed(0.2)] {
      let map = try GaussianTransport(shrinkage: shrinkage).map(from: content, to: style)
      let a = SymmetricMatrix(size: 64, values: map.matrix)
      let reached = a.sandwich(SymmetricMatrix(size: 64, values: content.covariance(shrinkage: shrinkage)))
      let wanted = style.covariance(shrinkage: shrinkage)
      let largest = wanted.reduce(0) { max($0, abs($1)) }
      for (x, y) in zip(reached.values, wanted) { #expect(abs(x - y) <= 1e-9 * largest) }
    }
  }

  @Test func moreChannelsThanFramesStayTame() throws {
    let content = try Self.mixed(64, 20, seed: 5)
    let style = try Self.mixed(64, 20, seed: 6)
    for shrinkage in [CovarianceShrinkage.automatic, .none] {
      let output = try GaussianTransport(shrinkage: shrinkage)(content, style: style)
      let largest = (style.scalars + content.scalars).reduce(0) { max($0, abs($1)) }
      #expect(output.scalars.allSatisfy { $0.isFinite && abs($0) <= 4 * largest })
    }
    // One frame on either side, or frames that are all the same: the style's mean.
    let single = try Self.mixed(3, 1, seed: 7)
    let output = try GaussianTransport()(single, style: Self.mixed(3, 1, seed: 8))
    #expect(try output == Self.mixed(3, 1, seed: 8))
  }

  @Test func statisticsMergeInAnySplit() throws {
    let tensor = try Self.mixed(6, 1000, seed: 9)
    let whole = try Self.measured(tensor)
    var merged = CovarianceStatistics(numFeatures: 6)
    for range in [700..<1000, 0..<1, 300..<700, 1..<300] {
      try merged.merge(Self.measured(tensor.positions(range)))
    }
    #expect(merged.count == 1000)
    let largest = whole.covariance().reduce(0) { max($0, abs($1)) }
    for (a, b) in zip(merged.covariance(), whole.covariance()) { #expect(abs(a - b) <= 1e-13 * largest) }
    for (a, b) in zip(merged.mean, whole.mean) { #expect(abs(a - b) <= 1e-13) }
    #expect(abs(merged.ledoitWolfShrinkage / whole.ledoitWolfShrinkage - 1) <= 1e-10)
    #expect(whole.ledoitWolfShrinkage > 0 && whole.ledoitWolfShrinkage < 0.1)
  }

  @Test func framesThatAreNotFiniteAreLeftOut() throws {
    var tensor = try Self.mixed(2, 10, seed: 10)
    let clean = try Self.measured(tensor.positions(0..<9))
    tensor[0, 1, 9] = .nan
    #expect(try Self.measured(tensor) == clean)
  }

  @Test func eigenvaluesRebuildTheMatrix() {
    var random = SplitMix64(state: 11)
    for size in [1, 2, 3, 10, 40] {
      var matrix = SymmetricMatrix(size: size)
      for _ in 0..<size { matrix.addOuterProduct((0..<size).map { _ in random.normal() }, times: 1) }
      let same = matrix.mapEigenvalues { $0 }
      let root = matrix.squareRoot
      let squared = root.sandwich(SymmetricMatrix(size: size, values: Self.identity(size)))
      let norm = matrix.squaredNorm.squareRoot()
      for index in matrix.values.indices {
        #expect(abs(same.values[index] - matrix.values[index]) <= 1e-13 * norm)
        #expect(abs(squared.values[index] - matrix.values[index]) <= 1e-13 * norm)
      }
    }
  }

  private static func identity(_ size: Int) -> [Double] {
    (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 }
  }
}
