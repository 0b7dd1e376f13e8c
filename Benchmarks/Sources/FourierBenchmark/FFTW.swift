import Foundation

/// FFTW's single-precision real transforms, planned with ESTIMATE, where the library is installed.
///
/// It is looked up while the program runs, so that nothing depends on it.
final class FFTW {
  private typealias Pointer = UnsafeMutableRawPointer
  private typealias MakePlan = @convention(c) (Int32, Pointer, Pointer, UInt32) -> Pointer?
  private typealias Execute = @convention(c) (Pointer) -> Void

  private let executePlan: Execute
  private let forwardPlan: Pointer
  private let inversePlan: Pointer

  /// Nil where the library is not installed.
  init?(length: Int, input: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let names = ["libfftw3f.so.3", "libfftw3f.3.dylib", "/opt/homebrew/lib/libfftw3f.3.dylib"]
    guard let library = names.lazy.compactMap({ dlopen($0, RTLD_NOW) }).first,
      let forward = dlsym(library, "fftwf_plan_dft_r2c_1d"),
      let inverse = dlsym(library, "fftwf_plan_dft_c2r_1d"),
      let execute = dlsym(library, "fftwf_execute")
    else { return nil }
    let (estimate, preserveInput) = (UInt32(1 << 6), UInt32(1 << 4))
    let spectrum = Pointer.allocate(byteCount: (length / 2 + 1) * 8, alignment: 64)
    guard
      let forwardPlan = unsafeBitCast(forward, to: MakePlan.self)(
        Int32(length), input, spectrum, estimate | preserveInput),
      let inversePlan = unsafeBitCast(inverse, to: MakePlan.self)(Int32(length), spectrum, output, estimate)
    else { return nil }
    self.forwardPlan = forwardPlan
    self.inversePlan = inversePlan
    executePlan = unsafeBitCast(execute, to: Execute.self)
  }

  func forward() { executePlan(forwardPlan) }
  func inverse() { executePlan(inversePlan) }
}
