import AdaIN
import AudioFeatures
import Foundation
package import Restylings
import SoundFiles
package import StyleProfiles

/// What a rendering pass applies.
package struct Rendering: Sendable {
  package var restyling: Restyling
  /// The levels of each view, where they were made outside.
  var levels: [WantedLevels]?
  /// Whether nothing follows the samples, which are listened to instead.
  var listens: Bool
  /// Whether frames say what they do to the broadband level, for what follows envelopes.
  var usesEnvelopes: Bool { listens || restyling.envelope != nil }

  package init(_ restyling: Restyling, levels: [WantedLevels]? = nil, listens: Bool = false) {
    self.restyling = restyling
    self.levels = levels
    self.listens = listens
  }
}

/// The rendering pass for level features: analyses a clip, applies the gains and resynthesises.
package struct LevelRenderer {
  private let rendering: Rendering
  private let source: any FrameSource
  /// What is read: the clip, or the clip and a stem behind it.
  private let input: any FrameSource
  /// The parts that ``source`` has; `nil` for the whole clip.
  private let excerpt: Excerpt?
  private let geometry: STFTGeometry
  private let frameCount: Int
  private let team: ThreadTeam

  /// Creates a renderer.
  ///
  /// - Parameters:
  ///   - rendering: What is applied.
  ///   - source: The clip.
  ///   - pair: The clip with a stem that gets the clip's gains; `nil` for the clip alone.
  ///   - excerpt: The parts to render, joined end to end; `nil` renders all.
  ///   - team: The threads that work.
  package init(
    _ rendering: Rendering, source: any FrameSource, beside pair: StemPair? = nil,
    only excerpt: Excerpt? = nil, team: ThreadTeam
  ) {
    self.rendering = rendering
    self.source = excerpt.map { ExcerptSource(source, $0) } ?? source
    input = pair ?? self.source
    self.excerpt = excerpt
    self.team = team
    geometry = STFTGeometry(sampleRate: source.sampleRate)
    frameCount = excerpt?.sampleCount ?? rendering.restyling.frameCount
  }

  /// Renders the clip.
  ///
  /// - Parameters:
  ///   - sink: Takes the result of all channels that are read; `nil` where only its levels are wanted.
  ///   - measuresLevels: Whether the result is analysed again, over the content's active frames.
  ///   - measuresLoudness: Whether loudness and peaks are measured; otherwise they are meaningless.
  ///   - progress: Called with the number of frames done.
  package func render(
    into sink: (any FrameSink)?, measuresLevels: Bool, measuresLoudness: Bool = true,
    progress: (Int) throws -> Void
  ) throws -> RenderResult {
    let channelCount = input.channelCount
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: channelCount)
    let lastCentre = geometry.frameCount(ofSamples: frameCount) - 1
    let restylers = try (0..<team.count).map { _ in
      try FrameRestyler(
        rendering, source: source, analyzer: analyzer, lastCentre: lastCentre, excerpt: excerpt,
        measuresSpectra: measuresLevels)
    }
    let restyling = rendering.restyling
    let listens = rendering.listens
    let usesCompressor = listens || restyling.envelope != nil
    let compressor =
      usesCompressor
      ? EnvelopeCompressor(
        gain: listens ? nil : restyling.envelope, within: restyling.soundingBand,
        channelCount: channelCount,
        heard: ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels).linkedChannels,
        sampleRate: source.sampleRate, hopLength: geometry.hopLength) : nil
    let output = RenderedOutput(
      source: source, channelCount: channelCount, geometry: geometry, frameCount: frameCount, sink: sink,
      tone: ToneFilter(
        restyling, channelCount: channelCount, leadCount: source.channelCount, sampleRate: source.sampleRate),
      compressor: compressor,
      rider: listens
        ? LoudnessRider(nil, source: source)
        : restyling.loudness.map {
          LoudnessRider($0, within: restyling.soundingBand, source: source, channelCount: channelCount)
        },
      threshold: listens ? nil : restyling.peakThreshold, measuresLoudness: measuresLoudness,
      levels: measuresLevels ? restyling : nil,
      excerpt: excerpt, team: team)
    var blocks = FrameBlocks(lastCentre: lastCentre)

    var onsets = OnsetDetector(
      sampleRate: source.sampleRate, shortestDistance: geometry.windowLength, leadCount: source.channelCount)

    // While blocks are restyled, the next chunk is read and the samples of the blocks before go on their way.
    func advance(isEnd: Bool, beside job: ThreadTeam.Job? = nil) throws {
      let rendered = blocks.take(from: analyzer.readyFrames, isEnd: isEnd)
        .map { RenderedBlock($0, onsets: onsets.onsets, geometry) }
      let restyling: [ThreadTeam.Job] = rendered.map { block in
        { [analyzer] thread in try restylers[thread].restyle(block, from: analyzer) }
      }
      // The longest pieces first: the short ones then keep all threads at work to the end.
      try team.run(output.joining + restyling + output.using + (job.map { [$0] } ?? []))
      output.take(rendered)
      // Onsets may need the last frames before a block once more.
      let kept = max(-1, blocks.next - FrameRestyler.reach)
      analyzer.drop(kept - analyzer.readyFrames.lowerBound)
      onsets.drop(before: (blocks.next - 2) * geometry.hopLength)
    }

    let reader = try ReadAhead(
      input, chunkLength: FrameBlocks.chunkLength(geometry, channelCount: channelCount, team),
      observe: { onsets.add($0) })
    var position = 0
    while reader.chunk.frameCount > 0 {
      try Task.checkCancellation()
      position += reader.chunk.frameCount
      for channel in 0..<channelCount {
        reader.chunk.withChannel(channel) { analyzer.append($0, channel: channel) }
      }
      try advance(isEnd: false, beside: reader.job)
      reader.advance()
      try progress(position)
    }
    guard position == frameCount else {
      throw RestyleError.unstableContent(
        "\(source.name): expected \(frameCount) frames as in the first reading, found \(position)")
    }
    analyzer.finish()
    try advance(isEnd: true)
    var result = try output.finish()
    result.limited = restyling.views.indices.map { view in
      let parts = restylers.map { $0.computers[view] }
      let counts = parts.dropFirst().reduce(parts[0].limitedCounts) { zip($0, $1.limitedCounts).map(+) }
      return (counts, parts.reduce(0) { $0 + $1.activeCount })
    }
    if measuresLevels {
      result.spectra.content = restyling.views.indices.map { view in
        restylers.reduce(into: LongTermSpectrumPass()) { $0.merge($1.spectra[view]) }
      }
    }
    if excerpt != nil {
      result.wanted = try restyling.views.indices.map { view in
        var all = LevelStatistics(numFeatures: restyling.layout.channelCount + 1)
        for restyler in restylers {
          if let part = restyler.computers[view].wanted { try all.merge(part) }
        }
        return all.shifted(byBuckets: restyling.referenceBuckets).statistics()
      }
    }
    return result
  }
}
