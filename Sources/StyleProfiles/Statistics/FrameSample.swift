import AdaIN
import AudioFeatures

/// A bounded uniform sample of the frames of a view above −100 dBFS, with the levels of all channels.
///
/// Every frame has a key, a hash of its position and its levels. The frames with the smallest keys are kept. So the
/// sample is uniform and does not depend on chunks or on the order of clips. The sample of two clips together has the
/// smallest keys of their samples.
package struct FrameSample: Hashable, Sendable {
  /// The most frames that are kept: all frames of 22 s of sound, and a share of longer sound.
  static let capacity = 2048
  /// The number of steps in 1 dB of the kept levels.
  static let stepsPerDecibel = 64

  /// The number of channels C.
  package let channelCount: Int
  /// The frames, by key.
  package private(set) var frames: [Frame] = []

  /// A frame of a sample.
  package struct Frame: Hashable, Comparable, Sendable {
    /// The hash that decides whether the frame is kept.
    let key: UInt64
    /// The level of each channel in steps of 1/64 dB.
    var levels: [Int16]

    init(key: UInt64, levels: [Int16]) { (self.key, self.levels) = (key, levels) }

    /// Creates a frame of levels in dB; its key is a hash of the levels alone.
    init(levels: [Double]) {
      let steps = levels.map { Int16(clamping: Int(($0 * Double(FrameSample.stepsPerDecibel)).rounded())) }
      self.init(
        key: steps.reduce(0) { FrameSamplePass.mixed($0 ^ UInt64(UInt16(bitPattern: $1))) }, levels: steps)
    }

    package static func < (a: Frame, b: Frame) -> Bool {
      a.key != b.key ? a.key < b.key : a.levels.lexicographicallyPrecedes(b.levels)
    }
  }

  /// Creates a sample of the frames with the smallest keys.
  init(channelCount: Int, frames: [Frame]) {
    self.channelCount = channelCount
    self.frames = Array(frames.sorted().prefix(Self.capacity))
  }

  /// The sample of these frames and others together.
  func merged(with other: FrameSample) -> FrameSample {
    FrameSample(channelCount: channelCount, frames: frames + other.frames)
  }

  /// The sample with all levels moved by a whole number of buckets of ``LevelStatistics``.
  func shifted(byBuckets shift: Int) -> FrameSample {
    let steps = shift * Int(LevelStatistics.bucketWidth * Double(Self.stepsPerDecibel))
    var result = self
    for index in frames.indices {
      result.frames[index].levels = frames[index].levels.map { Int16(clamping: Int($0) + steps) }
    }
    return result
  }

  /// The levels of some channels in dB, one row for each of at most `limit` frames; these are a uniform sample too.
  package func levels(of channels: [Int], atMost limit: Int = FrameSample.capacity) -> FrameRows {
    var values: [Float] = []
    values.reserveCapacity(min(limit, frames.count) * channels.count)
    for frame in frames.prefix(limit) {
      for channel in channels { values.append(Float(frame.levels[channel]) / Float(Self.stepsPerDecibel)) }
    }
    return FrameRows(width: channels.count, values: values)
  }
}

/// Samples the frames of a view while a clip is measured.
///
/// Memory does not grow with the clip: at most 2 × 2048 frames of 2 bytes a channel.
package struct FrameSamplePass {
  private let channelCount: Int
  private var smallest = Smallest()
  private var position: UInt64 = 0
  private static let lowestLevel = FixedLevel(decibels: ActivityGate.absoluteFloor)

  /// The frames with the smallest keys so far, and fewer than `capacity` others.
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
