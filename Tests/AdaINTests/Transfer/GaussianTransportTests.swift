import AdaIN
import TestSupport
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

  /// More than 10 frames a channel: not shrunk, and each entry of the output's covariance is the style's.
  ///
  /// The bar is 1 %, relative to the standard deviations of the entry's two channels; what is reached is bound by the
  /// condition of the content's covariance times the rounding of the scalar type.
  @Test(arguments: [1, 2, 8, TestScale.size(64, unoptimized: 16)]) func covariancesAreFarWithinAPercent(
    channels: Int
  ) throws {
    func check<Scalar: TensorScalar>(_ type: Scalar.Type, tolerance: Double) throws {
      let count = 10 * channels + 1
      func typed(_ tensor: Tensor3<Double>) throws -> Tensor3<Scalar> {
        try Tensor3(shape: tensor.shape, scalars: tensor.scalars.map { Scalar($0) })
      }
      func measured(_ tensor: Tensor3<Scalar>) throws -> CovarianceStatistics {
        var statistics = CovarianceStatistics(numFeatures: channels)
        try statistics.accumulate(tensor)
        return statistics
      }
      let content = try typed(Self.mixed(channels, count, seed: 21))
      let style = try typed(Self.mixed(channels, count, seed: 22, scale: 5))
      #expect(try measured(content).share(of: .automatic) == 0 && measured(style).share(of: .automatic) == 0)
      let ours = try measured(GaussianTransport()(content, style: style)).covariance()
      let theirs = try measured(style).covariance()
      for i in 0..<channels {
        for j in 0..<channels {
          let scale = (theirs[i * channels + i] * theirs[j * channels + j]).squareRoot()
          #expect(abs(ours[i * channels + j] - theirs[i * channels + j]) <= tolerance * scale)
        }
      }
    }
    try check(Float.self, tolerance: 1e-4)
    try check(Double.self, tolerance: 1e-8)
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

  /// 64 channels and 20 frames: A stretches no direction more than the largest ratio of the two estimates' spreads, and
  /// new frames of the same kind stay as tame as those that were measured.
  @Test(arguments: 0..<TestScale.size(5, unoptimized: 1)) func shrunkMapsDoNotBlowUp(seed: Int) throws {
    let content = try Self.mixed(64, 20, seed: UInt64(100 + seed))
    let style = try Self.mixed(64, 20, seed: UInt64(200 + seed), scale: 3)
    let (from, to) = (try Self.measured(content), try Self.measured(style))
    #expect(from.share(of: .automatic) > 0 && to.share(of: .automatic) > 0)
    let map = try GaussianTransport().map(from: from, to: to)
    func eigenvalues(_ values: [Double]) -> [Double] {
      SymmetricMatrix(size: 64, values: values).eigen().values
    }
    let stretch = eigenvalues(map.matrix)
    let (narrow, wide) = (
      eigenvalues(from.covariance(shrinkage: .automatic)), eigenvalues(to.covariance(shrinkage: .automatic))
    )
    let largest = ((wide.max() ?? .nan) / (narrow.min() ?? .nan)).squareRoot()
    #expect(stretch.allSatisfy { $0 > 0 && $0 <= largest * (1 + 1e-9) })
    let fresh = try Self.mixed(64, 200, seed: UInt64(100 + seed))
    let output = try map(fresh)
    #expect(output.scalars.allSatisfy { $0.isFinite })
    func energy(_ tensor: Tensor3<Double>) -> Double {
      tensor.scalars.reduce(0) { $0 + $1 * $1 } / Double(tensor.shape.l)
    }
    #expect(energy(output) < 4 * energy(style))
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

  /// Diagonal covariances: `√(Σ (μB − μA)² + Σ (σB − σA)²)`, which is also the distance of the channels' moments.
  @Test func theFrechetDistanceHasItsClosedForms() throws {
    // Channel 0: means 0 and 3, deviations 1 and 5; channel 1: means 0 and 0, deviations 2 and 2; uncorrelated.
    let a = try Self.measured(Tensor3<Double>([[[1, 1, -1, -1], [2, -2, 2, -2]]]))
    let b = try Self.measured(Tensor3<Double>([[[8, 8, -2, -2], [2, -2, 2, -2]]]))
    #expect(try abs(a.frechetDistance(to: b) - 5) <= 1e-14 && abs(b.frechetDistance(to: a) - 5) <= 1e-14)
    #expect(try a.frechetDistance(to: a) <= 1e-7)
    // One channel: the distance of two normal distributions, as of moments.
    let (x, y) = (try Tensor3<Double>([[[1, 2, 4, 9]]]), try Tensor3<Double>([[[-3, 0, 7]]]))
    let moments = try StyleStatistics(x).moments().distance(to: StyleStatistics(y).moments())
    #expect(try abs(Self.measured(x).frechetDistance(to: Self.measured(y)) / moments.frechet - 1) <= 1e-13)
    // A scaled copy about 0 of any frames: (s − 1)² tr Σ.
    let frames = try Self.mixed(4, 50, seed: 12)
    var centred = frames
    let from = try Self.measured(frames)
    for c in 0..<4 { for l in 0..<50 { centred[0, c, l] -= from.mean[c] } }
    let thrice = try Tensor3(shape: frames.shape, scalars: centred.scalars.map { 3 * $0 })
    let trace = (0..<4).reduce(0) { $0 + from.covariance()[$1 * 5] }
    let distance = try Self.measured(centred).frechetDistance(to: Self.measured(thrice))
    #expect(abs(distance / (2 * trace.squareRoot()) - 1) <= 1e-12)
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
