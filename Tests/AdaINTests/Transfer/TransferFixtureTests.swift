import AdaIN
import TestSupport
import Testing

/// Transfers against PyTorch, scipy and scikit-learn (`Scripts/fixtures/adain_transfer.py`).
@Suite struct TransferFixtureTests {
  private let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile(contentsOf: Fixtures.url("transfer.safetensors"))
  }

  private func close(_ ours: [Double], _ theirs: [Double], relative: Double) -> Bool {
    let largest = theirs.reduce(0) { max($0, abs($1)) }
    return ours.count == theirs.count && zip(ours, theirs).allSatisfy { abs($0 - $1) <= relative * largest }
  }

  private func measured(_ name: String) throws -> CovarianceStatistics {
    let tensor = try file.tensor(name, as: Double.self)
    var statistics = CovarianceStatistics(numFeatures: tensor.shape.c)
    try statistics.accumulate(tensor)
    return statistics
  }

  @Test func exactMatchingIsThePublishedDefinition() throws {
    let content = try file.tensor("efdm.content", as: Float.self)
    let style = try file.tensor("efdm.style", as: Float.self)
    #expect(try ExactDistributionMatching()(content, style: style) == file.tensor("efdm.out"))
    let longer = try file.tensor("efdm.longer", as: Float.self)
    let output = try ExactDistributionMatching()(content, style: longer)
    let expected = try file.values("efdm.longer.out", as: Double.self)
    #expect(zip(output.doubles, expected).allSatisfy { abs($0 - $1) <= 0x1p-24 })
  }

  @Test func quantileMapsEqualThePublishedDefinitionWhereValuesDiffer() throws {
    let content = try file.tensor("efdm.content", as: Float.self)
    let style = try file.tensor("efdm.style", as: Float.self)
    let output = try QuantileTransfer()(content, style: style)
    let expected = try file.tensor("efdm.out", as: Float.self)
    let tied = [5, 40]
    for row in 0..<6 {
      for l in 0..<61 {
        let (n, c) = (row / 3, row % 3)
        if row == 0, tied.contains(l) {
          // Equal content values share the mean of what position would have given them.
          let mean = (Double(expected[0, 0, 5]) + Double(expected[0, 0, 40])) / 2
          #expect(abs(Double(output[n, c, l]) - mean) <= 1e-6)
        } else {
          #expect(output[n, c, l] == expected[n, c, l])
        }
      }
    }
  }

  @Test(arguments: ["small", "wide"]) func shrinkageIsScikitLearns(name: String) throws {
    let (content, style) = (try measured("\(name).content"), try measured("\(name).style"))
    let shares = try file.values("\(name).shrinkage", as: Double.self)
    #expect(abs(content.ledoitWolfShrinkage - shares[0]) <= 1e-11)
    #expect(abs(style.ledoitWolfShrinkage - shares[1]) <= 1e-11)
    #expect(
      close(
        content.covariance(shrinkage: .ledoitWolf), try file.values("\(name).shrunk.content"), relative: 1e-11
      ))
    #expect(
      close(
        style.covariance(shrinkage: .ledoitWolf), try file.values("\(name).shrunk.style"), relative: 1e-11))
    let map = try GaussianTransport(shrinkage: .ledoitWolf).map(from: content, to: style)
    #expect(close(map.matrix, try file.values("\(name).shrunk.matrix"), relative: 1e-9))
  }

  @Test func unshrunkTransportAndDistancesAreScipys() throws {
    let (content, style) = (try measured("small.content"), try measured("small.style"))
    let map = try GaussianTransport(shrinkage: .none).map(from: content, to: style)
    #expect(close(map.matrix, try file.values("small.matrix"), relative: 1e-10))
    // 200 and 300 frames of 5 channels are more than 10 a channel: the default does not shrink.
    #expect(try GaussianTransport().map(from: content, to: style) == map)
    let expected = try file.values("small.frechet", as: Double.self)[0]
    #expect(try abs(content.frechetDistance(to: style) / expected - 1) <= 1e-10)
    var sketches = [SketchStatistics(numFeatures: 5), SketchStatistics(numFeatures: 5)]
    try sketches[0].accumulate(file.tensor("small.content", as: Double.self))
    try sketches[1].accumulate(file.tensor("small.style", as: Double.self))
    let distances = try file.values("small.wasserstein", as: Double.self)
    for c in 0..<5 {
      let ours = sketches[0].channels[c].wassersteinDistance(to: sketches[1].channels[c])
      #expect(abs(ours / distances[c] - 1) <= 1e-12)
    }
  }
}
