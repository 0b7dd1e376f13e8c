/// The lengths of a short-time Fourier transform: one window duration at every sample rate.
///
/// - windowLength W: 42.67 ms (2048 samples at 48 kHz), rounded to a multiple of 4, at least 4;
/// - fftLength F: the next power of two, the frame zero-padded;
/// - hopLength H: W/4.
///
/// So statistics taken over frames and frequency bands mean the same at 8 kHz and at 192 kHz.
public struct STFTGeometry: Hashable, Sendable {
  /// The sample rate in Hz.
  public let sampleRate: Double
  /// The window length W in samples.
  public let windowLength: Int
  /// The length F of the Fourier transform in samples.
  public let fftLength: Int
  /// The distance H between frames in samples.
  public var hopLength: Int { windowLength / 4 }
  /// The number of bins of a frame's spectrum, F/2 + 1.
  public var binCount: Int { fftLength / 2 + 1 }

  /// The duration of the window in seconds: 2048 samples at 48 kHz.
  public static let windowDuration = 2048.0 / 48000.0

  /// Creates the geometry for a sample rate in Hz.
  ///
  /// - Precondition: The rate is positive and at most 10 MHz.
  public init(sampleRate: Double) {
    precondition(sampleRate > 0 && sampleRate <= 1e7, "a sample rate must be in (0, 10 MHz]: \(sampleRate)")
    self.sampleRate = sampleRate
    windowLength = max(4, Int((sampleRate * Self.windowDuration / 4).rounded()) * 4)
    var length = 4
    while length < windowLength { length *= 2 }
    fftLength = length
  }

  /// The frequency of a bin in Hz.
  public func frequency(ofBin bin: Int) -> Double {
    Double(bin) * sampleRate / Double(fftLength)
  }

  /// The number L of frames whose centre lies inside a clip: ⌈n / H⌉.
  ///
  /// Frame i is centred at sample i · H.
  public func frameCount(ofSamples sampleCount: Int) -> Int {
    (sampleCount + hopLength - 1) / hopLength
  }

  /// The indices of all frames that touch a clip of n samples: −1 … ⌈n / H⌉ + 1, or none for an empty clip.
  ///
  /// The frame before the first centre and the two after the last complete the overlap at the clip's ends.
  public func frameIndices(ofSamples sampleCount: Int) -> Range<Int> {
    sampleCount == 0 ? 0..<0 : -1..<frameCount(ofSamples: sampleCount) + 2
  }
}
