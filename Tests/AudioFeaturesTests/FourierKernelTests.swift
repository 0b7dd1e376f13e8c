import AudioFeatures
import TestSupport
import Testing

/// The transforms of this processor against Swift's own: the same bits.
@Suite struct FourierKernelTests {
  static func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }

  static func check(_ signal: [Float], _ comment: Comment) {
    let plans = [false, true].map { RealFFT(length: signal.count, isPortable: $0) }
    let results = plans.map { plan in
      var workspace = RealFFT.Workspace(for: plan)
      // Dirty outputs, with room behind them that must stay as it is.
      var (real, imaginary) = (
        [Float](repeating: 9, count: plan.binCount + 9), [Float](repeating: 9, count: plan.binCount + 9)
      )
      var back = [Float](repeating: 9, count: signal.count)
      real.withUnsafeMutableBufferPointer { real in
        imaginary.withUnsafeMutableBufferPointer { imaginary in
          signal.withUnsafeBufferPointer {
            plan.forward($0, real: real, imaginary: imaginary, workspace: &workspace)
          }
          back.withUnsafeMutableBufferPointer {
            plan.inverse(
              real: UnsafeBufferPointer(real), imaginary: UnsafeBufferPointer(imaginary), output: $0,
              workspace: &workspace)
          }
        }
      }
      #expect(
        real[plan.binCount...].allSatisfy { $0 == 9 } && imaginary[plan.binCount...].allSatisfy { $0 == 9 })
      return [bits(real), bits(imaginary), bits(back)]
    }
    #expect(results[0] == results[1], comment)
  }

  @Test(arguments: (1...17).map { 1 << $0 })
  func sameBitsAsSwift(length: Int) {
    var generator = SplitMix64(state: UInt64(length))
    Self.check((0..<length).map { _ in Float.random(in: -1...1, using: &generator) }, "noise of \(length)")
    Self.check((0..<length).map { Float($0 % 2) * 3e37 }, "the highest frequency, of \(length)")
    Self.check((0..<length).map { $0 == length / 3 ? .leastNonzeroMagnitude : 0 }, "an impulse, of \(length)")
    Self.check((0..<length).map { $0 == 5 ? .nan : 1 }, "NaN, of \(length)")
  }
}
