import AudioFeatures
import Tensors

/// Collects the levels of a view frame by frame.
///
/// They are kept in blocks, so that nothing is copied while they grow in number.
struct FeatureCollector {
  private static let blockLength = 256
  private let channelCount: Int
  /// Up to 256 frames each, frame by frame.
  private var blocks: [[Float]] = []
  private var frameCount = 0

  init(channelCount: Int) {
    self.channelCount = channelCount
  }

  /// Takes the levels of a frame: C channels, then the broadband level, which is left away.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    if frameCount % Self.blockLength == 0 {
      blocks.append([])
      blocks[blocks.count - 1].reserveCapacity(Self.blockLength * channelCount)
    }
    let last = blocks.count - 1
    for channel in 0..<channelCount { blocks[last].append(Float(levels[channel].decibels)) }
    frameCount += 1
  }

  /// The levels of all views as a tensor (N, C, L); the collectors are emptied on the way.
  ///
  /// - Precondition: All have taken as many frames, of as many channels.
  static func tensor(_ views: inout [FeatureCollector]) -> Tensor3<Float> {
    let (channels, length) = (views.first?.channelCount ?? 0, views.first?.frameCount ?? 0)
    precondition(views.allSatisfy { $0.channelCount == channels && $0.frameCount == length })
    return unsafe Tensor3(shape: TensorShape(views.count, channels, length)) { target in
      for n in views.indices {
        for index in views[n].blocks.indices {
          let block = views[n].blocks[index]
          views[n].blocks[index] = []
          let start = index * blockLength
          for channel in 0..<channels {
            let row = (n * channels + channel) * length + start
            for frame in 0..<block.count / channels {
              unsafe target[row + frame] = block[frame * channels + channel]
            }
          }
        }
      }
    }
  }
}
