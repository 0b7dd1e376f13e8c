/// One frame of a short-time Fourier transform: the complex spectrum of every audio channel.
public struct SpectrumFrame: Sendable {
  /// The frame's index i; its centre is sample i · hopLength of the clip.
  public var index = 0

  /// The energy Σ w² of the part of the analysis window that lies inside the clip.
  ///
  /// At the clip's ends part of a frame lies outside. Division by this energy keeps levels calibrated.
  public var windowEnergy: Float = 1

  /// The number of audio channels.
  public let channelCount: Int

  /// The number of bins F/2 + 1 of each channel.
  public let binCount: Int

  /// The real parts, channel by channel.
  public var real: ContiguousArray<Float>

  /// The imaginary parts, channel by channel.
  public var imaginary: ContiguousArray<Float>

  /// Creates an empty frame.
  public init(channelCount: Int, binCount: Int) {
    self.channelCount = channelCount
    self.binCount = binCount
    real = ContiguousArray(repeating: 0, count: channelCount * binCount)
    imaginary = real
  }
}

/// Powers of spectra, and the multiplication of spectra by factors.
extension SpectrumFrame {
  /// Writes `scale · |X[k]|²` of a channel for every bin, or adds it to the present values.
  package func power(
    ofChannel channel: Int, scale: Float = 1, adding: Bool = false, into power: inout ContiguousArray<Float>
  ) {
    precondition(power.count == binCount)
    unsafe withRows(channel) { real, imaginary in
      unsafe power.withUnsafeMutableBufferPointer { power in
        guard let power = power.baseAddress else { return }
        unsafe RowArithmetic.power(
          real, imaginary, scale: scale, adding: adding, into: power, count: binCount)
      }
    }
  }

  /// Writes the power of half the sum (sign 1) or half the difference (sign −1) of the first two channels.
  package func power(ofHalfSumWithSign sign: Float, into power: inout ContiguousArray<Float>) {
    precondition(power.count == binCount && channelCount >= 2)
    unsafe withRows(0) { leftReal, leftImaginary in
      unsafe withRows(1) { rightReal, rightImaginary in
        unsafe power.withUnsafeMutableBufferPointer { power in
          guard let power = power.baseAddress else { return }
          RowArithmetic.forEach(binCount) { k in
            let re = unsafe (leftReal.lanes(k) + sign * rightReal.lanes(k)) * 0.5
            let im = unsafe (leftImaginary.lanes(k) + sign * rightImaginary.lanes(k)) * 0.5
            unsafe power.store(re * re + im * im, k)
          } single: { k in
            let re = unsafe (leftReal[k] + sign * rightReal[k]) * 0.5
            let im = unsafe (leftImaginary[k] + sign * rightImaginary[k]) * 0.5
            unsafe power[k] = re * re + im * im
          }
        }
      }
    }
  }

  /// Multiplies a channel's bins by real factors.
  package mutating func scale(_ channel: Int, by factors: ContiguousArray<Float>) {
    precondition(factors.count == binCount && channel < channelCount)
    let (bins, offset) = (binCount, channel * binCount)
    unsafe factors.withUnsafeBufferPointer { factors in
      guard let factors = factors.baseAddress else { return }
      unsafe real.withUnsafeMutableBufferPointer { row in
        guard let row = row.baseAddress else { return }
        unsafe RowArithmetic.scale(row + offset, by: factors, count: bins)
      }
      unsafe imaginary.withUnsafeMutableBufferPointer { row in
        guard let row = row.baseAddress else { return }
        unsafe RowArithmetic.scale(row + offset, by: factors, count: bins)
      }
    }
  }

  /// Multiplies the middle (L + R)/2 of a channel and the next one by factors, and leaves the side as it is.
  package mutating func scaleSum(by factors: ContiguousArray<Float>, firstChannel: Int = 0) {
    mix(factors, firstChannel) { left, right, factor in
      let change = (left + right) / 2 * (factor - 1)
      return (left + change, right + change)
    }
  }

  /// Multiplies the side (L − R)/2 of a channel and the next one by factors, and leaves the middle as it is.
  package mutating func scaleDifference(by factors: ContiguousArray<Float>, firstChannel: Int = 0) {
    mix(factors, firstChannel) { left, right, factor in
      let change = (left - right) / 2 * (factor - 1)
      return (left + change, right - change)
    }
  }

  @inline(__always)
  private mutating func mix(
    _ factors: ContiguousArray<Float>, _ channel: Int, _ change: (Float, Float, Float) -> (Float, Float)
  ) {
    let (left, right) = (channel * binCount, (channel + 1) * binCount)
    for k in 0..<binCount {
      (real[left + k], real[right + k]) = change(real[left + k], real[right + k], factors[k])
      (imaginary[left + k], imaginary[right + k]) = change(
        imaginary[left + k], imaginary[right + k], factors[k])
    }
  }

  /// Calls a closure with the real and the imaginary parts of a channel.
  @inline(__always)
  private func withRows(_ channel: Int, _ body: (UnsafePointer<Float>, UnsafePointer<Float>) -> Void) {
    precondition(channel >= 0 && channel < channelCount)
    unsafe real.withUnsafeBufferPointer { real in
      unsafe imaginary.withUnsafeBufferPointer { imaginary in
        guard let real = real.baseAddress, let imaginary = imaginary.baseAddress else { return }
        let offset = channel * binCount
        unsafe body(real + offset, imaginary + offset)
      }
    }
  }
}
