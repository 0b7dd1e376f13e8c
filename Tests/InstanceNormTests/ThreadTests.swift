import InstanceNorm
import Tensors
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
        nonisolated(unsafe) let buffer = buffer
        RowThreads.forEach(rowCount: rowCount, rowLength: 1 << 17, device: .cpu(threads: threads)) { rows in
          for row in rows { buffer[row] += 1 }
        }
      }
      #expect(counts.allSatisfy { $0 == 1 })
    }
  }
}
