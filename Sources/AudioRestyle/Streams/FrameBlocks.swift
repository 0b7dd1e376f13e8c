import AudioFeatures

/// How the frames of a clip are cut into blocks that threads work on: 32 frames each, counted from frame −1.
///
/// The blocks depend on the clip's length alone, so what is computed block by block does not depend on chunks or threads.
struct FrameBlocks {
  /// The number of frames of a block; the last one may hold two more.
  static let length = 32

  /// The number of sample frames that are read at a time: two blocks a thread.
  static func chunkLength(_ geometry: STFTGeometry, _ team: ThreadTeam) -> Int {
    2 * team.count * length * geometry.hopLength
  }

  /// The first frame that has not been taken.
  private(set) var next = -1
  private let lastCentre: Int

  /// Creates the blocks of a clip.
  ///
  /// - Parameter lastCentre: The index of the last frame whose centre lies inside the clip; the frames after it belong to
  ///   its block, as they take levels from it. `nil` where it is not known.
  init(lastCentre: Int? = nil) {
    self.lastCentre = lastCentre ?? .max
  }

  /// Takes the blocks that are whole.
  ///
  /// - Parameters:
  ///   - ready: The frames that can be computed.
  ///   - isEnd: Whether there will be no more: then all of them are taken.
  mutating func take(from ready: Range<Int>, isEnd: Bool) -> [Range<Int>] {
    var blocks: [Range<Int>] = []
    while next < ready.upperBound {
      var end = next + Self.length
      if end > lastCentre { end = .max }
      guard isEnd || end <= ready.upperBound else { break }
      blocks.append(next..<min(end, ready.upperBound))
      next = blocks[blocks.count - 1].upperBound
    }
    return blocks
  }
}
