import AdaIN
import TestSupport
import Testing

@Suite struct StatisticsStreamTests {
  private func check<Scalar: TensorScalar>(_ type: Scalar.Type) throws {
    let whole = try Tensor3<Scalar>.random(TensorShape(2, 3, 10_000), seed: 1)
    var once = StatisticsStream(numFeatures: 3, batchSize: 2)
    try once.append(whole)
    var random = SplitMix64(state: 2)
    for largest in [3, 700, 1024, 5000] {
      var stream = StatisticsStream(numFeatures: 3, batchSize: 2)
      var start = 0
      while start < 10_000 {
        let length = min(Int.random(in: 0...largest, using: &random), 10_000 - start)
        try stream.append(whole.positions(start..<start + length))
        start += length
      }
      #expect(stream.statistics == once.statistics)
    }
    for n in 0..<2 {
      for c in 0..<3 {
        let row = whole.doubles(n, c)
        let moments = once.statistics[n, c]
        #expect(moments.count == 10_000)
        let deviation = Reference.deviation(row)
        // The naive reference itself rounds 10⁴ times.
        #expect(abs(moments.mean - Reference.mean(row)) <= 1e-13 * (deviation + abs(moments.mean)))
        #expect(abs(moments.variance() / Reference.variance(row) - 1) <= 1e-12)
      }
    }
  }

  @Test func anyChunkingGivesTheSameBits() throws {
    try check(Float.self)
    try check(Double.self)
  }

  /// Two values in turn: mean and variance are known exactly, however many there are.
  @Test func roundingDoesNotGrowWithTheLength() throws {
    let chunk = try Tensor3<Float>(
      shape: TensorShape(1, 1, 100_000), scalars: (0..<100_000).map { Float(1 + $0 % 2) * 0.1 })
    var stream = StatisticsStream(numFeatures: 1)
    for _ in 0..<10 { try stream.append(chunk) }
    let (a, b) = (Double(0.1 as Float), Double(0.2 as Float))
    let moments = stream.statistics[0, 0]
    #expect(moments.count == 1e6)
    #expect(abs(moments.mean - (a + b) / 2) <= 0x1p-53)
    // log₂(10⁶) < 20: within (8 + 4 · 20) · 2⁻⁵³ of ((b − a) / 2)².
    #expect(abs(moments.variance() / ((b - a) / 2 * ((b - a) / 2)) - 1) <= 88 * 0x1p-53)
  }

  /// The bounds that the type states, on data that are hard for sums.
  @Test(arguments: 0..<5) func errorsStayWithinTheStatedBounds(kind: Int) throws {
    var random = SplitMix64(state: UInt64(kind))
    let count = TestScale.size(300_000, unoptimized: 10_000)
    let values = (0..<count).map { i -> Float in
      switch kind {
      case 0: Float(random.normal())
      case 1: Float(1e6 + random.normal())
      case 2: Float(i)
      case 3: i % 2 == 0 ? 1e5 : Float(random.normal() * 1e-3)
      default: Float(i < count / 2 ? -1e4 : 1e4 + random.normal())
      }
    }
    var stream = StatisticsStream(numFeatures: 1)
    try stream.append(Tensor3(shape: TensorShape(1, 1, count), scalars: values))
    let moments = stream.statistics[0, 0]
    let (mean, squares) = Reference.wideSums(values.map { Double($0) })
    let variance = squares / DoubleDouble(Double(count))
    let error = DoubleDouble(sum: moments.mean, moments.meanLow) - mean
    let levels = Double(count.bitWidth - count.leadingZeroBitCount)
    #expect(abs(error.value) <= levels * 0x1p-53 * variance.squareRoot().value)
    #expect(abs((DoubleDouble(moments.variance()) / variance).value - 1) <= (8 + 4 * levels) * 0x1p-53)
  }

  @Test func otherShapesAreRefused() throws {
    var stream = StatisticsStream(numFeatures: 2)
    #expect(throws: ShapeError("expected a chunk of shape [1, 2, any], found [1, 3, 4]")) {
      try stream.append(Tensor3<Float>(shape: TensorShape(1, 3, 4)))
    }
    #expect(stream.statistics == StyleStatistics(numFeatures: 2))
  }
}
