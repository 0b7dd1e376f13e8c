import AudioFeatures
import TestSupport
import Testing

/// The transforms of this processor against Swift's own: the same bits.
@Suite struct FourierKernelTests {
  static func bits(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern } }

  static func check(_ signal: [Float], _ comment: Comment) {
    let plans = RealFFT.Kernels.allCases.map { RealFFT(length: signal.count, kernels: $0) }
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
    for result in results { #expect(result == results.last, comment) }
  }

  @Test(arguments: (1...17).map { 1 << $0 })
  func sameBitsAsSwift(length: Int) {
    var generator = SplitMix64(state: UInt64(length))
    Self.check((0..<length).map { _ in Float.random(in: -1...1, using: &generator) }, "noise of \(length)")
    Self.check((0..<length).map { Float($0 % 2) * 3e37 }, "the highest frequency, of \(length)")
    Self.check((0..<length).map { $0 == length / 3 ? .leastNonzeroMagnitude : 0 }, "an impulse, of \(length)")
    Self.check((0..<length).map { $0 == 5 ? .nan : 1 }, "NaN, of \(length)")
  }

  /// Products with a window are formed while they are read; what stands behind them is never read.
  @Test(arguments: [2, 4, 16, 32, 64, 128, 256, 2048, 8192])
  func windowedSameBitsAsOfProducts(length: Int) {
    var generator = SplitMix64(state: UInt64(length) + 1)
    let counts = [0, 1, 2, 3, length / 4 + 1, length / 2, length * 235 / 256, length - 1, length]
    for count in counts where count <= length {
      let input = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      let window = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
      let products = zip(window, input).map { $0 * $1 } + [Float](repeating: 0, count: length - count)
      let expected = Self.forward(products, nil, RealFFT(length: length, kernels: .portable))
      for kernels in RealFFT.Kernels.allCases {
        let plan = RealFFT(length: length, kernels: kernels)
        #expect(Self.forward(input, window, plan) == expected, "\(count) of \(length)")
        #expect(
          Self.forward(input + [.nan], window + [.nan], plan, count) == expected, "\(count) of \(length)")
      }
    }
  }

  static func forward(
    _ signal: [Float], _ window: [Float]?, _ plan: RealFFT, _ count: Int? = nil
  ) -> [[UInt32]] {
    var workspace = RealFFT.Workspace(for: plan)
    var (real, imaginary) = (
      [Float](repeating: 9, count: plan.binCount), [Float](repeating: 9, count: plan.binCount)
    )
    real.withUnsafeMutableBufferPointer { real in
      imaginary.withUnsafeMutableBufferPointer { imaginary in
        signal.withUnsafeBufferPointer { signal in
          guard let window else {
            plan.forward(signal, real: real, imaginary: imaginary, workspace: &workspace)
            return
          }
          window.withUnsafeBufferPointer { window in
            let range = 0..<(count ?? window.count)
            plan.forward(
              UnsafeBufferPointer(rebasing: signal[range]),
              windowedBy: UnsafeBufferPointer(rebasing: window[range]), real: real, imaginary: imaginary,
              workspace: &workspace)
          }
        }
      }
    }
    return [bits(real), bits(imaginary)]
  }
}
