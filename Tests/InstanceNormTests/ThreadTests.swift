import InstanceNorm
import Tensors
import TestSupport
import Testing

@Suite struct ThreadTests {
  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, _ shape: TensorShape) throws {
    let input = randomTensor(shape, mean: 3, seed: 9, as: Scalar.self)
    func layer(_ threads: Int) -> InstanceNorm1d<Scalar> {
      InstanceNorm1d<Scalar>(shape.c, trackRunningStats: true, device: .cpu(threads: threads))
    }
    var single = layer(1)
    let expected = try single.trainingStep(input)
    for threads in [2, 8] {
      var norm = layer(threads)
      #expect(try bits(norm.trainingStep(input)) == bits(expected), "\(type) \(shape) \(threads)")
      #expect(norm.runningMean == single.runningMean && norm.runningVar == single.runningVar)
      #expect(try bits(norm(input)) == bits(single(input)))
    }
  }

  @Test func sameBitsForAnyNumberOfThreads() throws {
    // Large enough for 8 shares of 65,536 scalars, with rows that don't divide evenly.
    for shape in [TensorShape(3, 11, 16_011), TensorShape(700, 1, 777)] {
      try Self.check(Float.self, shape)
    }
    try Self.check(Double.self, TensorShape(1, 8, 70_001))
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try Self.check(Float16.self, TensorShape(3, 3, 16_011))
    #endif
  }

  @Test(arguments: [1, 2, 7, 129])
  func sharesCoverEveryRowOnce(rowCount: Int) {
    for threads in [1, 2, 8] {
      var counts = [Int](repeating: 0, count: rowCount)
      counts.withUnsafeMutableBufferPointer { buffer in
        RowThreads.forEach(
          rowCount: rowCount, rowLength: 1 << 17, device: .cpu(threads: threads), sharing: buffer
        ) { counts, rows in
          for row in rows { counts[row] += 1 }
        }
      }
      #expect(counts.allSatisfy { $0 == 1 })
    }
  }
}

/// Calls that write into existing memory ask for no other.
@Suite(.enabled(if: AllocationMeter.isAvailable, "allocations cannot be seen here")) struct AllocationTests {
  static func peak(_ work: () throws -> Void) rethrows -> Int {
    // Once unmeasured: the first use of a generic type makes its metadata.
    try work()
    var failure: (any Error)?
    let (_, peak) = AllocationMeter.measure(peak: 0) {
      do { try work() } catch { failure = error }
    }
    #expect(failure == nil)
    return peak
  }

  static func check<Scalar: TensorScalar>(_ type: Scalar.Type, length: Int) throws {
    let input = randomTensor(TensorShape(3, 4, length), mean: 2, seed: 1, as: Scalar.self)
    var output = Tensor3<Scalar>(shape: input.shape)
    for tracking in [false, true] {
      for affine in [false, true] {
        let norm = InstanceNorm1d<Scalar>(
          4, affine: affine, trackRunningStats: tracking, device: .cpu(threads: 1))
        #expect(try peak { try norm(input, into: &output) } == 0, "\(type) \(length)")
        #expect(try peak { try norm(inPlace: &output) } == 0, "\(type) \(length)")
        // Gradients of parameters, and through given statistics, keep a little for themselves.
        if !affine && !tracking {
          #expect(
            try peak { _ = try norm.gradient(at: input, outputGradient: input, into: &output) } == 0)
        }
      }
    }
    // What the meter must see: a result of its own.
    let norm = InstanceNorm1d<Scalar>(4, device: .cpu(threads: 1))
    #expect(try peak { _ = try norm(input) } >= input.shape.count * MemoryLayout<Scalar>.stride)
  }

  @Test(arguments: [10, 1000, 10_000])
  func nothingIsAllocated(length: Int) throws {
    try Self.check(Float.self, length: length)
    try Self.check(Double.self, length: length)
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    try Self.check(Float16.self, length: length)
    #endif
  }
}
