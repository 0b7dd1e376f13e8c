import AdaIN
package import AudioFeatures
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
    let restyling = rendering.restyling
    let lastCentre = geometry.frameCount(ofSamples: frameCount) - 1
    let mixer = ViewMixer(channelCount: source.channelCount, lfeChannels: source.lfeChannels)
    let restyle = try RestylingStage(
      rendering, geometry, name: source.name, channelCount: channelCount, frameCount: frameCount, mixer,
      excerpt: excerpt, measuresSpectra: measuresLevels, team: team)
    let join = JoiningStage(chain(mixer, channelCount: channelCount))
    let output = OutputStage(
      source: source, sink: sink, measuresLoudness: measuresLoudness,
      levels: measuresLevels
        ? LevelStream(
          views: restyling.views.map(\.view), layout: restyling.layout, geometry: geometry, source: source,
          team: team, measuresThirdOctaves: true) : nil)
    let check = CheckingStage(measuresLevels ? restyling : nil, lastCentre: lastCentre, excerpt: excerpt)
    try input.pass(
      through: restyle.then(join.then(output.then(check.last))), team: team,
      chunkLength: FrameBlocks.chunkLength(geometry, channelCount: channelCount, team),
      observe: restyle.observe, progress: progress)

    var result = RenderResult(meters: output.meters, levels: check.levels)
    let chain = join.result
    result.envelopes = chain.compressor?.sample.ended
    result.heard = chain.rider?.heard
    result.spectra.result = check.spectra
    try restyle.note(in: &result)
    return result
  }

  /// What the samples of joined blocks pass.
  private func chain(_ mixer: ViewMixer, channelCount: Int) -> SampleChain {
    let restyling = rendering.restyling
    let listens = rendering.listens
    let sampleRate = source.sampleRate
    let threshold = listens ? nil : restyling.peakThreshold
    return SampleChain(
      joiner: BlockJoiner(geometry, channelCount: channelCount, frameCount: frameCount),
      tone: ToneFilter(
        restyling, channelCount: channelCount, leadCount: source.channelCount, sampleRate: sampleRate),
      compressor: listens || restyling.envelope != nil
        ? EnvelopeCompressor(
          gain: listens ? nil : restyling.envelope, within: restyling.soundingBand,
          channelCount: channelCount, heard: mixer.linkedChannels, sampleRate: sampleRate,
          hopLength: geometry.hopLength) : nil,
      rider: listens
        ? LoudnessRider(nil, source: source)
        : restyling.loudness.map {
          LoudnessRider($0, within: restyling.soundingBand, source: source, channelCount: channelCount)
        },
      limiter: threshold.map {
        CrestLimiter(
          channelCount: channelCount, leadCount: source.channelCount, sampleRate: sampleRate, threshold: $0)
      })
  }
}
