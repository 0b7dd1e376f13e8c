import AdaIN
import Testing

/// One layer of a trained network: inputs, γ and β as they occur in speech (`Scripts/fixtures/adain_kokoro.py`).
@Suite struct KokoroLayerTests {
  private let file: SafetensorsFile
  private let layer = "decoder.decode.3.norm1"

  init() throws {
    file = try SafetensorsFile(contentsOf: Fixtures.url("kokoro-layer.safetensors"))
  }

  /// The largest error over the range of the expected output.
  private func error(_ output: Tensor3<Float>, _ expected: Tensor3<Float>) throws -> Double {
    let range = Double(try #require(expected.scalars.max()) - #require(expected.scalars.min()))
    return zip(output.scalars, expected.scalars).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
      / range
  }

  @Test func agreesWithTheNetwork() throws {
    let x = try file.tensor("\(layer).x", as: Float.self)
    let y = try file.tensor("\(layer).y", as: Float.self)
    let (gamma, beta) = (
      try file.values("\(layer).gamma", as: Double.self), try file.values("\(layer).beta", as: Double.self)
    )
    let style = try StyleMoments(gamma: gamma, beta: beta)
    let adain = AdaptiveInstanceNorm1d<Float>(x.shape.c, convention: .adainVC)
    // Two roundings of `Float` of the largest value, which is about the range.
    #expect(try error(adain(x, style: style), y) <= 2 * Double(Float.ulpOfOne))
    // The same γ and β from a linear map without weights: its bias.
    let linear = try AdaIN1d<Float>(
      weight: Array(repeating: 0, count: 2 * gamma.count), bias: (gamma + beta).map { Float($0) })
    #expect(try error(linear(x, style: [1]), y) <= 2 * Double(Float.ulpOfOne))
  }

  @Test func paddingChangesNothing() throws {
    let x = try file.tensor("\(layer).x", as: Float.self)
    let y = try file.tensor("\(layer).y", as: Float.self)
    let style = try StyleMoments(
      gamma: file.values("\(layer).gamma"), beta: file.values("\(layer).beta"))
    let adain = AdaptiveInstanceNorm1d<Float>(x.shape.c, convention: .adainVC)
    let padding = Tensor3<Float>(shape: TensorShape(1, x.shape.c, 9), repeating: 5)
    let padded = try Tensor3(concatenating: [x, padding], along: .positions)
    let output = try adain(padded, style: style, lengths: [x.shape.l], padding: .zero)
    #expect(try output[positions: 0..<x.shape.l] == adain(x, style: style))
    // Without the mask the padding would show far beyond any rounding.
    #expect(try error(adain(padded, style: style)[positions: 0..<x.shape.l], y) > 0.01)
  }
}
