import SoundFiles

/// A source whose values that are no sound (not finite, or beyond 10⁶ times full scale) read as silence, and that counts
/// them.
final class SanitizedSource: ForwardingSource {
  /// The largest magnitude that is taken for sound, +120 dBFS: powers of larger ones leave the range of `Float`.
  static let largestMagnitude: Float = 1e6

  /// How many values were no sound since the last rewind.
  private(set) var nonFiniteCount = 0

  override func rewind() throws {
    nonFiniteCount = 0
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    for channel in 0..<channelCount {
      buffer.withMutableChannel(channel) { samples in
        for i in 0..<count where !(abs(samples[i]) <= Self.largestMagnitude) {
          samples[i] = 0
          nonFiniteCount += 1
        }
      }
    }
    return count
  }
}
