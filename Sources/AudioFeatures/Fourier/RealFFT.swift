import CAudioKernels
import Foundation

/// A discrete Fourier transform of real sequences whose length is a power of two, and its inverse.
///
/// Forward: `X[k] = Σₙ x[n] · exp(−2πi·k·n/N)` for k = 0 … N/2, unscaled.
/// Inverse: `x[n] = 1/N · Σₖ X[k] · exp(+2πi·k·n/N)`, with the missing half of X implied by
/// `X[N − k] = conj X[k]`; the imaginary parts of X[0] and X[N/2] are ignored.
///
/// Both run one complex transform of half the length (Sorensen et al., "Real-valued fast Fourier transform
/// algorithms", IEEE TASSP 35 (1987)). Twiddles are computed in `Double`; the error grows with log N and stays
/// within about 2⁻²² of the largest value at every supported length.
///
/// A plan is immutable and can be shared by threads; each thread needs a ``Workspace`` of its own.
public struct RealFFT: Sendable {
  /// The lengths a plan can have: powers of two in this range.
  public static let supportedLengths = 2...(1 << 20)

  /// The number of real values N.
  public let length: Int

  /// The number of complex values N/2 + 1 of a transform.
  public var binCount: Int { length / 2 + 1 }

  let half: ComplexFFT
  let rotationReal: ContiguousArray<Float>
  let rotationImaginary: ContiguousArray<Float>

  /// The implementation of the transforms; all give the same bits.
  package enum Kernels: CaseIterable, Sendable {
    /// The fastest implementation that the processor has.
    case fastest
    /// AVX2 without AVX-512, where the processor has AVX2, else Swift's own code.
    case avx2
    /// Swift's own code.
    case portable
  }

  let kernels: Kernels

  /// Creates a plan.
  ///
  /// - Precondition: `length` is a power of two within ``supportedLengths``.
  public init(length: Int) { self.init(length: length, kernels: .fastest) }

  /// Creates a plan with a choice of implementation.
  package init(length: Int, kernels: Kernels) {
    precondition(
      Self.supportedLengths.contains(length) && length & (length - 1) == 0,
      "an FFT length must be a power of two from 2 to 2^20: \(length)")
    self.length = length
    self.kernels = kernels
    half = ComplexFFT(length: length / 2)
    let angles = (0...length / 4).map { -2 * Double.pi * Double($0) / Double(length) }
    rotationReal = ContiguousArray(angles.map { Float(cos($0)) })
    rotationImaginary = ContiguousArray(angles.map { Float(sin($0)) })
  }

  private static let plans = TableCache<Int, RealFFT> { RealFFT(length: $0) }

  /// The plan of a length, made once and shared.
  static func shared(length: Int) -> RealFFT { plans[length] }

  /// Scratch memory of one thread: four rows of N/2 values, and room for aligning them.
  public struct Workspace: Sendable {
    var storage: ContiguousArray<Float>

    private static let spareCount = 16

    /// Creates scratch memory for a plan.
    public init(for plan: RealFFT) {
      storage = ContiguousArray(repeating: 0, count: 2 * plan.length + Self.spareCount)
    }

    /// Stops where the workspace was made for another length.
    func check(_ plan: RealFFT) {
      precondition(
        storage.count == 2 * plan.length + Self.spareCount,
        "the workspace belongs to a plan of another length")
    }
  }

  /// Transforms N real values to N/2 + 1 complex ones.
  ///
  /// - Parameters:
  ///   - input: N real values.
  ///   - real: Receives the real parts; room for at least N/2 + 1 values.
  ///   - imaginary: Receives the imaginary parts; room for at least N/2 + 1 values.
  ///   - workspace: Scratch memory of a plan of this length, with any content.
  public func forward(
    _ input: UnsafeBufferPointer<Float>, real: UnsafeMutableBufferPointer<Float>,
    imaginary: UnsafeMutableBufferPointer<Float>, workspace: inout Workspace
  ) {
    precondition(input.count == length && real.count >= binCount && imaginary.count >= binCount)
    #if arch(x86_64)
    if unsafe AVX2Fourier.forward(self, input, real, imaginary, &workspace) { return }
    #endif
    unsafe forward(real, imaginary, &workspace) { row in
      for n in 0..<length / 2 {
        unsafe row.real[n] = input[2 * n]
        unsafe row.imaginary[n] = input[2 * n + 1]
      }
    }
  }

  /// Transforms the products of up to N real values and a window, as if zeros followed, to N/2 + 1 complex ones.
  ///
  /// The results are those of ``forward(_:real:imaginary:workspace:)`` for the products, without a pass that writes the
  /// products.
  ///
  /// - Parameters:
  ///   - input: At most N real values.
  ///   - window: As many factors.
  ///   - real: Receives the real parts; room for at least N/2 + 1 values.
  ///   - imaginary: Receives the imaginary parts; room for at least N/2 + 1 values.
  ///   - workspace: Scratch memory of a plan of this length, with any content.
  package func forward(
    _ input: UnsafeBufferPointer<Float>, windowedBy window: UnsafeBufferPointer<Float>,
    real: UnsafeMutableBufferPointer<Float>, imaginary: UnsafeMutableBufferPointer<Float>,
    workspace: inout Workspace
  ) {
    precondition(input.count <= length && input.count == window.count)
    precondition(real.count >= binCount && imaginary.count >= binCount)
    #if arch(x86_64)
    if unsafe AVX2Fourier.forward(self, input, windowedBy: window, real, imaginary, &workspace) { return }
    #endif
    unsafe forward(real, imaginary, &workspace) { row in
      let whole = input.count / 2
      for n in 0..<whole {
        unsafe row.real[n] = window[2 * n] * input[2 * n]
        unsafe row.imaginary[n] = window[2 * n + 1] * input[2 * n + 1]
      }
      for n in whole..<length / 2 {
        unsafe row.real[n] = 2 * n < input.count ? window[2 * n] * input[2 * n] : 0
        unsafe row.imaginary[n] = 0
      }
    }
  }

  /// Transforms the values that a closure writes: values 2n as real parts, values 2n + 1 as imaginary parts.
  @inline(__always)
  private func forward(
    _ real: UnsafeMutableBufferPointer<Float>, _ imaginary: UnsafeMutableBufferPointer<Float>,
    _ workspace: inout Workspace, _ fill: (ComplexFFT.Buffer) -> Void
  ) {
    let m = length / 2
    unsafe withRows(&workspace) { a, b in
      unsafe fill(a)
      let z = unsafe half.transform(a, b) ? b : a
      unsafe real[0] = z.real[0] + z.imaginary[0]
      unsafe real[m] = z.real[0] - z.imaginary[0]
      unsafe imaginary[0] = 0
      unsafe imaginary[m] = 0
      unsafe rotate { wr, wi in
        for k in 1..<(m / 2 + 1) where m > 1 {
          // Even part e = (Z[k] + conj Z[m−k]) / 2, odd part o = (Z[k] − conj Z[m−k]) / 2i.
          let er = unsafe (z.real[k] + z.real[m - k]) * 0.5
          let ei = unsafe (z.imaginary[k] - z.imaginary[m - k]) * 0.5
          let or = unsafe (z.imaginary[k] + z.imaginary[m - k]) * 0.5
          let oi = unsafe (z.real[m - k] - z.real[k]) * 0.5
          let tr = unsafe or * wr[k] - oi * wi[k]
          let ti = unsafe or * wi[k] + oi * wr[k]
          unsafe real[k] = er + tr
          unsafe imaginary[k] = ei + ti
          unsafe real[m - k] = er - tr
          unsafe imaginary[m - k] = ti - ei
        }
      }
    }
  }

  /// Transforms N/2 + 1 complex values back to N real ones, scaled by 1/N.
  ///
  /// - Parameters:
  ///   - real: The real parts, at least N/2 + 1 values.
  ///   - imaginary: The imaginary parts, at least N/2 + 1 values.
  ///   - output: Receives N real values.
  ///   - workspace: Scratch memory of a plan of this length, with any content.
  public func inverse(
    real: UnsafeBufferPointer<Float>, imaginary: UnsafeBufferPointer<Float>,
    output: UnsafeMutableBufferPointer<Float>, workspace: inout Workspace
  ) {
    precondition(output.count == length && real.count >= binCount && imaginary.count >= binCount)
    #if arch(x86_64)
    if unsafe AVX2Fourier.inverse(self, real, imaginary, output, &workspace) { return }
    #endif
    let m = length / 2
    let scale = 1 / Float(length)
    unsafe withRows(&workspace) { a, b in
      // The inverse is the forward transform of the conjugate: imaginary parts are negated before and after.
      unsafe a.real[0] = (real[0] + real[m]) * scale
      unsafe a.imaginary[0] = (real[m] - real[0]) * scale
      unsafe rotate { wr, wi in
        for k in 1..<(m / 2 + 1) where m > 1 {
          let er = unsafe (real[k] + real[m - k]) * scale
          let ei = unsafe (imaginary[k] - imaginary[m - k]) * scale
          let tr = unsafe (real[k] - real[m - k]) * scale
          let ti = unsafe (imaginary[k] + imaginary[m - k]) * scale
          let or = unsafe tr * wr[k] + ti * wi[k]
          let oi = unsafe ti * wr[k] - tr * wi[k]
          unsafe a.real[k] = er - oi
          unsafe a.imaginary[k] = -(ei + or)
          unsafe a.real[m - k] = er + oi
          unsafe a.imaginary[m - k] = ei - or
        }
      }
      let z = unsafe half.transform(a, b) ? b : a
      for n in 0..<m {
        unsafe output[2 * n] = z.real[n]
        unsafe output[2 * n + 1] = -z.imaginary[n]
      }
    }
  }

  private func withRows(
    _ workspace: inout Workspace, _ body: (ComplexFFT.Buffer, ComplexFFT.Buffer) -> Void
  ) {
    let m = length / 2
    workspace.check(self)
    unsafe workspace.storage.withUnsafeMutableBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      unsafe body(
        ComplexFFT.Buffer(real: base, imaginary: base + m),
        ComplexFFT.Buffer(real: base + 2 * m, imaginary: base + 3 * m))
    }
  }

  private func rotate(_ body: (UnsafeBufferPointer<Float>, UnsafeBufferPointer<Float>) -> Void) {
    unsafe rotationReal.withUnsafeBufferPointer { wr in
      unsafe rotationImaginary.withUnsafeBufferPointer { wi in unsafe body(wr, wi) }
    }
  }
}

/// The complex spectrum of one real sequence: F/2 + 1 bins.
struct Spectrum: Sendable {
  private(set) var real: ContiguousArray<Float>
  private(set) var imaginary: ContiguousArray<Float>

  init(binCount: Int) {
    real = ContiguousArray(repeating: 0, count: binCount)
    imaginary = real
  }

  /// Sets each bin to the value that a closure returns.
  mutating func fill(_ bin: (Int) -> (real: Float, imaginary: Float)) {
    for k in real.indices { (real[k], imaginary[k]) = bin(k) }
  }

  /// Sets the bins to the transform of N values, N being the plan's length.
  mutating func transform(
    _ input: ContiguousArray<Float>, _ plan: RealFFT, _ workspace: inout RealFFT.Workspace
  ) {
    unsafe input.withUnsafeBufferPointer { input in
      unsafe real.withUnsafeMutableBufferPointer { real in
        unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
          unsafe plan.forward(input, real: real, imaginary: imaginary, workspace: &workspace)
        }
      }
    }
  }

  /// Writes the inverse transform of N values, N being the plan's length.
  func invert(
    into output: inout ContiguousArray<Float>, _ plan: RealFFT, _ workspace: inout RealFFT.Workspace
  ) {
    unsafe real.withUnsafeBufferPointer { real in
      unsafe imaginary.withUnsafeBufferPointer { imaginary in
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe plan.inverse(real: real, imaginary: imaginary, output: output, workspace: &workspace)
        }
      }
    }
  }

  /// Multiplies every bin by that of another spectrum: the circular convolution of the two sequences.
  mutating func multiply(by other: Spectrum) {
    precondition(other.real.count == real.count)
    let count = real.count
    unsafe other.real.withUnsafeBufferPointer { hr in
      unsafe other.imaginary.withUnsafeBufferPointer { hi in
        unsafe real.withUnsafeMutableBufferPointer { real in
          unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
            guard let real = real.baseAddress, let imaginary = imaginary.baseAddress,
              let hr = hr.baseAddress, let hi = hi.baseAddress
            else { return }
            RowArithmetic.forEach(count) { i in
              let (a, b) = unsafe (real.lanes(i), imaginary.lanes(i))
              let (c, d) = unsafe (hr.lanes(i), hi.lanes(i))
              unsafe real.store(a * c - b * d, i)
              unsafe imaginary.store(a * d + b * c, i)
            } single: { i in
              let (a, b) = unsafe (real[i], imaginary[i])
              unsafe real[i] = a * hr[i] - b * hi[i]
              unsafe imaginary[i] = a * hi[i] + b * hr[i]
            }
          }
        }
      }
    }
  }
}

#if arch(x86_64)

/// Real transforms in C for x86-64 processors with AVX2 or AVX-512; results have the bits of ``RealFFT``.
///
/// This is the only file that calls the C code. A function returns false where it leaves the work to Swift's code.
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
    guard cak_has_avx2(), plan.kernels != .portable, plan.length >= cft_least_length else {
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
              wide: plan.kernels == .fastest && cak_has_avx512())
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
