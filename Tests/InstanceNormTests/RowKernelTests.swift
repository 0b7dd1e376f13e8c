import InstanceNorm
import Tensors
import TestSupport
import Testing

@Suite struct RowKernelTests {
  @Test func handMadeMomentsAreExact() {
    let row: [Float] = [1, 2, 3, 4]
    let moments = row.withUnsafeBufferPointer { RowKernel.moments(of: $0) }
    #expect(moments == RowMoments(count: 4, mean: 2.5, meanLow: 0, sumOfSquares: 5))
    #expect(moments.variance == 1.25)
    #expect(moments.unbiasedVariance == 5.0 / 3)
  }

  @Test(arguments: [100, 5000, 9000])
  func whatIsNotFiniteLeavesNoVariance(length: Int) {
    for poison in [Float.nan, .infinity, -.infinity] {
      var row = (0..<length).map { Float($0 % 5) }
      row[length / 2] = poison
      let moments = row.withUnsafeBufferPointer { RowKernel.moments(of: $0) }
      #expect(!moments.mean.isFinite && moments.variance.isNaN)
    }
  }

  @Test(arguments: [1, 2, 7, 15, 16, 17, 1000, 1024, 1025, 5000])
  func constantRowsHaveTheirValueAndNoVariance(length: Int) {
    for value in [0.1, -3e4, 1e-30, 65504] as [Float] {
      let row = [Float](repeating: value, count: length)
      let moments = row.withUnsafeBufferPointer { RowKernel.moments(of: $0) }
      #expect(moments == RowMoments(count: length, mean: Double(value)))
    }
  }
}

/// Every faster kernel against Swift's: the same bits.
@Suite struct KernelChoiceTests {
  static func check<Scalar: TensorScalar>(_ row: [Scalar], _ transform: RowTransform? = nil) {
    row.withUnsafeBufferPointer { source in
      let reference = RowKernel.moments(of: source, kernels: .swift)
      let fast = RowKernel.moments(of: source, kernels: .fastest)
      #expect(sameBits(fast, reference), "\(Scalar.self), length \(row.count)")
      let transform =
        transform
        ?? RowTransform(
          mean: reference.mean, meanLow: reference.meanLow,
          deviation: (reference.variance + 1e-5).squareRoot(), scale: 1.7, shift: -0.3, strength: 1)
      let expected = apply(transform, source, .swift, offset: 0)
      // Dirty targets at every alignment, guarded on both sides.
      for offset in 0..<4 {
        #expect(apply(transform, source, .fastest, offset: offset) == expected, "\(Scalar.self) \(row.count)")
      }
      var inPlace = row
      inPlace.withUnsafeMutableBufferPointer { RowKernel.apply(transform, inPlace: $0) }
      #expect(inPlace.withUnsafeBytes { Array($0) } == expected)
    }
  }

  static func sameBits(_ a: RowMoments, _ b: RowMoments) -> Bool {
    (a.count, a.mean.bitPattern, a.meanLow.bitPattern, a.sumOfSquares.bitPattern)
      == (b.count, b.mean.bitPattern, b.meanLow.bitPattern, b.sumOfSquares.bitPattern)
      || (a.mean.isNaN && b.mean.isNaN && a.sumOfSquares.isNaN && b.sumOfSquares.isNaN)
  }

  /// The bytes of the transformed row, checked for writes outside it.
  static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, _ source: UnsafeBufferPointer<Scalar>, _ kernels: KernelChoice, offset: Int
  ) -> [UInt8] {
    var target = [Scalar](repeating: 123, count: source.count + 8)
    target.withUnsafeMutableBufferPointer {
      RowKernel.apply(
        transform, to: source, into: UnsafeMutableBufferPointer(rebasing: $0[offset..<offset + source.count]),
        kernels: kernels)
    }
    #expect(target[..<offset].allSatisfy { $0 == 123 })
    #expect(target[(offset + source.count)...].allSatisfy { $0 == 123 })
    return target[offset..<offset + source.count].withUnsafeBytes { Array($0) }
  }

  static func values<Scalar: TensorScalar>(_ length: Int, mean: Double, _ type: Scalar.Type) -> [Scalar] {
    var generator = SplitMix64(state: UInt64(length))
    return (0..<length).map { _ in Scalar(mean + generator.roughlyNormal()) }
  }

  @Test(arguments: Array(0...40) + [100, 1000, 1023, 1024, 1025, 1041, 2050, 5001])
  func anyLength(length: Int) {
    for mean in [0, 300.0] {
      Self.check(Self.values(length, mean: mean, Float.self))
      Self.check(Self.values(length, mean: mean, Double.self))
      #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
      Self.check(Self.values(length, mean: mean, Float16.self))
      #endif
    }
  }

  @Test func whatIsNotFinite() {
    for poison in [Double.nan, .infinity, -.infinity] {
      for position in [0, 5, 16, 99] {
        var row = Self.values(100, mean: 0, Float.self)
        row[position] = Float(poison)
        let identity = RowTransform(mean: 0, factor: 1)
        Self.check(row, identity)
        Self.check(row.map { Double($0) }, identity)
      }
    }
  }

  @Test func pivotsThatAreSummedAgain() {
    // The eight values that the first pivot is taken from are all far from the rest.
    var row = Self.values(1024, mean: 0, Float.self)
    for i in 0..<8 { row[i * 128] = 1e4 }
    Self.check(row)
    Self.check((0..<5000).map { Double($0 / 1500) * 1e9 + Double($0 % 3) })
  }

  @Test func factorsAndMeansBeyondFloat() throws {
    let tiny = (0..<50).map { Float($0) * Float.leastNonzeroMagnitude }
    Self.check(tiny, RowTransform(mean: 0, factor: 1e44))
    let huge: [Float] = (0..<50).map { $0 % 2 == 0 ? 3.2e38 : -3e38 }
    Self.check(huge)
    let output = try InstanceNorm1d<Float>(1)(Tensor3([[huge]]))
    #expect(worstUlps(output.scalars, Reference.normalize(huge.map { Double($0) }, eps: 1e-5)) <= 2.5)
  }

  /// Rows written past the caches, at odd lengths and every alignment: the same bits, and nothing outside.
  static func checkStreaming<Scalar: TensorScalar>(_ type: Scalar.Type, length: Int) {
    let x = values(length, mean: 3, Scalar.self)
    let g = values(length + 1, mean: 0, Scalar.self)
    let transform = RowTransform(mean: 3, meanLow: 1e-17, factor: 1.3, shift: -0.7)
    let gradient = RowGradient(mean: 3, meanLow: 1e-17, scale: 0.9, slope: -0.2, offset: 0.1)
    for offset in 0..<9 {
      let results = [false, true].map { streaming in
        var rows = [[Scalar]](repeating: [Scalar](repeating: 123, count: length + 16), count: 2)
        x.withUnsafeBufferPointer { x in
          rows[0].withUnsafeMutableBufferPointer { row in
            RowKernel.apply(
              transform, to: x, into: UnsafeMutableBufferPointer(rebasing: row[offset..<offset + length]),
              kernels: .fastest, streaming: streaming)
          }
          rows[1].withUnsafeMutableBufferPointer { row in
            g.withUnsafeBufferPointer { g in
              RowKernel.apply(
                gradient, to: x, gradient: UnsafeBufferPointer(rebasing: g[1...]),
                into: UnsafeMutableBufferPointer(rebasing: row[offset..<offset + length]),
                streaming: streaming)
            }
          }
          RowKernel.finishStreaming()
        }
        return rows
      }
      #expect(results[0] == results[1], "\(type), length \(length), offset \(offset)")
      #expect(results[1].allSatisfy { row in row[..<offset].allSatisfy { $0 == 123 } })
      #expect(results[1].allSatisfy { row in row[(offset + length)...].allSatisfy { $0 == 123 } })
    }
  }

  @Test(arguments: [1, 7, 8, 9, 31, 32, 33, 63, 100, 1001])
  func rowsWrittenPastTheCaches(length: Int) {
    Self.checkStreaming(Float.self, length: length)
    Self.checkStreaming(Double.self, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    Self.checkStreaming(Float16.self, length: length)
    #endif
  }

  @Test func largeResultsAreWrittenPastTheCaches() throws {
    let length = 1_400_003
    #expect(WritePlan(rowBytes: length * 4, rows: 3, inPlace: false).streams)
    #expect(!WritePlan(rowBytes: length * 4, rows: 3, inPlace: true).streams)
    #expect(!WritePlan(rowBytes: 400, rows: 1 << 20, inPlace: false).streams)
    #expect(!WritePlan(rowBytes: 4000, rows: 2000, inPlace: false).streams)
    let shape = TensorShape(1, 3, TestScale.size(length, unoptimized: 3001))
    let input = randomTensor(shape, seed: 4, as: Float.self)
    let fast = ComputeDevice.cpu(threads: 2)
    let swift = ComputeDevice.cpu(threads: 2, kernels: .swift)
    #expect(
      try bits(InstanceNorm1d<Float>(3, device: fast)(input))
        == bits(InstanceNorm1d<Float>(3, device: swift)(input)))
    #expect(
      try bits(InstanceNorm1d<Float>(3, device: fast).gradient(at: input, outputGradient: input).input)
        == bits(InstanceNorm1d<Float>(3, device: swift).gradient(at: input, outputGradient: input).input))
  }
}
