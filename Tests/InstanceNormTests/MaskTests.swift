import InstanceNorm
import Tensors
import TestSupport
import Testing

@Suite struct MaskTests {
  /// The valid values of sample n as a tensor of their own.
  static func alone<Scalar>(_ input: Tensor3<Scalar>, _ mask: PositionMask, _ n: Int) throws -> Tensor3<
    Scalar
  > {
    try Tensor3([
      (0..<input.shape.c).map { c in
        let row = Array(input.row(n, c))
        return mask.spans[n].flatMap { row[$0] }
      }
    ])
  }

  static func scattered(_ shape: TensorShape) throws -> PositionMask {
    var generator = SplitMix64(state: 77)
    return try PositionMask((0..<shape.n).map { _ in (0..<shape.l).map { _ in generator.next() % 3 > 0 } })
  }

  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ mask: PositionMask, _ shape: TensorShape)
    throws
  {
    let input = randomTensor(shape, mean: 30, seed: 3, as: Scalar.self)
    var norm = InstanceNorm1d<Scalar>(shape.c, affine: true)
    norm.weight = (0..<shape.c).map { Scalar(0.5 + Double($0)) }
    norm.bias = (0..<shape.c).map { Scalar(1 - Double($0)) }
    for padding in PaddingRule.allCases {
      let output = try norm(input, mask: mask, padding: padding)
      var into = Tensor3<Scalar>(shape: shape, repeating: .nan)
      try norm(input, mask: mask, padding: padding, into: &into)
      #expect(bits(into) == bits(output))
      for n in 0..<shape.n {
        // Bit for bit what the sample's valid values give on their own.
        #expect(
          try bits(Self.alone(output, mask, n)) == bits(norm(Self.alone(input, mask, n))), "\(type) \(n)")
        for c in 0..<shape.c {
          let (before, after) = (Array(input.row(n, c)), Array(output.row(n, c)))
          for l in 0..<shape.l where !mask.spans[n].contains(where: { $0.contains(l) }) {
            let written = [.keep: before[l], .zero: 0, .bias: norm.bias?[c]][padding] ?? .nan
            #expect(after[l] == written)
          }
        }
      }
    }
  }

  @Test func equalsEachSampleAlone() throws {
    let shape = TensorShape(4, 3, 1500)
    for mask in [
      try PositionMask(lengths: [1500, 17, 0, 1029], length: 1500), try Self.scattered(shape),
    ] {
      try Self.check(Float.self, mask, shape)
      try Self.check(Double.self, mask, shape)
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    let short = TensorShape(2, 3, 100)
    try Self.check(Float16.self, Self.scattered(short), short)
    #endif
  }

  @Test func paddingIsNeverRead() throws {
    let clean = try Tensor3<Float>([[[1, 2, 4, 0, 0]], [[3, 5, 0, 0, 0]]])
    let dirty = try Tensor3<Float>([[[1, 2, 4, .nan, .infinity]], [[3, 5, .nan, 1e38, -1]]])
    let norm = InstanceNorm1d<Float>(1)
    #expect(
      try norm(dirty, lengths: [3, 2], padding: .zero) == norm(clean, lengths: [3, 2], padding: .zero))
  }

  @Test func runningStatisticsComeFromValidPositions() throws {
    let input = randomTensor(TensorShape(3, 2, 60), mean: 2, seed: 8, as: Double.self)
    let mask = try PositionMask(lengths: [60, 0, 23], length: 60)
    for conventions in InstanceNormConventions.allCases {
      var masked = InstanceNorm1d<Double>(2, momentum: 1, trackRunningStats: true, conventions: conventions)
      _ = try masked.trainingStep(input, mask: mask)
      let moments = [0, 2].map { n in
        (0..<2).map { c in
          Array(input.row(n, c)[..<(input.row(n, c).startIndex + (n == 0 ? 60 : 23))])
            .withUnsafeBufferPointer { RowKernel.moments(of: $0) }
        }
      }
      for c in 0..<2 {
        let (first, second) = (moments[0][c], moments[1][c])
        let pooled = first.merged(with: second)
        let mean = conventions == .lucid ? pooled.mean : (first.mean + second.mean) / 2
        let variance =
          conventions == .lucid
          ? pooled.variance : (first.unbiasedVariance + second.unbiasedVariance) / 2
        #expect(abs((masked.runningMean?[c] ?? .nan) - mean) < 1e-14)
        #expect(abs((masked.runningVar?[c] ?? .nan) - variance) < 1e-14)
      }
      // A batch without any valid position changes nothing.
      let before = masked
      _ = try masked.trainingStep(input, lengths: [0, 0, 0])
      #expect(masked == before)
    }
  }

  @Test func evaluationWithRunningStatistics() throws {
    let norm = InstanceNorm1d<Double>(1, eps: 0, trackRunningStats: true)
    let input = try Tensor3<Double>([[[5, 6, 7]]])
    #expect(Array(try norm(input, lengths: [1], padding: .zero).scalars) == [5, 0, 0])
  }

  @Test func spansOfAMask() throws {
    let mask = try PositionMask([[true, true, false, true], [false, false, false, false]])
    #expect(mask.spans == [[0..<2, 3..<4], []])
    #expect(mask.validCounts == [3, 0])
    #expect(try PositionMask(lengths: [2, 0], length: 4).spans == [[0..<2], []])
  }

  @Test func errorsNameExpectedAndFound() {
    let norm = InstanceNorm1d<Float>(2)
    let input = Tensor3<Float>(shape: TensorShape(2, 2, 5))
    #expect(throws: ShapeError("expected lengths from 0 to 5, found 6 for sample 1")) {
      try norm(input, lengths: [5, 6])
    }
    #expect(throws: ShapeError("expected lengths from 0 to 5, found -1 for sample 0")) {
      try norm(input, lengths: [-1, 6])
    }
    #expect(throws: ShapeError("expected a mask of size [2, 5], found [3, 5]")) {
      try norm(input, lengths: [5, 5, 5])
    }
    #expect(throws: ShapeError("expected a mask of length 2 for sample 1, found 1")) {
      try PositionMask([[true, false], [true]])
    }
    #expect(
      throws: ShapeError(
        "Expected more than 1 spatial element when training, got 1 valid position in sample 1 of input size [2, 2, 5]"
      )
    ) {
      try norm(input, lengths: [5, 1])
    }
  }
}
