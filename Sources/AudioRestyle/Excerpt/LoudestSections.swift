import AudioFeatures
import SoundFiles

/// Finds the sections of a clip with the largest samples while it is read, for an ``Excerpt``.
struct LoudestSections {
  /// The sections found so far, the loudest first; of equal ones the earlier first.
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
