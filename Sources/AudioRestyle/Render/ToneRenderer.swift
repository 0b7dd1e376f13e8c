import AudioFeatures
import Foundation
import SoundFiles

/// The rendering pass for a tone alone: one filter, without spectra of frames.
///
/// Sounds keep their attacks, and each rings on by itself: nothing is worked out from frames of 43 ms.
struct ToneRenderer {
  private let restyling: Restyling
  private let source: any FrameSource
  private let filter: ToneFilter

  /// Creates a renderer; `nil` where the restyling has more than one tone for all channels.
  init?(_ restyling: Restyling, source: any FrameSource, filters: ToneFilters) {
    guard restyling.isTone,
      let filter = filters.filter(
        channelCount: source.channelCount, sampleRate: source.sampleRate)
    else { return nil }
    (self.restyling, self.source, self.filter) = (restyling, source, filter)
  }

  /// Renders the clip.
  ///
  /// - Parameters:
  ///   - sink: Takes the result; `nil` where it is only measured.
  ///   - progress: Called with the number of frames done.
  func render(into sink: (any FrameSink)?, progress: (Int) throws -> Void) throws -> RenderResult {
    let meters = ClipMeters(source: source)
    var (filter, position) = (filter, 0)
    var buffer = FrameBuffer(channelCount: source.channelCount, capacity: ProfileLearner.chunkLength)
    func use(_ done: FrameBuffer) throws {
      guard done.frameCount > 0 else { return }
      try meters.add(done)
      try sink?.write(done)
    }
    try source.rewind()
    while try source.read(into: &buffer) > 0 {
      try Task.checkCancellation()
      position += buffer.frameCount
      try use(filter.process(buffer))
      try progress(position)
    }
    guard position == restyling.frameCount else {
      throw RestyleError.unstableContent(
        "\(source.name): expected \(restyling.frameCount) frames as in the first reading, found \(position)")
    }
    try use(filter.finish())
    meters.finish()
    return RenderResult(meters: meters)
  }
}

extension Restyling {
  /// Whether one filter for all channels is all that is done.
  var isTone: Bool {
    guard views.count == 1, let view = views.first, view.state == .restyled, !isIdentity else { return false }
    return view.reshaping == nil && view.level == nil && view.content.spread == view.style.spread
      && envelope == nil && loudness == nil && peakThreshold == nil
  }
}

/// The filter of one restyling for each sample rate and number of channels, made once.
struct ToneFilters: Sendable {
  private struct Key: Hashable {
    var channelCount: Int
    var sampleRate: Double
  }

  private let filters: TableCache<Key, ToneFilter?>

  init(_ restyling: Restyling) {
    filters = TableCache {
      ToneFilter(restyling, channelCount: $0.channelCount, sampleRate: $0.sampleRate)
    }
  }

  /// The filter for a clip; `nil` where frames have all gains.
  func filter(channelCount: Int, sampleRate: Double) -> ToneFilter? {
    filters[Key(channelCount: channelCount, sampleRate: sampleRate)]
  }
}
