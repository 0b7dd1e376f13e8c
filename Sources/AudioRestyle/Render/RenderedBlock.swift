import AudioFeatures

/// A block of frames that are restyled together, and what they add to the clip.
final class RenderedBlock {
  /// The indices of the frames.
  let frames: Range<Int>
  /// The hard onsets that the frames can hold, in order.
  let onsets: [OnsetDetector.Onset]
  /// The sums of the frames' samples for each channel; the first belongs to the first frame's first sample.
  var samples: [ContiguousArray<Float>] = []
  /// For each frame, which views are active in it.
  var isActive: [[Bool]] = []
  /// For each frame, the broadband level of each view of the content.
  var broadband: [[FixedLevel]] = []
  /// For each frame, by how many dB its gains lie above their mean in the clip, where dynamics follow envelopes.
  var levelGains: [Float] = []

  private let geometry: STFTGeometry

  /// Creates a block before it is restyled.
  ///
  /// - Parameters:
  ///   - frames: The indices of its frames.
  ///   - onsets: Onsets in order, at least all that the frames can hold.
  ///   - geometry: The transform's lengths.
  init(_ frames: Range<Int>, onsets: [OnsetDetector.Onset], _ geometry: STFTGeometry) {
    self.frames = frames
    self.geometry = geometry
    let start = (frames.lowerBound - 2) * geometry.hopLength
    let end = (frames.upperBound - 3) * geometry.hopLength + geometry.windowLength
    self.onsets = onsets.filter { $0.position >= start && $0.position < end }
  }

  /// The onset that a frame is split at, and the frame whose gains hold before it: the last one wholly before the onset.
  func split(ofFrame index: Int) -> (place: Int, heldFrame: Int)? {
    // Frame i reaches from (i − 2) · H to (i + 2) · H.
    let start = (index - 2) * geometry.hopLength
    guard let onset = onsets.first(where: { $0.position >= start }),
      onset.end <= start + geometry.windowLength
    else { return nil }
    let held = onset.position / geometry.hopLength - 2
    return (onset.position - start, held < 0 ? index : held)
  }

  /// How many frames before the first one are held over an onset in the block, at most ``FrameRestyler/reach``.
  var lead: Int {
    let held = frames.lazy.compactMap { self.split(ofFrame: $0)?.heldFrame }.min()
    return held.map { min(FrameRestyler.reach, max(0, self.frames.lowerBound - $0)) } ?? 0
  }
}
