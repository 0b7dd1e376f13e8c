import Foundation
import InstanceNorm
import Tensors
import TestSupport
import Testing

/// Naive references, straight from the formula, in about twice the digits of `Double`.
enum Reference {
  /// Mean and biased variance of a row: two plain loops.
  static func moments(_ row: [Double]) -> (mean: DoubleDouble, variance: DoubleDouble) {
    let count = DoubleDouble(Double(row.count))
    var sum = DoubleDouble(0)
    for x in row { sum = sum + DoubleDouble(x) }
    let mean = sum / count
    var squares = DoubleDouble(0)
    for x in row {
      let deviation = DoubleDouble(x) - mean
      squares = squares + deviation * deviation
    }
    return (mean, squares / count)
  }

  /// `(x − μ) / √(σ² + eps) · weight + bias` of a row.
  static func normalize(_ row: [Double], eps: Double, weight: Double = 1, bias: Double = 0) -> [Double] {
    let (mean, variance) = moments(row)
    let deviation = (variance + DoubleDouble(eps)).squareRoot()
    return row.map {
      (((DoubleDouble($0) - mean) / deviation) * DoubleDouble(weight) + DoubleDouble(bias)).value
    }
  }

  /// The reference of a whole tensor, row by row.
  static func normalize<Scalar>(
    _ input: Tensor3<Scalar>, eps: Double = 1e-5, weight: [Scalar]? = nil, bias: [Scalar]? = nil
  ) -> [Double] {
    (0..<input.shape.rowCount).flatMap { row in
      let channel = row % input.shape.c
      return normalize(
        input.row(row / input.shape.c, channel).map { Double($0) }, eps: eps,
        weight: weight.map { Double($0[channel]) } ?? 1, bias: bias.map { Double($0[channel]) } ?? 0)
    }
  }
}

/// The largest error of values against references, in units in the last place of the scalar type at the
/// reference's magnitude, but no finer than at `floor`: the size of the terms that were added to make the value.
func worstUlps<Scalar: TensorScalar>(
  _ values: some Sequence<Scalar>, _ references: [Double], floor: Double = 1
) -> Double {
  var worst = 0.0
  var index = 0
  for value in values {
    let reference = references[index]
    let unit = Double(Scalar(max(abs(reference), floor)).ulp)
    let error = abs(Double(value) - reference) / unit
    worst = error.isNaN ? .infinity : max(worst, error)
    index += 1
  }
  return index == references.count ? worst : .infinity
}

extension SplitMix64 {
  /// A value of mean 0 and standard deviation 1, roughly normal: the sum of four uniform ones, from one draw.
  mutating func roughlyNormal() -> Double {
    let bits = next()
    let sum = (bits & 0xFFFF) &+ (bits >> 16 & 0xFFFF) &+ (bits >> 32 & 0xFFFF) &+ (bits >> 48)
    return (Double(sum) - 131_070) * (1.7320508075688772 / 65_536)
  }
}

/// A tensor of nearly normal values.
func randomTensor<Scalar>(
  _ shape: TensorShape, mean: Double = 0, std: Double = 1, seed: UInt64, as type: Scalar.Type = Scalar.self
) -> Tensor3<Scalar> {
  var generator = SplitMix64(state: seed)
  var tensor = Tensor3<Scalar>(shape: shape)
  tensor.withMutableScalars { scalars in
    for i in scalars.indices { scalars[i] = Scalar(mean + std * generator.roughlyNormal()) }
  }
  return tensor
}

/// The bits of a tensor's scalars, so that NaN equals NaN and −0 differs from 0.
func bits<Scalar>(_ tensor: Tensor3<Scalar>) -> [UInt8] {
  tensor.withScalars { Array(UnsafeRawBufferPointer($0)) }
}

/// What PyTorch computed; see Scripts/fixtures/instance_norm.py.
struct Fixture: Decodable {
  struct Evaluation: Decodable {
    let scalar: String
    let shape: [Int]
    let eps: Double
    let state: [String: [Double]]
    let input: [Double]
    let output: [Double]
  }

  struct Batch: Decodable {
    let shape: [Int]
    let input: [Double]
    let trained: [Double]
    let evaluated: [Double]
    let runningMean: [Double]
    let runningVar: [Double]
    let pooledMean: [Double]
    let pooledVar: [Double]
  }

  struct Sequence: Decodable {
    let scalar: String
    let momentum: Double
    let eps: Double
    let state: [String: [Double]]
    let batches: [Batch]
  }

  let torch: String
  let seed: Int
  let evaluation: [Evaluation]
  let unbatched: Evaluation
  let sequences: [Sequence]

  static func load() throws -> Fixture {
    try decode("instance-norm")
  }

  static func decode<Value: Decodable>(_ name: String) throws -> Value {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
  }
}

extension Tensor3 {
  /// A tensor from a fixture's shape and scalars.
  init(fixture scalars: [Double], shape: [Int]) throws {
    try self.init(shape: TensorShape(shape[0], shape[1], shape[2]), scalars: scalars.map { Scalar($0) })
  }
}
