import AdaIN
import SoundFiles
import Tensors

/// Moments of a clip's samples, for the `waveform` features: of every channel, and of middle and side where there are two.
///
/// They do not depend on how the clip is cut into chunks (``StatisticsStream``).
struct SampleStatistics {
  private let channelCount: Int
  private var stream: StatisticsStream

  init(channelCount: Int) {
    self.channelCount = channelCount
    stream = StatisticsStream(numFeatures: channelCount == 2 ? 4 : channelCount)
  }

  mutating func add(_ buffer: FrameBuffer) throws {
    let count = buffer.frameCount
    let rows = unsafe Tensor3<Float>(shape: TensorShape(1, stream.numFeatures, count)) { target in
      for channel in 0..<channelCount {
        buffer.withChannel(channel) { samples in
          for i in 0..<count { unsafe target[channel * count + i] = samples[i] }
        }
      }
      guard channelCount == 2 else { return }
      for i in 0..<count {
        let (left, right) = unsafe (target[i], target[count + i])
        unsafe target[2 * count + i] = (left + right) / 2
        unsafe target[3 * count + i] = (left - right) / 2
      }
    }
    try stream.append(rows)
  }

  /// The moments of every view; `linked` pools some of the channels.
  func moments(linkedChannels: [Int]) -> [StereoView: ChannelMoments] {
    let rows = stream.statistics.channels
    var result: [StereoView: ChannelMoments] = [:]
    for channel in 0..<channelCount { result[.channel(channel)] = rows[channel] }
    if channelCount == 2 {
      result[.mid] = rows[2]
      result[.side] = rows[3]
    }
    result[.linked] = linkedChannels.reduce(ChannelMoments()) { $0.merged(with: rows[$1]) }
    return result
  }
}
