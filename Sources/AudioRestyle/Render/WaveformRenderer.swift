import AdaIN
import AudioFeatures
import Foundation
import SoundFiles
import Tensors

/// The rendering pass for `waveform` features: the samples are the feature sequence.
///
/// The AdaIN layer is applied to them directly. Where nothing is to be done, samples pass as they are.
struct WaveformRenderer {
  private let restyling: Restyling
  private let source: any FrameSource

  init(_ restyling: Restyling, source: any FrameSource) {
    self.restyling = restyling
    self.source = source
  }

  /// Renders the clip into a sink.
  func render(into sink: any FrameSink, progress: (Int) throws -> Void) throws -> RenderResult {
    let channelCount = source.channelCount
    let meters = ClipMeters(source: source)
    var buffer = FrameBuffer(channelCount: channelCount, capacity: ProfileLearner.chunkLength)
    var position = 0
    try source.rewind()
    while try source.read(into: &buffer) > 0 {
      try Task.checkCancellation()
      position += buffer.frameCount
      if !restyling.isIdentity { try restyle(&buffer) }
      try meters.add(buffer)
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

  /// Applies the maps: each channel's own, one for all, or those of middle and side.
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
