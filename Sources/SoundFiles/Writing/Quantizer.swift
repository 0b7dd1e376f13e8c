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

  private typealias Values = SIMD4<Double>

  private let scale: Double
  private let shift: UInt32
  private var noise: [DitherNoise]

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
    shift = UInt32(32 - bits)
    var seeds = SplitMix64(state: seed)
    noise = (0..<channelCount).map { _ in DitherNoise(seed: seeds.next()) }
  }

  /// Quantises one sample of a channel.
  ///
  /// - Returns: The integer in the **high** bits of 32 (`q · 2³²⁻ᵇ`), as libsndfile takes it.
  public mutating func quantize(_ x: some BinaryFloatingPoint, channel: Int) -> Int32 {
    var counts = Counts()
    let word = word(Double(x), &noise[channel], &counts)
    add(counts)
    return word
  }

  /// Quantises the valid frames of a buffer into interleaved integers, each in the high bits of 32.
  ///
  /// - Parameters:
  ///   - buffer: The frames; the number of channels is the quantizer's.
  ///   - items: Filled from its start with `frameCount · channelCount` integers; it must be long enough.
  public mutating func quantize(_ buffer: FrameBuffer, into items: inout [Int32]) {
    quantizeHighBits(buffer, into: &items)
  }

  /// Quantises the valid frames of a buffer into interleaved integers that have at least as many bits as the word, each in
  /// the high bits.
  mutating func quantizeHighBits<Item: FixedWidthInteger>(_ buffer: FrameBuffer, into items: inout [Item]) {
    precondition(Item.bitWidth >= bits && Item.bitWidth <= 32)
    let channels = buffer.channelCount
    precondition(channels == noise.count, "expected \(noise.count) channels, found \(channels)")
    precondition(items.count >= buffer.frameCount * channels, "the integers need more room")
    unsafe items.withUnsafeMutableBufferPointer { target in
      guard let target = target.baseAddress else { return }
      for channel in 0..<channels {
        buffer.withChannel(channel) { row in
          unsafe row.withUnsafeBufferPointer {
            unsafe quantize($0, channel: channel, to: target + channel, stride: channels)
          }
        }
      }
    }
  }

  /// Quantises consecutive samples of a channel, four at a time where the dither stands at the first of four.
  private mutating func quantize<Item: FixedWidthInteger>(
    _ row: UnsafeBufferPointer<Float>, channel: Int, to target: UnsafeMutablePointer<Item>, stride: Int
  ) {
    let excess = Int32(32 - Item.bitWidth)
    guard let samples = row.baseAddress else { return }
    var noise = noise[channel]
    var counts = Counts()
    var frame = 0
    while frame < row.count {
      if noise.isAtFour, row.count &- frame >= 4 {
        let values = unsafe UnsafeRawPointer(samples + frame).loadUnaligned(as: SIMD4<Float>.self)
        let words = words(Values(values), isDithered ? noise.nextFour() : .zero, &counts) &>> excess
        for lane in 0..<4 {
          unsafe target[(frame &+ lane) &* stride] = Item(truncatingIfNeeded: words[lane])
        }
        frame &+= 4
      } else {
        let word = unsafe word(Double(samples[frame]), &noise, &counts) &>> excess
        unsafe target[frame &* stride] = Item(truncatingIfNeeded: word)
        frame &+= 1
      }
    }
    self.noise[channel] = noise
    add(counts)
  }

  @inline(__always)
  private func word(_ x: Double, _ noise: inout DitherNoise, _ counts: inout Counts) -> Int32 {
    words(Values(x, 0, 0, 0), Values(isDithered ? noise.next() : 0, 0, 0, 0), &counts)[0]
  }

  /// The integers of four samples.
  @inline(__always)
  private func words(_ x: Values, _ dither: Values, _ counts: inout Counts) -> SIMD4<Int32> {
    // Adding 1.5 · 2⁵² rounds to the nearest integer, ties to even, and leaves it in the low bits of the sum. Beyond 2⁵¹ it
    // does not, but stays outside the range.
    let origin = 6_755_399_441_055_744.0
    let found = (x * scale + dither.replacing(with: 0, where: x .== 0)) + origin
    let (upper, lower) = (Values(repeating: origin + (scale - 1)), Values(repeating: origin - scale))
    var kept = found.replacing(with: upper, where: upper .< found)
    kept = kept.replacing(with: lower, where: lower .> kept)
    let isInvalid = found .!= found
    counts.add(isChanged: kept .!= found, isInvalid: isInvalid)
    let halves = unsafe unsafeBitCast(kept.replacing(with: origin, where: isInvalid), to: SIMD8<UInt32>.self)
    #if _endian(little)
    let low = halves.evenHalf
    #else
    let low = halves.oddHalf
    #endif
    return SIMD4<Int32>(truncatingIfNeeded: low &<< shift)
  }

  private mutating func add(_ counts: Counts) {
    clippedCount += counts.clipped
    invalidCount += counts.invalid
  }

  /// How many samples were clamped, and how many were not numbers, lane by lane.
  private struct Counts {
    private var changed = SIMD4<Int64>.zero
    private var notNumbers = SIMD4<Int64>.zero

    /// Takes what was found of four samples; those that are not numbers count as changed.
    @inline(__always)
    mutating func add(isChanged: SIMDMask<SIMD4<Int64>>, isInvalid: SIMDMask<SIMD4<Int64>>) {
      // A lane of a mask is 0 or −1.
      changed &-= unsafe unsafeBitCast(isChanged, to: SIMD4<Int64>.self)
      notNumbers &-= unsafe unsafeBitCast(isInvalid, to: SIMD4<Int64>.self)
    }

    var invalid: Int { Int(notNumbers.wrappedSum()) }
    var clipped: Int { Int(changed.wrappedSum()) - invalid }
  }
}
