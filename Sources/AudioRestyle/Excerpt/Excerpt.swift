/// The parts of a long clip that a trial rendering takes for the whole, joined end to end (``ExcerptSource``).
///
/// A clip is cut into sections of 2.7 s. Chosen are 12 sections at even distances, and the 4 with the largest samples: what a
/// trial corrects is a mean over frames, and the peaks it looks for are mostly where the content's are. So a trial costs no
/// more than 44 s of sound do, however long the clip is.
struct Excerpt: Hashable, Sendable {
  /// How many sections with the largest samples are taken.
  static let loudestCount = 4
  private static let evenCount = 12
  private static let hopsInSection = 256
  /// Fewer active frames than this do not stand for a clip.
  static let fewestFrames = 256
  /// Frames so near to a join are not as they are in the clip.
  ///
  /// Their window, or that of a neighbour that overlaps it, reaches over the join. Of the tone's filter (``ToneFilter``) only what comes after the first 50 ms of its response does.
  private static let margin = 6

  /// The chosen parts in samples, in order; parts that would touch are one.
  let parts: [Range<Int>]
  /// The hop at which each part but the first starts in the excerpt.
  private let joins: [Int]
  let hopLength: Int

  /// Chooses the parts of a clip; `nil` for a clip that is too short to leave some out.
  ///
  /// - Parameters:
  ///   - sampleCount: The length of the clip.
  ///   - hopLength: The distance between frames in samples.
  ///   - loudest: The sections with the largest samples.
  init?(sampleCount: Int, hopLength: Int, loudest: [Int]) {
    let length = Self.sectionLength(hopLength)
    let count = (sampleCount + length - 1) / length
    guard count > Self.evenCount + Self.loudestCount else { return nil }
    let even = (0..<Self.evenCount).map { (2 * $0 + 1) * count / (2 * Self.evenCount) }
    var parts: [Range<Int>] = []
    for section in Set(even + loudest).sorted() {
      let part = section * length..<min(sampleCount, (section + 1) * length)
      if let last = parts.last, last.upperBound == part.lowerBound {
        parts[parts.count - 1] = last.lowerBound..<part.upperBound
      } else {
        parts.append(part)
      }
    }
    self.parts = parts
    self.hopLength = hopLength
    var joins: [Int] = []
    for part in parts.dropLast() { joins.append((joins.last ?? 0) + part.count / hopLength) }
    self.joins = joins
  }

  /// The number of samples of a section.
  static func sectionLength(_ hopLength: Int) -> Int { hopsInSection * hopLength }

  /// The number of samples of the excerpt.
  var sampleCount: Int { parts.reduce(0) { $0 + $1.count } }

  /// Whether a frame of the excerpt is as it is in the clip.
  func counts(_ frame: Int) -> Bool { joins.allSatisfy { abs(frame - $0) > Self.margin } }
}
