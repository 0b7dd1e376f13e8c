import AdaIN
import AudioFeatures
import Foundation
import SoundFiles
import Tensors

/// The rendering pass for `waveform` features: the samples are the feature sequence.
///
/// The AdaIN layer's affine map is applied to them directly. Where nothing is to be done, samples pass as they are.
struct WaveformRenderer {
  private let plan: RestylePlan
  private let source: any FrameSource

  init(plan: RestylePlan, source: any FrameSource) {
    self.plan = plan
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
      if !plan.isIdentity { try restyle(&buffer) }
      try meters.add(buffer)
      try sink.write(buffer)
      try progress(position)
    }
    let expected = plan.content.sources.first?.frameCount ?? 0
    guard position == expected else {
      throw RestyleError.unstableContent(
        "\(source.name): expected \(expected) frames as in the first reading, found \(position)")
    }
    meters.finish()
    return RenderResult(meters: meters)
  }

  /// Applies the maps: each channel's own, one for all, or those of middle and side.
  private func restyle(_ buffer: inout FrameBuffer) throws {
    let maps = plan.waveformMaps
    var rows = (0..<buffer.channelCount).map { buffer.channel($0) }
    let isMidSide = plan.stereo == .midSide
    if isMidSide { rows = Self.rotated(rows, scale: 0.5) }
    for channel in rows.indices {
      let map = maps.count == 1 ? maps[0] : maps[channel]
      if !map.isIdentity { rows[channel] = try Self.apply(map, to: rows[channel]) }
    }
    if isMidSide { rows = Self.rotated(rows, scale: 1) }
    for channel in rows.indices {
      buffer.withMutableChannel(channel) { samples in
        for i in rows[channel].indices { samples[i] = rows[channel][i] }
      }
    }
  }

  /// Runs samples as a tensor (1, 1, L) through the transfer's map.
  private static func apply(_ map: WaveformMap, to samples: [Float]) throws -> [Float] {
    let x = try Tensor3(shape: TensorShape(1, 1, samples.count), scalars: samples)
    return Array(try map.featureMap()(x).scalars)
  }

  private static func rotated(_ rows: [[Float]], scale: Float) -> [[Float]] {
    [
      zip(rows[0], rows[1]).map { ($0 + $1) * scale },
      zip(rows[0], rows[1]).map { ($0 - $1) * scale },
    ]
  }
}
