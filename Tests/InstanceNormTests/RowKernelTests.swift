import InstanceNorm
import Tensors
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
