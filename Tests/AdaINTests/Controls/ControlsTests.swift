import AdaIN
import TestSupport
import Testing

@Suite struct ControlsTests {
  @Test func preservedChannelsStayBitForBit() throws {
    let content = try Tensor3<Float>.random(TensorShape(2, 4, 33), seed: 1)
    let style = try StyleMoments(mean: [1, 2, 3, 4], standardDeviation: [5, 6, 7, 8])
    let full = try AdaptiveInstanceNorm1d<Float>(4)(content, style: style)
    let layer = AdaptiveInstanceNorm1d<Float>(4, preservedChannels: [1, 3, 99])
    let output = try layer(content, style: style)
    for n in 0..<2 {
      for c in 0..<4 {
        #expect(output.row(n, c) == (c % 2 == 1 ? content : full).row(n, c))
      }
    }
    #expect(try layer(content, regions: [StyleRegion(spans: [0..<33], length: 33, style: style)]) == output)
  }

  @Test(arguments: AdaINConvention.named.map(\.name)) func aGridEqualsTheSingleCallsToTheBit(name: String)
    throws
  {
    let convention = try #require(AdaINConvention.named.first { $0.name == name }?.convention)
    func check<Scalar: TensorScalar>(_ type: Scalar.Type) throws {
      let contents = try [(5, 2, 45), (6, 1, 2500)].map { seed, samples, length in
        try Tensor3<Scalar>.random(TensorShape(samples, 3, length), seed: seed)
      }
      let styles = try [7, 8, 9].map {
        StyleStatistics(try Tensor3<Scalar>.random(TensorShape(1, 3, 50), seed: $0))
      }
      for strength in [0, 0.7, 1, -2] {
        let layer = AdaptiveInstanceNorm1d<Scalar>(3, convention: convention, strength: strength)
        let grid = try layer.grid(contents, styles: styles)
        for (i, content) in contents.enumerated() {
          for (j, style) in styles.enumerated() { #expect(try grid[i][j] == layer(content, style: style)) }
        }
      }
    }
    try check(Float.self)
    try check(Double.self)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try check(Float16.self)
    #endif
  }

  @Test func aGridNamesBothNumbers() throws {
    let style = StyleStatistics(try Tensor3<Float>.random(TensorShape(1, 3, 50), seed: 7))
    #expect(throws: ShapeError("expected content of numFeatures (3) channels, found 2 in [1, 2, 5]")) {
      try AdaptiveInstanceNorm1d<Float>(3).grid(
        [Tensor3<Float>(shape: TensorShape(1, 2, 5))], styles: [style])
    }
  }
}
