#if arch(x86_64)
import CFourier

/// Real transforms in C for x86-64 processors with AVX2, or AVX-512: ``RealFFT``'s results, bit for bit.
///
/// This is the only file that calls them. A function returns false where it leaves the work to Swift's code.
enum AVX2Fourier {
  static func forward(
    _ plan: RealFFT, _ input: UnsafeBufferPointer<Float>, _ real: UnsafeMutableBufferPointer<Float>,
    _ imaginary: UnsafeMutableBufferPointer<Float>, _ workspace: inout RealFFT.Workspace
  ) -> Bool {
    unsafe run(plan, &workspace) { plan, work in
      unsafe cft_real_forward(plan, input.baseAddress, real.baseAddress, imaginary.baseAddress, work)
    }
  }

  /// The transform of the products of the input and a window of the same length, as if zeros followed.
  static func forward(
    _ plan: RealFFT, _ input: UnsafeBufferPointer<Float>, windowedBy window: UnsafeBufferPointer<Float>,
    _ real: UnsafeMutableBufferPointer<Float>, _ imaginary: UnsafeMutableBufferPointer<Float>,
    _ workspace: inout RealFFT.Workspace
  ) -> Bool {
    unsafe run(plan, &workspace) { plan, work in
      unsafe cft_windowed_forward(
        plan, input.baseAddress, window.baseAddress, input.count, real.baseAddress, imaginary.baseAddress,
        work)
    }
  }

  static func inverse(
    _ plan: RealFFT, _ real: UnsafeBufferPointer<Float>, _ imaginary: UnsafeBufferPointer<Float>,
    _ output: UnsafeMutableBufferPointer<Float>, _ workspace: inout RealFFT.Workspace
  ) -> Bool {
    unsafe run(plan, &workspace) { plan, work in
      unsafe cft_real_inverse(plan, real.baseAddress, imaginary.baseAddress, output.baseAddress, work)
    }
  }

  private static func run(
    _ plan: RealFFT, _ workspace: inout RealFFT.Workspace,
    _ body: (UnsafePointer<cft_plan>, UnsafeMutablePointer<Float>?) -> Void
  ) -> Bool {
    guard cft_has_avx2(), plan.kernels != .portable, plan.length >= cft_least_length else {
      return false
    }
    workspace.check(plan)
    unsafe plan.half.twiddleReal.withUnsafeBufferPointer { twiddleReal in
      unsafe plan.half.twiddleImaginary.withUnsafeBufferPointer { twiddleImaginary in
        unsafe plan.rotationReal.withUnsafeBufferPointer { rotationReal in
          unsafe plan.rotationImaginary.withUnsafeBufferPointer { rotationImaginary in
            var tables = unsafe cft_plan(
              length: plan.length, twiddle_real: twiddleReal.baseAddress,
              twiddle_imaginary: twiddleImaginary.baseAddress, rotation_real: rotationReal.baseAddress,
              rotation_imaginary: rotationImaginary.baseAddress,
              wide: plan.kernels == .fastest && cft_has_avx512())
            unsafe workspace.storage.withUnsafeMutableBufferPointer { work in
              unsafe body(&tables, work.baseAddress)
            }
          }
        }
      }
    }
    return true
  }
}
#endif
