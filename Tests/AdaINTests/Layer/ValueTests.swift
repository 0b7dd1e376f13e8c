import AdaIN
import Foundation
import TestSupport
import Testing

/// What values from data are answered by, and what layers and moments print, store and take.
@Suite struct ValueTests {
  @Test func valuesOutOfRangeAreErrors() throws {
    let features = #expect(throws: ParameterError.self) {
      try AdaptiveInstanceNorm1d<Float>(checking: 0)
    }
    #expect(features?.localizedDescription == "expected at least 1 for numFeatures, found 0")
    let strength = #expect(throws: ParameterError.self) {
      try AdaptiveInstanceNorm1d<Float>(checking: 2, strength: .nan)
    }
    #expect(strength?.localizedDescription == "expected a finite number for strength, found nan")
    #expect(
      try AdaptiveInstanceNorm1d<Float>(checking: 2, strength: 0.5)
        == AdaptiveInstanceNorm1d(2, strength: 0.5))
    #expect(StyleError.weights("expected this").localizedDescription == "expected this")
    let text =
      #"{"content": {"estimator": "biased", "eps": -1, "placement": "insideRoot"}, "#
      + #""style": {"estimator": "biased", "eps": 0, "placement": "insideRoot"}}"#
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(AdaINConvention.self, from: Data(text.utf8))
    }
  }

  @Test func momentsSurviveJSON() throws {
    let moments = try StyleMoments(
      mean: [1, -2, 0.1, 4], standardDeviation: [5, 6, 7, 8], batchSize: 2)
    let data = try JSONEncoder().encode(moments)
    #expect(try JSONDecoder().decode(StyleMoments.self, from: data) == moments)
    for text in [
      #"{"batchSize": 2, "mean": [1], "standardDeviation": [1]}"#,
      #"{"batchSize": 1, "mean": [1], "standardDeviation": []}"#,
      #"{"batchSize": 0, "mean": [], "standardDeviation": []}"#,
    ] {
      #expect(throws: DecodingError.self) {
        try JSONDecoder().decode(StyleMoments.self, from: Data(text.utf8))
      }
    }
    #expect(
      "\(moments)"
        == "StyleMoments[2, 2](mean: 1.0, -2.0, 0.1, 4.0; standardDeviation: 5.0, 6.0, 7.0, 8.0)")
  }

  @Test func layersPrintOneLine() throws {
    #expect(
      "\(AdaptiveInstanceNorm1d<Float>(3, convention: .rave, preservedChannels: [2, 1]))"
        == "AdaptiveInstanceNorm1d<Float>(3, convention: rave, strength: 1.0, preservedChannels: [1, 2])"
    )
    let layer = try AdaIN1d<Float>(weight: [1, 2, 3, 4], bias: [1, 2])
    #expect(
      "\(layer)"
        == "AdaIN1d<Float>(styleSize: 2, numFeatures: 1, form: gammaBeta, order: scaleFirst, "
        + "norm: \(layer.norm))")
  }

  @Test func matricesAreBatchesOfOne() throws {
    let content = try Tensor2<Float>([[1, 2, 3, 4, 5], [0, 0, 1, 1, 3]])
    let style = try Tensor2<Float>([[6, 8, 10], [-1, 0, 1]])
    let layer = AdaptiveInstanceNorm1d<Float>(2)
    let moments = try StyleStatistics(style).moments()
    #expect(
      try layer(content, style: style).batched == layer(content.batched, style: style.batched))
    #expect(try layer(content, style: moments) == layer(content, style: style))
  }

  @Test func streamsMergeToTheStatisticsOfAll() throws {
    let whole = try Tensor3<Float>.random(TensorShape(1, 2, 9000), seed: 3)
    var once = StatisticsStream(numFeatures: 2)
    try once.append(whole)
    for cut in [0, 1024, 3000, 5 * 1024, 8999, 9000] {
      var (first, second) = (StatisticsStream(numFeatures: 2), StatisticsStream(numFeatures: 2))
      try first.append(whole[positions: 0..<cut])
      try second.append(whole[positions: cut..<9000])
      try first.merge(second)
      for c in 0..<2 {
        let (merged, expected) = (first.statistics[0, c], once.statistics[0, c])
        #expect(merged.count == 9000)
        // log₂ 9000 < 14 roundings each, of values of this size.
        #expect(abs(merged.mean - expected.mean) <= 28 * 0x1p-53 * 10)
        #expect(abs(merged.variance() / expected.variance() - 1) <= 2 * 64 * 0x1p-53)
      }
      // It goes on as a stream.
      try first.append(whole[positions: 0..<7])
      #expect(first.statistics[0, 0].count == 9007)
    }
    var stream = StatisticsStream(numFeatures: 2)
    #expect(throws: ShapeError("expected a stream of shape [1, 2], found [1, 3]")) {
      try stream.merge(StatisticsStream(numFeatures: 3))
    }
  }

  /// Whole blocks on both sides: the trees are those of one stream, and so are the bits.
  @Test func wholeTreesMergeToTheSameBits() throws {
    let whole = try Tensor3<Float>.random(TensorShape(1, 1, 8 * 1024), seed: 4)
    var (once, first) = (StatisticsStream(numFeatures: 1), StatisticsStream(numFeatures: 1))
    var second = first
    try once.append(whole)
    try first.append(whole[positions: 0..<4096])
    try second.append(whole[positions: 4096..<8192])
    try first.merge(second)
    #expect(first.statistics == once.statistics)
  }
}
