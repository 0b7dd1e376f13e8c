/// Rounds samples to integers of a word length, exactly and without libsndfile's own scaling.
///
/// `q(x) = clamp(round(x · 2ᵇ⁻¹ + d), −2ᵇ⁻¹, 2ᵇ⁻¹ − 1)`, where `round` goes to the nearest integer, ties to the even
/// one, and `d` is the dither. Without dither, reading an integer file and quantising to its word length gives the
/// integers back, for word lengths up to 24 bits with `Float` samples and up to 32 bits with `Double` samples.
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
  ///   - seed: The seed of the dither.
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
  ///   - items: Receives `frameCount · channelCount` integers from its start on; it must be long enough.
  public mutating func quantize(_ buffer: FrameBuffer, into items: inout [Int32]) {
    quantizeHighBits(buffer, into: &items)
  }

  /// Quantises the valid frames of a buffer into interleaved integers, each word in the high bits of its integer.
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

  /// Quantises consecutive samples of a channel, four at a time where the dither is at a multiple of four.
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
    // Adding 1.5 · 2⁵² rounds to the nearest integer, ties to even, and leaves it in the low bits of the sum. Values
    // beyond 2⁵¹ are not rounded to integers, but stay outside the range.
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

  /// The number of clamped samples, and of samples that are not numbers, lane by lane.
  private struct Counts {
    private var changed = SIMD4<Int64>.zero
    private var notNumbers = SIMD4<Int64>.zero

    /// Counts four samples; samples that are not numbers count as changed, too.
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

/// Triangular dither of one channel: white noise whose values depend on the seed and on their place only.
///
/// Four generators, xorwow (Marsaglia, "Xorshift RNGs", J. Stat. Softw. 8(14), 2003, section 3.1), run side by side;
/// place n belongs to generator n mod 4. One draw r of 32 bits makes one value,
///
///     d = (⌊r/2¹⁶⌋ + r mod 2¹⁶ + 1)/2¹⁶ − 1
///
/// the sum of two uniform numbers: mean 0, variance 1/6, and |d| < 1, in steps of 2⁻¹⁶ unit.
struct DitherNoise: Sendable {
  private typealias Words = SIMD4<UInt32>

  private var state: (Words, Words, Words, Words, Words)
  private var counter: Words
  /// The last four values, of which the first `usedCount` are used.
  private var four = SIMD4<Double>.zero
  private var usedCount = 4

  init(seed: UInt64) {
    var seeds = SplitMix64(state: seed)
    func words() -> Words {
      let (a, b) = (seeds.next(), seeds.next())
      return Words(
        UInt32(truncatingIfNeeded: a), UInt32(truncatingIfNeeded: a >> 32), UInt32(truncatingIfNeeded: b),
        UInt32(truncatingIfNeeded: b >> 32))
    }
    // A generator whose state is 0 stays there.
    state = (words() | 1, words(), words(), words(), words())
    counter = words()
  }

  /// Whether the next place belongs to the first generator.
  var isAtFour: Bool { usedCount == 4 }

  /// The values of the next four places; may be called only where ``isAtFour`` is true.
  @inline(__always)
  mutating func nextFour() -> SIMD4<Double> {
    let t = state.0 ^ (state.0 &>> 2)
    state = (state.1, state.2, state.3, state.4, (state.4 ^ (state.4 &<< 4)) ^ (t ^ (t &<< 1)))
    counter &+= 362_437
    let draw = state.4 &+ counter
    let sum = SIMD4<Int32>(truncatingIfNeeded: (draw &>> 16) &+ (draw & 0xFFFF))
    let unit = 1.0 / 65_536
    return SIMD4<Double>(sum) * unit - (1 - unit)
  }

  /// The value of the next place.
  mutating func next() -> Double {
    if isAtFour {
      four = nextFour()
      usedCount = 0
    }
    defer { usedCount += 1 }
    return four[usedCount]
  }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): makes the states of other generators from one seed.
struct SplitMix64: Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Frames as an encoding takes them: interleaved, and quantised for integer encodings.
package struct InterleavedFrames: Sendable {
  /// The kind of number that libsndfile is given.
  enum Kind {
    /// Words of at most 16 bits, in the high bits of 16.
    case short
    /// Longer words, in the high bits of 32.
    case integer
    case float
  }

  var shorts: [Int16] = []
  var integers: [Int32] = []
  var floats: [Float] = []
  /// The number of values in use, of the kind that the writer takes.
  var count = 0

  /// Creates an empty value.
  package init() {}

  /// Removes the frames, and keeps the memory.
  package mutating func clear() { count = 0 }
}

/// Prepares frames for an encoding: interleaves them, and quantises them for integer encodings.
package struct FramePreparer: Sendable {
  let kind: InterleavedFrames.Kind
  private let channelCount: Int
  /// The quantizer; nil for floats.
  private(set) var quantizer: Quantizer?

  init(bits: Int?, channelCount: Int, isDithered: Bool, seed: UInt64) {
    kind = bits.map { $0 > 16 ? .integer : .short } ?? .float
    self.channelCount = channelCount
    quantizer = bits.map {
      Quantizer(bits: $0, channelCount: channelCount, isDithered: isDithered, seed: seed)
    }
  }

  /// Quantises and interleaves the valid frames of a buffer, which are to be written next.
  package mutating func prepare(_ buffer: FrameBuffer, into frames: inout InterleavedFrames) {
    precondition(
      buffer.channelCount == channelCount, "expected \(channelCount) channels, found \(buffer.channelCount)")
    frames.count = buffer.frameCount * channelCount
    switch kind {
    case .short:
      frames.shorts.makeRoom(frames.count)
      quantizer?.quantizeHighBits(buffer, into: &frames.shorts)
    case .integer:
      frames.integers.makeRoom(frames.count)
      quantizer?.quantize(buffer, into: &frames.integers)
    case .float:
      frames.floats.makeRoom(frames.count)
      buffer.interleave(into: &frames.floats)
    }
  }
}

extension Array where Element: Numeric {
  /// Makes sure of at least `count` elements; an array that is too short is replaced by zeros.
  mutating func makeRoom(_ count: Int) {
    if self.count < count { self = Array(repeating: 0, count: count) }
  }
}
