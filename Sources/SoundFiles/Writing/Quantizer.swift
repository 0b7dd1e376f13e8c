/// Rounds samples to integers of a word length, exactly and without libsndfile's own scaling.
///
/// `q(x) = clamp(round(x · 2ᵇ⁻¹ + d), −2ᵇ⁻¹, 2ᵇ⁻¹ − 1)`, where `round` goes to the nearest integer and ties go to the
/// even one, and `d` is the dither. Without dither, reading an integer file and quantising to its word length gives its
/// integers back, for every word length up to 24 bits (a `Float` holds no more; `Double` input serves 32).
///
/// Dither is triangular (TPDF) with a width of ±1 unit: it makes the error's mean and variance independent of the
/// signal (Lipshitz, Wannamaker and Vanderkooy, JAES 40(5), 1992). Samples that are exactly 0 are left alone, so that
/// digital silence stays digital silence. The noise depends on the seed, the channel and the sample's place only:
/// any chunking gives the same integers.
public struct Quantizer: Sendable {
  /// The word length b in bits.
  public let bits: Int
  /// Whether dither is added.
  public let isDithered: Bool
  /// The number of samples that lay outside the range and were clamped.
  public private(set) var clippedCount = 0
  /// The number of samples that were not numbers and became 0.
  public private(set) var invalidCount = 0

  private let scale: Double
  private let upper: Double
  private let lower: Double
  private var noise: [SplitMix64]

  /// Creates a quantizer.
  ///
  /// - Parameters:
  ///   - bits: The word length, 2 to 32.
  ///   - channelCount: The number of channels; each has its own dither.
  ///   - isDithered: Whether to add dither.
  ///   - seed: Where the dither starts.
  public init(bits: Int, channelCount: Int, isDithered: Bool = false, seed: UInt64 = 0x5EED) {
    precondition((2...32).contains(bits), "a word length must lie in 2...32, found \(bits)")
    precondition(channelCount >= 1, "expected at least 1 channel, found \(channelCount)")
    self.bits = bits
    self.isDithered = isDithered
    scale = Double(sign: .plus, exponent: bits - 1, significand: 1)
    upper = scale - 1
    lower = -scale
    var seeds = SplitMix64(state: seed)
    noise = (0..<channelCount).map { _ in SplitMix64(state: seeds.next()) }
  }

  /// Quantises one sample of a channel.
  ///
  /// - Returns: The integer in the **high** bits of 32 (`q · 2³²⁻ᵇ`), as libsndfile takes it.
  public mutating func quantize(_ x: some BinaryFloatingPoint, channel: Int) -> Int32 {
    var generator = noise[channel]
    defer { noise[channel] = generator }
    return quantize(Double(x), &generator)
  }

  @inline(__always)
  private mutating func quantize(_ x: Double, _ noise: inout SplitMix64) -> Int32 {
    var scaled = x * scale
    // One step of the generator a sample, silent or not: the noise depends on the place alone.
    if isDithered {
      let dither = noise.nextTriangular()
      if x != 0 { scaled += dither }
    }
    // Adding 1.5 · 2⁵² and taking it away rounds to the nearest integer, ties to even; beyond 2⁵¹ it does not, but stays
    // outside the range.
    let rounded = (scaled + 6_755_399_441_055_744) - 6_755_399_441_055_744
    let clamped: Double
    if rounded > upper {
      clippedCount += 1
      clamped = upper
    } else if rounded < lower {
      clippedCount += 1
      clamped = lower
    } else if rounded == rounded {
      clamped = rounded
    } else {
      invalidCount += 1
      clamped = 0
    }
    return Int32(clamped) << Int32(32 - bits)
  }

  /// Quantises the valid frames of a buffer into interleaved integers, each in the high bits of 32.
  ///
  /// - Parameters:
  ///   - buffer: The frames; the number of channels is the quantizer's.
  ///   - items: Filled from its start with `frameCount · channelCount` integers; it must be long enough.
  public mutating func quantize(_ buffer: FrameBuffer, into items: inout [Int32]) {
    let channels = buffer.channelCount
    precondition(channels == noise.count, "expected \(noise.count) channels, found \(channels)")
    precondition(items.count >= buffer.frameCount * channels, "the integers need more room")
    unsafe items.withUnsafeMutableBufferPointer { target in
      for channel in 0..<channels {
        var generator = noise[channel]
        buffer.withChannel(channel) { source in
          var index = channel
          for frame in 0..<source.count {
            unsafe target[index] = quantize(Double(source[frame]), &generator)
            index &+= channels
          }
        }
        noise[channel] = generator
      }
    }
  }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): small, fast, and good enough for dither.
struct SplitMix64: Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The sum of two uniform numbers in -1/2 ..< 1/2, from the two halves of one draw.
  mutating func nextTriangular() -> Double {
    let draw = next()
    let unit = 1.0 / 4_294_967_296.0
    return (Double(draw >> 32) + Double(draw & 0xFFFF_FFFF)) * unit - 1
  }
}
