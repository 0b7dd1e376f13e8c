import AudioFeatures
public import SoundFiles

/// A source that passes on the frames of another one; subclasses observe or change them.
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

  /// Skips the next frames by reading them, so that subclasses see all of them.
  ///
  /// A subclass that changes each frame independently may override this to skip in ``base``.
  open func skip(_ count: Int) throws -> Int { try readAndDrop(count) }
}

/// A source that reads values that are no sound as silence and counts them: not finite, or beyond 10⁶ times full scale.
package final class SanitizedSource: ForwardingSource {
  /// The largest magnitude that counts as sound, +120 dBFS; power spectra of larger values leave the range of `Float`.
  static let largestMagnitude: Float = 1e6

  /// How many values were no sound since the last rewind.
  package private(set) var unusableSampleCount = 0

  /// Whether the clip can hold values that are no sound: integers cannot.
  private lazy var isChecked = (base as? SoundFileReader)?.info.format.encoding.integerBits == nil

  package override func rewind() throws {
    unusableSampleCount = 0
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
          unusableSampleCount += 1
        }
      }
    }
    return count
  }

  /// Skips frames without counting the values in them.
  package override func skip(_ count: Int) throws -> Int { try base.skip(count) }

  /// Whether all values of a row are sound.
  private static func isSound(_ samples: Span<Float>) -> Bool {
    let count = samples.count
    return unsafe samples.withUnsafeBufferPointer { samples in
      guard let base = samples.baseAddress else { return true }
      // Magnitudes compare like their bits as integers, and NaN and infinity have larger bits than all numbers. So a
      // value that is no sound makes the difference negative.
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
