import AdaIN
import AudioFeatures
import Foundation
package import Restylings
import SoundFiles
package import StyleProfiles
import Tensors

/// The rendering pass for a tone alone: one filter, without spectra of frames.
///
/// Attacks and decays stay, as no gain is computed from frames of 43 ms.
package struct ToneRenderer {
  private let restyling: Restyling
  private let source: any FrameSource
  private let filter: ToneFilter

  /// Creates a renderer; `nil` where the restyling is more than one tone for all channels.
  package init?(_ restyling: Restyling, source: any FrameSource, filters: ToneFilters) {
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
  package func render(into sink: (any FrameSink)?, progress: (Int) throws -> Void) throws -> RenderResult {
    let meters = ClipMeters(source: source)
    var (filter, position) = (filter, 0)
    var buffer = FrameBuffer(channelCount: source.channelCount, capacity: ProfileLearner.chunkLength)
    func use(_ done: FrameBuffer) throws {
      guard done.frameCount > 0 else { return }
      meters.add(done)
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
  /// Whether the restyling is one filter for all channels and nothing else.
  var isTone: Bool {
    guard views.count == 1, let view = views.first, view.state == .restyled, !isIdentity else { return false }
    return view.reshaping == nil && view.level == nil && view.content.spread == view.style.spread
      && envelope == nil && loudness == nil && peakThreshold == nil
  }
}

/// The filters of one restyling, made once for each sample rate and number of channels.
package struct ToneFilters: Sendable {
  private struct Key: Hashable {
    var channelCount: Int
    var sampleRate: Double
  }

  private let filters: TableCache<Key, ToneFilter?>

  package init(_ restyling: Restyling) {
    filters = TableCache {
      ToneFilter(restyling, channelCount: $0.channelCount, sampleRate: $0.sampleRate)
    }
  }

  /// The filter for a clip; `nil` where frames apply all gains.
  func filter(channelCount: Int, sampleRate: Double) -> ToneFilter? {
    filters[Key(channelCount: channelCount, sampleRate: sampleRate)]
  }
}

/// The rendering pass for `waveform` features: the samples are the feature sequence.
///
/// The AdaIN layer is applied to the samples directly. An identity passes them unchanged.
package struct WaveformRenderer {
  private let restyling: Restyling
  private let source: any FrameSource

  package init(_ restyling: Restyling, source: any FrameSource) {
    self.restyling = restyling
    self.source = source
  }

  /// Renders the clip into a sink.
  package func render(into sink: any FrameSink, progress: (Int) throws -> Void) throws -> RenderResult {
    let channelCount = source.channelCount
    let meters = ClipMeters(source: source)
    var buffer = FrameBuffer(channelCount: channelCount, capacity: ProfileLearner.chunkLength)
    var position = 0
    try source.rewind()
    while try source.read(into: &buffer) > 0 {
      try Task.checkCancellation()
      position += buffer.frameCount
      if !restyling.isIdentity { try restyle(&buffer) }
      meters.add(buffer)
      try sink.write(buffer)
      try progress(position)
    }
    let expected = restyling.frameCount
    guard position == expected else {
      throw RestyleError.unstableContent(
        "\(source.name): expected \(expected) frames as in the first reading, found \(position)")
    }
    meters.finish()
    return RenderResult(meters: meters)
  }

  /// Applies the changes of the views: of each channel, one for all channels, or of middle and side.
  private func restyle(_ buffer: inout FrameBuffer) throws {
    let views = restyling.views
    var rows = (0..<buffer.channelCount).map { buffer.channel($0) }
    let isMidSide = restyling.stereo == .midSide
    if isMidSide { rows = Self.rotated(rows, scale: 0.5) }
    for channel in rows.indices {
      let view = views.count == 1 ? views[0] : views[channel]
      if !view.isIdentity { rows[channel] = try Self.apply(view, to: rows[channel]) }
    }
    if isMidSide { rows = Self.rotated(rows, scale: 1) }
    for channel in rows.indices {
      buffer.withMutableChannel(channel) { samples in
        for i in rows[channel].indices { samples[i] = rows[channel][i] }
      }
    }
  }

  /// Runs samples as a tensor (1, 1, L) through the layer.
  private static func apply(_ view: ViewRestyling, to samples: [Float]) throws -> [Float] {
    var x = try Tensor3(shape: TensorShape(1, 1, samples.count), scalars: samples)
    try AdaptiveInstanceNorm1d(1)(
      inPlace: &x, style: view.styleMoments(withTone: true), contentStatistics: view.contentStatistics())
    return Array(x.scalars)
  }

  private static func rotated(_ rows: [[Float]], scale: Float) -> [[Float]] {
    [
      zip(rows[0], rows[1]).map { ($0 + $1) * scale },
      zip(rows[0], rows[1]).map { ($0 - $1) * scale },
    ]
  }
}
