package import AudioFeatures

/// How the frames of a clip are cut into blocks that threads work on, counted from frame −1.
///
/// The blocks depend on the clip's length alone, so what is computed block by block does not depend on chunks or threads.
package struct FrameBlocks {
  /// The number of frames that are rendered together; the last block may hold two more.
  package static let length = 16
  /// The number of frames that are measured together: each frame is measured by itself, and small blocks leave no thread
  /// without work for long.
  static let measuringLength = 8

  /// The most values of a thread's share of a chunk, where that leaves it four blocks.
  private static let valuesAThread = 1 << 17

  /// The number of sample frames that are read at a time: eight blocks a thread, down to four where there are many channels
  /// or a high rate.
  ///
  /// The more blocks, the less often threads wait for each other; the fewer, the less memory it takes.
  package static func chunkLength(_ geometry: STFTGeometry, channelCount: Int, _ team: ThreadTeam) -> Int {
    let block = length * geometry.hopLength
    return min(8, max(4, valuesAThread / (block * channelCount))) * team.count * block
  }

  /// The first frame that has not been taken.
  package private(set) var next = -1
  private let length: Int
  private let lastCentre: Int

  /// Creates the blocks of a clip.
  ///
  /// - Parameter length: The number of frames of a block.
  /// - Parameter lastCentre: The index of the last frame whose centre lies inside the clip; the frames after it belong to
  ///   its block, as they take levels from it. `nil` where it is not known.
  package init(length: Int = Self.length, lastCentre: Int? = nil) {
    self.length = length
    self.lastCentre = lastCentre ?? .max
  }

  /// Takes the blocks that are whole.
  ///
  /// - Parameters:
  ///   - ready: The frames that can be computed.
  ///   - isEnd: Whether there will be no more: then all of them are taken.
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
