import AudioFeatures
public import SoundFiles

/// A clip that passes another one's frames on; subclasses look at them or change them on the way.
open class ForwardingSource: FrameSource {
  /// The clip whose frames are passed on.
  public let base: any FrameSource

  /// Passes a clip's frames on.
  public init(_ base: any FrameSource) {
    self.base = base
  }

  /// The sample rate in Hz.
  public var sampleRate: Double { base.sampleRate }
  /// The number of channels.
  public var channelCount: Int { base.channelCount }
  /// The channels that carry low-frequency effects.
  public var lfeChannels: [Int] { base.lfeChannels }
  /// What to call the clip in messages.
  public var name: String { base.name }

  /// Goes back to the first frame.
  open func rewind() throws { try base.rewind() }

  /// Reads the next frames.
  open func read(into buffer: inout FrameBuffer) throws -> Int { try base.read(into: &buffer) }

  /// Passes over the next frames: reads them, so that subclasses see all of them.
  ///
  /// Those that change each frame by itself may override it to pass over the other clip's frames.
  open func skip(_ count: Int) throws -> Int { try readAndDrop(count) }
}

/// A source whose values that are no sound (not finite, or beyond 10⁶ times full scale) read as silence, and that counts
/// them.
package final class SanitizedSource: ForwardingSource {
  /// The largest magnitude that is taken for sound, +120 dBFS: powers of larger ones leave the range of `Float`.
  static let largestMagnitude: Float = 1e6

  /// How many values were no sound since the last rewind.
  package private(set) var nonFiniteCount = 0

  /// Whether the clip can hold values that are no sound: integers cannot.
  private lazy var isChecked = (base as? SoundFileReader)?.info.format.encoding.integerBits == nil

  package override func rewind() throws {
    nonFiniteCount = 0
    try super.rewind()
  }

  package override func read(into buffer: inout FrameBuffer) throws -> Int {
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
  package override func skip(_ count: Int) throws -> Int { try base.skip(count) }

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
