import AdaIN
import AdaINBlocks
import Foundation
import TestSupport
import Testing

/// The blocks against plain numpy (`Scripts/fixtures/adain_blocks.py`), and the convolutions by hand.
@Suite struct BlockTests {
  private let file: SafetensorsFile
  private let style: [Double]

  init() throws {
    let url = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
    file = try SafetensorsFile(contentsOf: url.appendingPathComponent("blocks.safetensors"))
    style = try file.values("s")
  }

  /// The largest error over the largest magnitude of the expected output.
  private func error<Scalar>(_ output: Tensor3<Scalar>, _ name: String) throws -> Double {
    let expected = try file.tensor(name, as: Double.self)
    #expect(output.shape == expected.shape)
    let largest = expected.scalars.reduce(0) { max($0, abs($1)) }
    return zip(output.scalars, expected.scalars).reduce(0) { max($0, abs(Double($1.0) - $1.1)) } / largest
  }

  /// Relative to the block's output: a few hundred roundings of the type, which each step may amplify.
  private func check<Scalar: TensorScalar>(_ type: Scalar.Type, tolerance: Double) throws {
    let x = try file.tensor("x", as: Scalar.self)
    let style = style.map { Scalar($0) }
    let generator: AdaINResBlock1<Scalar> = try file.adaINResBlock1(prefix: "generator.")
    #expect(try error(generator(x, style: style), "generator.y") <= tolerance)
    let same: AdainResBlk1d<Scalar> = try file.adainResBlk1d(prefix: "same.")
    #expect(same.pool == nil && same.shortcut == nil)
    #expect(try error(same(x, style: style), "same.y") <= tolerance)
    let up: AdainResBlk1d<Scalar> = try file.adainResBlk1d(prefix: "up.")
    #expect(try error(up(x, style: style), "up.y") <= tolerance)
  }

  @Test func agreesWithNumpy() throws {
    try check(Double.self, tolerance: 1e-13)
    try check(Float.self, tolerance: 1e-5)
  }

  /// A backend of the caller's is the one that is asked.
  @Test func aBackendIsAsked() throws {
    struct Zeros: ConvolutionBackend {
      func callAsFunction<Scalar: TensorScalar>(
        _ convolution: Convolution1d<Scalar>, _ input: Tensor3<Scalar>
      ) throws(ShapeError) -> Tensor3<Scalar> {
        Tensor3(shape: try convolution.outputShape(for: input.shape))
      }
    }
    let x = try file.tensor("x", as: Float.self)
    let generator = try file.adaINResBlock1(prefix: "generator.", as: Float.self, backend: Zeros())
    #expect(try generator(x, style: style.map { Float($0) }) == x)
  }

  @Test func overview() throws {
    var file = file
    for name in file.names where name.hasPrefix("up.") { file["decode.3." + name.dropFirst(3)] = file[name] }
    let (x, s) = (try file.tensor("x", as: Float.self), style.map { Float($0) })

    let block = try file.adainResBlk1d(prefix: "decode.3.", as: Float.self)
    let y = try block(x, style: s)
    #expect(y.shape == TensorShape(2, 5, 26))
    let articles = try Articles(of: "AdaINBlocks", testedBy: #filePath)
    #expect(articles.untested == [] && articles.blockCount == 1)
  }

  @Test func convolutionsByHand() throws {
    let x = try Tensor3<Double>([[[1, 2, 3, 4], [10, 20, 30, 40]]])
    let plain = try Convolution1d(
      weight: [1, 0, 2, 0, 1, 0], shape: [1, 2, 3], bias: [0.5], geometry: .same(kernelSize: 3))
    // x₀[l − 1] + 2 x₀[l + 1] + x₁[l] + 0.5
    #expect(Array(try PlainConvolution()(plain, x).scalars) == [14.5, 27.5, 40.5, 43.5])
    let dilated = try Convolution1d<Double>(
      weight: [1, 0, 1, 0, 0, 0], shape: [1, 2, 3], geometry: .same(kernelSize: 3, dilation: 2))
    #expect(Array(try PlainConvolution()(dilated, x).scalars) == [3, 4, 1, 2])
    let grouped = try Convolution1d<Double>(
      weight: [2, 3], shape: [2, 1, 1], geometry: .init(groups: 2))
    #expect(Array(try PlainConvolution()(grouped, x).scalars) == [2, 4, 6, 8, 30, 60, 90, 120])
    let transposed = try Convolution1d<Double>(
      weight: [1, 2, 3, 1, 0, 0], shape: [2, 1, 3],
      geometry: .init(padding: 1, groups: 2, transposed: (stride: 2, outputPadding: 1)))
    // Taps fall on 2 l − 1, 2 l and 2 l + 1.
    #expect(
      Array(try PlainConvolution()(transposed, x).scalars) == [
        2, 5, 4, 9, 6, 13, 8, 12, 0, 20, 0, 30, 0, 40, 0, 0,
      ])
  }

  @Test func errorsNameExpectedAndFound() throws {
    #expect(throws: ShapeError("expected 6 weights for the shape [1, 2, 3], found 5")) {
      try Convolution1d<Float>(weight: [1, 2, 3, 4, 5], shape: [1, 2, 3])
    }
    #expect(throws: ShapeError("expected a bias of 1 values, found 2")) {
      try Convolution1d<Float>(weight: [1], shape: [1, 1, 1], bias: [1, 2])
    }
    #expect(throws: ShapeError.self) { try Convolution1d<Float>(weight: [], shape: [0, 1, 1]) }
    let convolution = try Convolution1d<Float>(weight: [1, 2, 3], shape: [1, 1, 3])
    #expect(throws: ShapeError("expected input of 1 channels, found 2 in [1, 2, 4]")) {
      try PlainConvolution()(convolution, Tensor3(shape: TensorShape(1, 2, 4)))
    }
    #expect(throws: ShapeError("expected at least 2 positions for the kernel, found 1")) {
      try PlainConvolution()(convolution, Tensor3(shape: TensorShape(1, 1, 1)))
    }
    var broken = file
    broken["same.conv1.bias"] = try StoredArray([1] as [Float])
    let error = #expect(throws: InterchangeError.self) {
      try broken.adainResBlk1d(prefix: "same.", as: Float.self)
    }
    #expect(error?.key == "same.conv1.parametrizations.weight.original1")
    #expect(error?.found == "expected a bias of 3 values, found 1")
    #expect(throws: InterchangeError.self) { try file.adaINResBlock1(prefix: "none.", as: Float.self) }
  }
}
