/// The parts of a long clip that a trial rendering takes for the whole.
///
/// A clip is cut into sections of 8 blocks (2.7 s). Chosen are 12 sections at even distances, and the 4 with the largest
/// samples: what a trial corrects is a mean over frames, and the peaks it looks for are mostly where the content's are. So a
/// trial costs no more than 44 s of sound do, however long the clip is.
///
/// Joined end to end, the chosen parts are a clip of their own. Where a run of frames a ..< b is cut out of its
/// neighbours, overlap-add completes the hops a + 1 ... b − 3. The first and the last of them are faded, as a step would be
/// a peak that the clip does not have, and frames that reach into a fade do not count.
struct Excerpt: Hashable, Sendable {
  /// How many sections with the largest samples are taken.
  static let loudestCount = 4
  private static let evenCount = 12
  private static let sectionLength = 8 * FrameBlocks.length
  /// By how many frames those that count are away from the ends of a run.
  private static let margin = 4
  /// Fewer active frames than this do not stand for a clip.
  static let fewestFrames = 256

  private let sections: Set<Int>
  private let lastCentre: Int

  /// Chooses the parts of a clip; `nil` for a clip that is too short to leave some out.
  ///
  /// - Parameters:
  ///   - frameCount: The number of frames whose centre lies inside the clip.
  ///   - loudest: The sections with the largest samples.
  init?(frameCount: Int, loudest: [Int]) {
    let count = (frameCount + Self.sectionLength - 1) / Self.sectionLength
    guard count > Self.evenCount + Self.loudestCount else { return nil }
    let even = (0..<Self.evenCount).map { (2 * $0 + 1) * count / (2 * Self.evenCount) }
    sections = Set(even + loudest)
    lastCentre = frameCount - 1
  }

  /// The section that a frame is in; blocks start at frame −1, and so do sections.
  static func section(of frame: Int) -> Int { frame < -1 ? -1 : (frame + 1) / sectionLength }

  private func contains(_ frame: Int) -> Bool { sections.contains(Self.section(of: frame)) }

  /// Whether a block is among the chosen parts.
  func contains(_ block: Range<Int>) -> Bool { contains(block.lowerBound) }

  /// Whether a block is the first of a run that starts inside the clip.
  func begins(with block: Range<Int>) -> Bool {
    block.lowerBound > -1 && contains(block) && !contains(block.lowerBound - 1)
  }

  /// Whether a block is the last of a run that ends inside the clip.
  func ends(with block: Range<Int>) -> Bool {
    block.upperBound <= lastCentre && contains(block) && !contains(block.upperBound)
  }

  /// Whether a frame is in the excerpt as it is in the clip: inside, and away from fades.
  func counts(_ frame: Int) -> Bool {
    guard frame >= 0, frame <= lastCentre, contains(frame) else { return false }
    let first = frame - Self.margin
    return (first < -1 || contains(first)) && contains(min(frame + Self.margin, lastCentre))
  }
}
