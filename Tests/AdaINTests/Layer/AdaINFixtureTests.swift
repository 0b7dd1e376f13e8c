import AdaIN
import TestSupport
import Testing

/// The layer against formulas run in PyTorch (`Scripts/fixtures/adain_layer.py`).
@Suite struct AdaINFixtureTests {
  /// Compares rows with PyTorch's.
  ///
  /// Errors are relative to the row's largest magnitude, beside which the affine map rounds. `Float` is within 1e-6
  /// (reached: 2 units in the last place, for the centred value, the product and the sum), `Double` within 1e-12
  /// (reached: 16 units, as PyTorch's own sums round there), `Float16` within its own 2 units.
  private func check<Scalar: TensorScalar>(
    _ name: String, _ output: Tensor3<Scalar>, location: SourceLocation = #_sourceLocation
  ) throws {
    let ulps = Scalar.self == Double.self ? 16.0 : 2.0
    let bound = ["Float": 1e-6, "Double": 1e-12][Scalar.scalarName] ?? .infinity
    let expected = try file.tensor("\(prefix(Scalar.self)).out.\(name)", as: Double.self)
    #expect(output.shape == expected.shape)
    for n in 0..<output.shape.n {
      for c in 0..<output.shape.c {
        let (ours, theirs) = (output.doubles(n, c), expected.doubles(n, c))
        let largest = theirs.reduce(0) { max($0, abs($1)) }
        let allowed = min(ulps * Double(Scalar.ulpOfOne), bound) * largest
        let worst = zip(ours, theirs).reduce(0) { max($0, abs($1.0 - $1.1)) }
        #expect(worst <= allowed, "\(name) \(Scalar.self) row (\(n), \(c))", sourceLocation: location)
      }
    }
  }

  private let file: SafetensorsFile

  init() throws {
    file = try SafetensorsFile(contentsOf: Fixtures.url("adain.safetensors"))
  }

  private func prefix<Scalar: TensorScalar>(_ type: Scalar.Type) -> String {
    ["Float16": "F16", "Float": "F32", "Double": "F64"][Scalar.scalarName] ?? ""
  }

  private func load<Scalar: TensorScalar>(_ name: String) throws -> Tensor3<Scalar> {
    try file.tensor("\(prefix(Scalar.self)).\(name)")
  }

  private func checkAll<Scalar: TensorScalar>(_ type: Scalar.Type) throws {
    let content: Tensor3<Scalar> = try load("content")
    let style: Tensor3<Scalar> = try load("style")
    let shared: Tensor3<Scalar> = try load("shared")
    let third: Tensor3<Scalar> = try load("third")
    var layer = AdaptiveInstanceNorm1d<Scalar>(3)
    for (name, convention) in AdaINConvention.named where name != "adainVC" && name != "styleGAN" {
      layer.convention = convention
      try check(name, layer(content, style: style))
    }
    layer.convention = .adainVC
    let condition = try file.values("\(prefix(type)).condition", as: Double.self)
    try check(
      "adainVC", layer(content, style: StyleMoments(meanThenStandardDeviation: condition, batchSize: 2)))
    layer.convention = .styleGAN
    let gamma = try file.values("\(prefix(type)).gamma", as: Double.self)
    let beta = try file.values("\(prefix(type)).beta", as: Double.self)
    try check("styleGAN", layer(content, style: StyleMoments(gamma: gamma, beta: beta, batchSize: 2)))

    layer.convention = .matched
    try check("shared", layer(content, style: shared))
    let blend = try StyleStatistics.interpolated(
      [StyleStatistics(style), StyleStatistics(shared), StyleStatistics(third)], weights: [2, 5, 1])
    try check("interpolated", layer(content, style: blend))
    layer.strength = 0.3
    try check("strength", layer(content, style: style))
  }

  @Test func floatAgreesWithPyTorch() throws { try checkAll(Float.self) }

  @Test func doubleAgreesWithPyTorch() throws { try checkAll(Double.self) }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @Test func halfAgreesWithPyTorch() throws { try checkAll(Float16.self) }
  #endif
}
