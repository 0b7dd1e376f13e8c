package import AudioFeatures

/// The blocks of frames that threads work on, from frame −1 on.
///
/// The blocks depend on the clip's length alone, so results do not depend on chunks or threads.
package struct FrameBlocks {
  /// The number of frames in a block of rendering; the last block may hold two more.
  package static let length = 16
  /// The number of frames in a block of measuring.
  ///
  /// Frames are measured independently, and small blocks leave no thread idle for long.
  static let measuringLength = 8

  /// The most sample values in a thread's share of a chunk; four blocks are allowed in any case.
  private static let valuesAThread = 1 << 17

  /// The number of sample frames in a chunk: eight blocks a thread, down to four with many channels or a high rate.
  ///
  /// More blocks let threads wait for each other less often; fewer blocks take less memory.
  package static func chunkLength(_ geometry: STFTGeometry, channelCount: Int, _ team: ThreadTeam) -> Int {
    let block = length * geometry.hopLength
    return min(8, max(4, valuesAThread / (block * channelCount))) * team.count * block
  }

  /// The first frame that is not in a block yet.
  package private(set) var next = -1
  private let length: Int
  private let lastCentre: Int

  /// Creates the blocks of a clip.
  ///
  /// - Parameters:
  ///   - length: The number of frames in a block.
  ///   - lastCentre: The last frame whose centre lies inside the clip; the frames after it join its block, as they take
  ///     levels from it. `nil` where it is not known.
  package init(length: Int = Self.length, lastCentre: Int? = nil) {
    self.length = length
    self.lastCentre = lastCentre ?? .max
  }

  /// Takes the blocks that are complete.
  ///
  /// - Parameters:
  ///   - ready: The frames that can be computed.
  ///   - isEnd: Whether no frames follow; the last block is then taken as it is.
  package mutating func take(from ready: Range<Int>, isEnd: Bool) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    while next < ready.upperBound {
      var end = next + length
      if end > lastCentre { end = .max }
      guard isEnd || end <= ready.upperBound else { break }
      blocks.append(next..<min(end, ready.upperBound))
      next = blocks[blocks.count - 1].upperBound
    }
    return blocks
  }
}
