import Foundation
import Tensors
import Testing

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
