import AudioFeatures
import SoundFiles

/// A source whose values that are no sound (not finite, or beyond 10⁶ times full scale) read as silence, and that counts
/// them.
final class SanitizedSource: ForwardingSource {
  /// The largest magnitude that is taken for sound, +120 dBFS: powers of larger ones leave the range of `Float`.
  static let largestMagnitude: Float = 1e6

  /// How many values were no sound since the last rewind.
  private(set) var nonFiniteCount = 0

  /// Whether the clip can hold values that are no sound: integers cannot.
  private lazy var isChecked = (base as? SoundFileReader)?.info.format.encoding.integerBits == nil

  override func rewind() throws {
    nonFiniteCount = 0
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    guard isChecked else { return count }
    for channel in 0..<channelCount {
      guard !buffer.withChannel(channel, { Self.isSound($0) }) else { continue }
      buffer.withMutableChannel(channel) { samples in
        for i in 0..<count where !(abs(samples[i]) <= Self.largestMagnitude) {
          samples[i] = 0
          nonFiniteCount += 1
        }
      }
    }
    return count
  }

  /// Passes over frames without counting what is no sound in them.
  override func skip(_ count: Int) throws -> Int { try base.skip(count) }

  /// Whether all values of a row are sound.
  private static func isSound(_ samples: Span<Float>) -> Bool {
    let count = samples.count
    return unsafe samples.withUnsafeBufferPointer { samples in
      guard let base = samples.baseAddress else { return true }
      // Magnitudes are in the order of their bits, and what is not finite stands above all numbers: what is too large
      // makes a difference negative.
      let limit = Int32(bitPattern: largestMagnitude.bitPattern)
      var found = SIMD8<Int32>.zero
      var rest: Int32 = 0
      RowArithmetic.forEach(count) { i in
        found |= limit &- (unsafe unsafeBitCast(base.lanes(i), to: SIMD8<Int32>.self) & .max)
      } single: { i in
        rest |= limit &- (unsafe Int32(bitPattern: base[i].bitPattern) & .max)
      }
      for lane in 0..<8 { rest |= found[lane] }
      return rest >= 0
    }
  }
}
