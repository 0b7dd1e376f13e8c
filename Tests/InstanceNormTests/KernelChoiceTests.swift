import InstanceNorm
import Tensors
import TestSupport
import Testing

/// Every faster kernel against Swift's: the same bits.
@Suite struct KernelChoiceTests {
  static func check<Scalar: TensorScalar>(_ row: [Scalar], _ transform: RowTransform? = nil) {
    row.withUnsafeBufferPointer { source in
      let reference = RowKernel.moments(of: source, kernels: .swift)
      let fast = RowKernel.moments(of: source, kernels: .fastest)
      #expect(sameBits(fast, reference), "\(Scalar.self), length \(row.count)")
      let transform = transform ?? RowTransform(reference, eps: 1e-5, scale: 1.7, shift: -0.3)
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
        let identity = RowTransform(mean: 0, inverseStd: 1)
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
    Self.check(tiny, RowTransform(mean: 0, inverseStd: 1e44))
    let huge: [Float] = (0..<50).map { $0 % 2 == 0 ? 3.2e38 : -3e38 }
    Self.check(huge)
    let output = try InstanceNorm1d<Float>(1)(Tensor3([[huge]]))
    #expect(worstUlps(output.scalars, Reference.normalize(huge.map { Double($0) }, eps: 1e-5)) <= 2.5)
  }

  /// Results of at least 4 MiB are written past the caches; odd lengths put rows at every alignment.
  @Test func largeResults() throws {
    let float = randomTensor(TensorShape(1, 3, 350_003), seed: 4, as: Float.self)
    let fast = Device.cpu(threads: 2)
    let swift = Device.cpu(threads: 2, kernels: .swift)
    #expect(
      try bits(InstanceNorm1d<Float>(3, device: fast)(float))
        == bits(InstanceNorm1d<Float>(3, device: swift)(float)))
    let double = randomTensor(TensorShape(1, 3, 175_003), seed: 4, as: Double.self)
    #expect(
      try bits(InstanceNorm1d<Double>(3, device: fast)(double))
        == bits(InstanceNorm1d<Double>(3, device: swift)(double)))
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    let half = randomTensor(TensorShape(1, 3, 700_003), seed: 4, as: Float16.self)
    #expect(
      try bits(InstanceNorm1d<Float16>(3, device: fast)(half))
        == bits(InstanceNorm1d<Float16>(3, device: swift)(half)))
    #endif
  }
}
