import AudioFeatures
import SoundFiles

/// Finds the sections of a clip with the largest samples while it is read.
struct LoudestSections {
  /// The sections found so far, the loudest first; of equal ones the earlier first.
  private var found: [(section: Int, peak: Float)] = []
  private var section = 0
  private var peak: Float = 0
  private var position = 0
  private let hopLength: Int

  /// Creates a search for an STFT's sections.
  init(hopLength: Int) {
    self.hopLength = hopLength
  }

  /// The numbers of the loudest sections, in order.
  var sections: [Int] {
    var all = self
    all.close()
    return all.found.map(\.section).sorted()
  }

  /// Takes the next frames.
  mutating func add(_ buffer: FrameBuffer) {
    var done = 0
    while done < buffer.frameCount {
      // The hop from sample i · H on is the middle of the frames i and i + 1.
      let hop = position / hopLength
      let next = Excerpt.section(of: hop)
      if next != section {
        close()
        (section, peak) = (next, 0)
      }
      let count = min(buffer.frameCount - done, (hop + 1) * hopLength - position)
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) { samples in
          peak = max(peak, RowArithmetic.largestMagnitude(samples.extracting(done..<done + count)))
        }
      }
      done += count
      position += count
    }
  }

  private mutating func close() {
    guard peak > 0 else { return }
    let place = found.firstIndex { $0.peak < peak } ?? found.count
    found.insert((section, peak), at: place)
    if found.count > Excerpt.loudestCount { found.removeLast() }
  }
}
