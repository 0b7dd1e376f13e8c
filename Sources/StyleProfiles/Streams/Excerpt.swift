import AudioFeatures
package import SoundFiles

/// The parts of a long clip that a trial renders instead of the whole, joined end to end (``ExcerptSource``).
///
/// The clip is cut into sections of 2.7 s. The excerpt has 12 sections at even distances, as a trial corrects means
/// over frames. It also has the 4 sections with the largest samples, as the peaks of a result are mostly where the
/// content's are. So a trial costs no more than 44 s of sound, however long the clip is.
package struct Excerpt: Hashable, Sendable {
  /// How many sections with the largest samples are taken.
  static let loudestCount = 4
  private static let evenCount = 12
  private static let hopsInSection = 256
  /// The fewest active frames of an excerpt that can stand for a clip.
  package static let fewestFrames = 256
  /// How many frames on each side of a join differ from the clip's frames.
  ///
  /// The window of such a frame, or that of a neighbour that overlaps it, reaches over the join. Only the part of the
  /// tone filter's response (``ToneFilter``) behind its first 50 ms reaches further.
  private static let margin = 6

  /// The chosen parts as ranges of sample frames, in order; adjacent sections form one part.
  let parts: [Range<Int>]
  /// The hop at which each part but the first starts in the excerpt.
  private let joins: [Int]
  let hopLength: Int

  /// Chooses the parts of a clip; `nil` for a clip that is too short to leave some out.
  ///
  /// - Parameters:
  ///   - sampleCount: The length of the clip.
  ///   - hopLength: The distance between frames in samples.
  ///   - loudest: The numbers of the sections with the largest samples.
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
  package var sampleCount: Int { parts.reduce(0) { $0 + $1.count } }

  /// Whether a frame of the excerpt equals the clip's: it is no nearer than the margin to a join.
  package func counts(_ frame: Int) -> Bool { joins.allSatisfy { abs(frame - $0) > Self.margin } }
}

/// The parts of an excerpt, joined end to end, as a source.
///
/// Before a join a hop fades out, and after it a hop fades in: a step would be a peak that the clip does not have.
package final class ExcerptSource: ForwardingSource {
  private let excerpt: Excerpt
  /// The index of the part that is being read; `position` is the place of the next sample in the clip.
  private var index = 0
  private var position = 0

  package init(_ base: any FrameSource, _ excerpt: Excerpt) {
    self.excerpt = excerpt
    super.init(base)
  }

  package override func rewind() throws {
    (index, position) = (0, 0)
    try super.rewind()
  }

  package override func read(into buffer: inout FrameBuffer) throws -> Int {
    buffer.frameCount = 0
    guard index < excerpt.parts.count else { return 0 }
    let part = excerpt.parts[index]
    if position < part.lowerBound { position += try base.skip(part.lowerBound - position) }
    var piece = unsafe FrameBuffer(
      unfilledChannels: channelCount, capacity: min(buffer.capacity, part.upperBound - position))
    let count = position < part.lowerBound ? 0 : try base.read(into: &piece)
    // Between the fades samples pass as they are.
    let fadedIn = index > 0 ? max(0, min(count, part.lowerBound + excerpt.hopLength - position)) : 0
    let fadesOut = index < excerpt.parts.count - 1 ? part.upperBound - excerpt.hopLength - position : count
    for channel in 0..<channelCount {
      piece.withChannel(channel) { samples in
        buffer.withMutableChannel(channel) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target[..<count].update(fromContentsOf: samples[..<count])
            }
          }
          for i in 0..<fadedIn { target[i] *= factor(position + i, in: part) }
          for i in min(count, max(fadedIn, fadesOut))..<count { target[i] *= factor(position + i, in: part) }
        }
      }
    }
    buffer.frameCount = count
    position += count
    if position == part.upperBound { index += 1 }
    return count
  }

  /// The fade factor of a sample of a part, from 0 to 1.
  private func factor(_ position: Int, in part: Range<Int>) -> Float {
    let length = Float(excerpt.hopLength)
    let (before, after) = (position - part.lowerBound, part.upperBound - 1 - position)
    if before < excerpt.hopLength, index > 0 { return (Float(before) + 0.5) / length }
    if after < excerpt.hopLength, index < excerpt.parts.count - 1 { return (Float(after) + 0.5) / length }
    return 1
  }
}

/// A search for the sections with the largest samples while a clip is read, for an ``Excerpt``.
struct LoudestSections {
  /// The loudest sections so far, the loudest first; of equally loud ones the earlier first.
  private var found: [(section: Int, peak: Float)] = []
  private var peak: Float = 0
  private var position = 0
  private let sectionLength: Int

  /// Creates a search.
  ///
  /// - Parameter hopLength: The distance between frames in samples.
  init(hopLength: Int) {
    sectionLength = Excerpt.sectionLength(hopLength)
  }

  /// The numbers of the loudest sections.
  var sections: [Int] {
    var all = self
    all.close()
    return all.found.map(\.section)
  }

  /// Takes the next frames.
  mutating func add(_ buffer: FrameBuffer) {
    var done = 0
    while done < buffer.frameCount {
      let count = min(buffer.frameCount - done, sectionLength - position % sectionLength)
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) { samples in
          peak = max(peak, RowArithmetic.largestMagnitude(samples.extracting(done..<done + count)))
        }
      }
      done += count
      position += count
      if position % sectionLength == 0 { close() }
    }
  }

  /// Ends a section.
  private mutating func close() {
    guard peak > 0 else { return }
    let place = found.firstIndex { $0.peak < peak } ?? found.count
    found.insert(((position - 1) / sectionLength, peak), at: place)
    if found.count > Excerpt.loudestCount { found.removeLast() }
    peak = 0
  }
}
