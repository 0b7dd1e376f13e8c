import InstanceNorm
import Tensors
import Testing

@Suite struct StreamingTests {
  static func chunks(_ input: Tensor3<Float>, _ lengths: [Int]) throws -> [Tensor3<Float>] {
    var start = 0
    return try lengths.map { length in
      defer { start += length }
      return try Tensor3(
        (0..<input.shape.n).map { n in
          (0..<input.shape.c).map { c in Array(Array(input.row(n, c))[start..<start + length]) }
        })
    }
  }

  /// The definition, straight: the moments of everything up to a position.
  @Test func eachPositionIsNormalizedByWhatCameUpToIt() throws {
    let input = randomTensor(TensorShape(1, 1, 300), mean: 1e4, seed: 2, as: Float.self)
    var norm = InstanceNorm1d<Float>(1, affine: true)
    norm.weight = [1.5]
    norm.bias = [-0.5]
    var stream = StreamingInstanceNorm1d(norm)
    let output = try stream.process(input)
    let row = input.scalars.map { Double($0) }
    let expected = (1...row.count).map { count in
      Reference.normalize(Array(row[..<count]), eps: 1e-5, weight: 1.5, bias: -0.5)[count - 1]
    }
    // The mean's rounding in `Double`, 1e4 · 2⁻⁵³, is far below a unit of `Float`: one rounding, at the end.
    #expect(worstUlps(output.scalars, expected) <= 0.51)
    #expect(output.scalars[0] == -0.5)
    let whole = row.withUnsafeBufferPointer { RowKernel.moments(of: $0) }
    #expect(stream.statistics[0].count == 300)
    #expect(abs(stream.statistics[0].mean - whole.mean) <= 1e-11)
    #expect(abs(stream.statistics[0].variance - whole.variance) <= 1e-10 * whole.variance)
  }

  @Test(arguments: [StreamingInstanceNorm1d<Float>.Memory.cumulative, .exponential(share: 0.03)])
  func anyChunkingGivesTheSameBits(memory: StreamingInstanceNorm1d<Float>.Memory) throws {
    let input = randomTensor(TensorShape(2, 3, 101), mean: 5, seed: 4, as: Float.self)
    let norm = InstanceNorm1d<Float>(3)
    var whole = StreamingInstanceNorm1d(norm, samples: 2, memory: memory)
    let expected = try whole.process(input)
    for lengths in [[1, 0, 99, 1], [50, 51], Array(repeating: 1, count: 101)] {
      var stream = StreamingInstanceNorm1d(norm, samples: 2, memory: memory)
      let outputs = try Self.chunks(input, lengths).map { try stream.process($0) }
      #expect(stream == whole)
      for n in 0..<2 {
        for c in 0..<3 {
          #expect(outputs.flatMap { Array($0.row(n, c)) } == Array(expected.row(n, c)))
        }
      }
    }
  }

  @Test func theExponentialFormForgets() throws {
    var stream = StreamingInstanceNorm1d(
      InstanceNorm1d<Double>(1), memory: .exponential(share: 0.1))
    _ = try stream.process(Tensor3(shape: TensorShape(1, 1, 500), repeating: 100))
    #expect(stream.statistics[0].mean == 100 && stream.statistics[0].variance == 0)
    // After a jump the mean moves by the share: 100 · 0.9ⁿ.
    _ = try stream.process(Tensor3(shape: TensorShape(1, 1, 20), repeating: 0))
    var expected = 100.0
    for _ in 0..<20 { expected *= 0.9 }
    #expect(abs(stream.statistics[0].mean - expected) < 1e-12)
    // The variance of weights 0.9ⁿ on 100 and the rest on 0.
    #expect(abs(stream.statistics[0].variance - expected * (100 - expected)) < 1e-9)
  }

  @Test func resetForgetsEverything() throws {
    let input = randomTensor(TensorShape(1, 2, 40), seed: 6, as: Float.self)
    let fresh = StreamingInstanceNorm1d(InstanceNorm1d<Float>(2))
    var stream = fresh
    let first = try stream.process(input)
    stream.reset()
    #expect(stream == fresh)
    #expect(try stream.process(input) == first)
  }

  @Test func aConstantSequenceGivesTheBias() throws {
    var norm = InstanceNorm1d<Float>(1, eps: 0, affine: true)
    norm.bias = [0.25]
    var stream = StreamingInstanceNorm1d(norm)
    let output = try stream.process(Tensor3(shape: TensorShape(1, 1, 1000), repeating: 0.1))
    #expect(output.scalars.allSatisfy { $0 == 0.25 })
  }

  @Test func errorsNameExpectedAndFound() {
    var stream = StreamingInstanceNorm1d(InstanceNorm1d<Float>(2), samples: 3)
    let before = stream
    #expect(throws: ShapeError("expected a chunk of size [3, 2, …], found [1, 2, 5]")) {
      try stream.process(Tensor3(shape: TensorShape(1, 2, 5)))
    }
    #expect(stream == before)
  }
}
