import AdaIN
import AudioFeatures

/// A bounded uniform sample of the frames of a view above −100 dBFS: the levels of all channels together, frame by frame.
///
/// Every frame has a key, a hash of its position and its levels, and the frames with the smallest keys are kept. So the
/// sample is uniform, does not depend on chunks or on the order of clips, and the sample of two clips together follows from
/// their samples: the smallest keys of both.
struct FrameSample: Hashable, Sendable {
  /// The most frames that are kept: 22 s of sound are held whole, longer ones thinned out.
  static let capacity = 2048
  /// The number of steps of kept levels in 1 dB.
  static let stepsPerDecibel = 64

  /// The number of channels C.
  let channelCount: Int
  /// The frames, by key.
  private(set) var frames: [Frame] = []

  /// A frame of a sample.
  struct Frame: Hashable, Comparable, Sendable {
    /// What decides whether the frame is kept.
    let key: UInt64
    /// The level of each channel in steps of 1/64 dB.
    var levels: [Int16]

    init(key: UInt64, levels: [Int16]) { (self.key, self.levels) = (key, levels) }

    /// A frame of levels in dB, whose key is a hash of them alone.
    init(levels: [Double]) {
      let steps = levels.map { Int16(clamping: Int(($0 * Double(FrameSample.stepsPerDecibel)).rounded())) }
      self.init(
        key: steps.reduce(0) { FrameSamplePass.mixed($0 ^ UInt64(UInt16(bitPattern: $1))) }, levels: steps)
    }

    static func < (a: Frame, b: Frame) -> Bool {
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

  /// The levels of some channels in dB, one row a frame, of at most so many frames: a uniform sample as well.
  func levels(of channels: [Int], atMost limit: Int = FrameSample.capacity) -> FrameRows {
    var values: [Float] = []
    values.reserveCapacity(min(limit, frames.count) * channels.count)
    for frame in frames.prefix(limit) {
      for channel in channels { values.append(Float(frame.levels[channel]) / Float(Self.stepsPerDecibel)) }
    }
    return FrameRows(width: channels.count, values: values)
  }
}
