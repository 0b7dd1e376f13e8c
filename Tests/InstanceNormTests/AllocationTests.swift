import InstanceNorm
import Tensors
import TestSupport
import Testing

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
