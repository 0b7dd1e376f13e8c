import AdaIN
import AudioFeatures

/// Samples the frames of a view while a clip is measured.
///
/// Memory does not grow with the clip: at most 2 × 2048 frames of 2 bytes a channel.
struct FrameSamplePass {
  private let channelCount: Int
  private var smallest = Smallest()
  private var position: UInt64 = 0
  private static let lowestLevel = FixedLevel(decibels: ActivityGate.absoluteFloor)

  /// The frames with the smallest keys so far, and some more.
  private struct Smallest {
    private(set) var frames: [FrameSample.Frame] = []
    private var limit = UInt64.max

    /// Whether a key may be among the smallest.
    func admits(_ key: UInt64) -> Bool { key <= limit }

    mutating func add(_ frame: FrameSample.Frame) {
      guard admits(frame.key) else { return }
      frames.append(frame)
      guard frames.count == 2 * FrameSample.capacity else { return }
      frames.sort()
      frames.removeLast(FrameSample.capacity)
      limit = frames[FrameSample.capacity - 1].key
    }
  }

  init(channelCount: Int) {
    self.channelCount = channelCount
  }

  /// Takes in one frame: the levels of all channels, then the broadband level.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    position += 1
    guard levels[channelCount] >= Self.lowestLevel else { return }
    var key = Self.mixed(position)
    for channel in 0..<channelCount {
      key = Self.mixed(key ^ UInt64(UInt16(bitPattern: Self.step(of: levels[channel]))))
    }
    guard smallest.admits(key) else { return }
    let steps = levels.prefix(channelCount).map { Self.step(of: $0) }
    smallest.add(FrameSample.Frame(key: key, levels: steps))
  }

  /// Takes in the frames of another clip.
  mutating func merge(_ other: FrameSamplePass) {
    for frame in other.smallest.frames { smallest.add(frame) }
  }

  /// The sample, moved by a whole number of buckets.
  func sample(shiftInBuckets shift: Int) -> FrameSample {
    FrameSample(channelCount: channelCount, frames: smallest.frames).shifted(byBuckets: shift)
  }

  private static func step(of level: FixedLevel) -> Int16 {
    let ratio = FixedLevel.stepsPerDecibel / Int32(FrameSample.stepsPerDecibel)
    return Int16(clamping: (level.steps + ratio / 2) >> ratio.trailingZeroBitCount)
  }

  /// A one-to-one mixing of 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014).
  static func mixed(_ bits: UInt64) -> UInt64 {
    var z = bits &+ 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
