/// The complex spectrum of one real sequence: F/2 + 1 bins.
struct Spectrum: Sendable {
  private(set) var real: ContiguousArray<Float>
  private(set) var imaginary: ContiguousArray<Float>

  init(binCount: Int) {
    real = ContiguousArray(repeating: 0, count: binCount)
    imaginary = real
  }

  /// Takes bins from a closure.
  mutating func fill(_ bin: (Int) -> (real: Float, imaginary: Float)) {
    for k in real.indices { (real[k], imaginary[k]) = bin(k) }
  }

  /// Takes the transform of as many values as the plan has.
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

  /// Writes the inverse transform, as many values as the plan has.
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

  /// Multiplies every bin by another spectrum's: the convolution of the two sequences around the transform's length.
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
