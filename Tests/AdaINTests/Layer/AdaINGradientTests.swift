import AdaIN
import Foundation
import InstanceNorm
import Tensors
import Testing

/// The vector-Jacobian product of AdaIN against PyTorch's autograd and finite differences.
@Suite struct AdaINGradientTests {
  struct Autograd: Decodable {
    struct Case: Decodable {
      let convention: String
      let shape: [Int]
      let samples: Int
      let strength: Double
      let input: [Double]
      let mean: [Double]
      let std: [Double]
      let outputGradient: [Double]
      let inputGradient: [Double]
      let meanGradient: [Double]
      let stdGradient: [Double]
    }

    let cases: [Case]
  }

  static func difference(_ values: some Sequence<some BinaryFloatingPoint>, _ references: [Double]) -> Double
  {
    zip(values, references).reduce(0) { worst, pair in
      max(worst, abs(Double(pair.0) - pair.1) / max(abs(pair.1), 1))
    }
  }

  /// - Parameter bound: Relative to values of magnitude 1 and more; a few roundings of the scalar type.
  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, bound: Double) throws {
    let url = try #require(
      Bundle.module.url(forResource: "gradient", withExtension: "json", subdirectory: "Fixtures"))
    let fixture = try JSONDecoder().decode(Autograd.self, from: Data(contentsOf: url))
    #expect(fixture.cases.count == 8)
    for item in fixture.cases {
      let convention = try #require(AdaINConvention.named.first { $0.name == item.convention }?.convention)
      let layer = AdaptiveInstanceNorm1d<Scalar>(
        item.shape[1], convention: convention, strength: item.strength)
      let shape = TensorShape(item.shape[0], item.shape[1], item.shape[2])
      let gradient = try layer.gradient(
        at: Tensor3(shape: shape, scalars: item.input.map { Scalar($0) }),
        style: StyleMoments(mean: item.mean, standardDeviation: item.std, batchSize: item.samples),
        outputGradient: Tensor3(shape: shape, scalars: item.outputGradient.map { Scalar($0) }))
      let comment: Comment = "\(type) \(item.convention) \(item.samples)"
      #expect(gradient.content.shape == shape)
      #expect(gradient.style.mean.count == item.meanGradient.count)
      #expect(gradient.style.standardDeviation.count == item.stdGradient.count)
      #expect(difference(gradient.content.scalars, item.inputGradient) <= bound, comment)
      #expect(difference(gradient.style.mean, item.meanGradient) <= bound, comment)
      #expect(difference(gradient.style.standardDeviation, item.stdGradient) <= bound, comment)
    }
  }

  @Test func agreesWithAutograd() throws {
    try Self.check(Double.self, bound: 4e-15)
    try Self.check(Float.self, bound: 1e-6)
  }

  @Test(arguments: ["matched", "pytorchAdaIN", "rave"])
  func agreesWithFiniteDifferences(name: String) throws {
    let convention = try #require(AdaINConvention.named.first { $0.name == name }?.convention)
    let layer = AdaptiveInstanceNorm1d<Double>(1, convention: convention, strength: 1.3)
    let content = try Tensor3<Double>([[[1, -2, 0.5, 4, 2.5]]])
    let outputGradient = try Tensor3<Double>([[[0.3, 1.1, -0.7, 0.2, 0.9]]])
    let style = try StyleMoments(mean: [0.4], standardDeviation: [1.9])
    func loss(_ content: Tensor3<Double>, _ style: StyleMoments) throws -> Double {
      zip(try layer(content, style: style).scalars, outputGradient.scalars).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradient = try layer.gradient(at: content, style: style, outputGradient: outputGradient)
    let (h, tolerance) = (1e-5, 1e-8)
    for i in 0..<5 {
      var (up, down) = (content, content)
      up[0, 0, i] += h
      down[0, 0, i] -= h
      let slope = try (loss(up, style) - loss(down, style)) / (2 * h)
      #expect(abs(slope - gradient.content[0, 0, i]) < tolerance)
    }
    func styleSlope(_ mean: Double, _ deviation: Double) throws -> Double {
      let up = try StyleMoments(mean: [0.4 + mean * h], standardDeviation: [1.9 + deviation * h])
      let down = try StyleMoments(mean: [0.4 - mean * h], standardDeviation: [1.9 - deviation * h])
      return try (loss(content, up) - loss(content, down)) / (2 * h)
    }
    #expect(abs(try styleSlope(1, 0) - gradient.style.mean[0]) < tolerance)
    #expect(abs(try styleSlope(0, 1) - gradient.style.standardDeviation[0]) < tolerance)
  }

  @Test func preservedChannelsAndGivenStatistics() throws {
    let content = try Tensor3<Double>([[[1, 2, 6], [3, 5, 4]]])
    let outputGradient = try Tensor3<Double>([[[1, -1, 2], [0.5, 4, 3]]])
    let style = try StyleMoments(mean: [0, 1], standardDeviation: [2, 3])
    let statistics = try StyleStatistics(Tensor3<Double>([[[0, 4], [1, 9]]]))
    let layer = AdaptiveInstanceNorm1d<Double>(2, preservedChannels: [1])
    let gradient = try layer.gradient(
      at: content, style: style, contentStatistics: statistics, outputGradient: outputGradient)
    // σs / σc = 2 / 2 on channel 0, whose given mean is 2: Σ g = 2, Σ g (x − 2) / 2 = (−1 + 0 + 8) / 2.
    #expect(gradient.content == outputGradient)
    #expect(gradient.style.mean == [2, 0])
    #expect(gradient.style.standardDeviation == [3.5, 0])
  }
}
