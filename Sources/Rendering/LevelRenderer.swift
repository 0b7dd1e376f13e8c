import AdaIN
package import AudioFeatures
import Foundation
package import Restylings
import SoundFiles
package import StyleProfiles

/// The changes that a rendering pass applies.
package struct Rendering: Sendable {
  package var restyling: Restyling
  /// The levels of each view from a feature file; `nil` where the layer makes them.
  var levels: [WantedLevels]?
  /// Whether the pass is a tone pass: it leaves out the gains that follow the samples, and measures the momentary
  /// loudness, and envelopes where wanted.
  var isTonePass: Bool
  /// Whether a tone pass measures envelopes.
  var measuresEnvelopes: Bool
  /// Whether frames report their gain of the broadband level, which is taken out of the envelopes.
  var usesEnvelopes: Bool { isTonePass ? measuresEnvelopes : restyling.envelope != nil }

  package init(
    _ restyling: Restyling, levels: [WantedLevels]? = nil, isTonePass: Bool = false,
    measuresEnvelopes: Bool = true
  ) {
    self.restyling = restyling
    self.levels = levels
    self.isTonePass = isTonePass
    self.measuresEnvelopes = measuresEnvelopes
  }
}

/// The rendering pass for level features: analysis of a clip, gains, and synthesis.
package struct LevelRenderer {
  private let rendering: Rendering
  private let source: any FrameSource
  /// The source that is read: the clip, or the clip followed by the channels of a stem.
  private let input: any FrameSource
  /// The parts of the clip that ``source`` consists of; `nil` for the whole clip.
  private let excerpt: Excerpt?
  private let geometry: STFTGeometry
  private let frameCount: Int
  private let team: ThreadTeam
  private let memory: ContentMemory?

  /// Creates a renderer.
  ///
  /// - Parameters:
  ///   - rendering: The changes.
  ///   - source: The clip.
  ///   - pair: The clip with a stem that gets the clip's gains; `nil` for the clip alone.
  ///   - excerpt: The parts to render, joined end to end; `nil` renders the whole clip.
  ///   - memory: What the trials of one clip know of its frames; `nil` for other passes.
  ///   - team: The threads that work.
  package init(
    _ rendering: Rendering, source: any FrameSource, beside pair: StemPair? = nil,
    only excerpt: Excerpt? = nil, memory: ContentMemory? = nil, team: ThreadTeam
  ) {
    self.rendering = rendering
    self.source = excerpt.map { ExcerptSource(source, $0) } ?? source
    input = pair ?? self.source
    self.excerpt = excerpt
    self.memory = memory
    self.team = team
    geometry = STFTGeometry(sampleRate: source.sampleRate)
    frameCount = excerpt?.sampleCount ?? rendering.restyling.frameCount
  }

  /// Renders the clip.
  ///
  /// - Parameters:
  ///   - sink: Takes the result of all channels that are read; `nil` where the result is only measured.
  ///   - measuresLevels: Whether the result is analysed again, over the content's active frames.
  ///   - measuresLoudness: Whether loudness and peaks are measured; otherwise these numbers of the result are
  ///     meaningless.
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
      excerpt: excerpt, measuresSpectra: measuresLevels, memory: memory, team: team)
    let join = JoiningStage(joining(mixer, channelCount: channelCount))
    let level = LevellingStage(levelling(channelCount: channelCount))
    let output = OutputStage(
      source: source, sink: sink, measuresLoudness: measuresLoudness,
      levels: measuresLevels
        ? LevelStream(
          views: restyling.views.map(\.view), layout: restyling.layout, geometry: geometry, source: source,
          team: team, measuresThirdOctaves: true) : nil)
    let check = CheckingStage(measuresLevels ? restyling : nil, lastCentre: lastCentre, excerpt: excerpt)
    try input.pass(
      through: restyle.then(join.then(level.then(output.then(check.last)))), team: team,
      chunkLength: FrameBlocks.chunkLength(geometry, channelCount: channelCount, team),
      observe: restyle.observe, progress: progress)

    var result = RenderResult(meters: output.meters, levels: check.levels)
    result.envelopes = join.result.compressor?.sample.ended
    result.momentaryAfterTone = level.momentaryAfterTone
    result.spectra.result = check.spectra
    try restyle.note(in: &result)
    return result
  }

  /// The processors that blocks pass through: joiner, tone, compressor.
  private func joining(_ mixer: ViewMixer, channelCount: Int) -> JoiningChain {
    let (restyling, sampleRate) = (rendering.restyling, source.sampleRate)
    return JoiningChain(
      joiner: BlockJoiner(geometry, channelCount: channelCount, frameCount: frameCount),
      tone: ToneFilter(
        restyling, channelCount: channelCount, leadCount: source.channelCount, sampleRate: sampleRate),
      compressor: rendering.usesEnvelopes
        ? EnvelopeCompressor(
          gain: rendering.isTonePass ? nil : restyling.envelope, within: restyling.soundingBand,
          channelCount: channelCount, measured: mixer.linkedChannels, sampleRate: sampleRate,
          hopLength: geometry.hopLength) : nil)
  }

  /// The processors that joined samples pass through: rider, limiter.
  private func levelling(channelCount: Int) -> LevellingChain {
    let restyling = rendering.restyling
    guard !rendering.isTonePass else {
      return LevellingChain(rider: LoudnessRider(nil, source: source), limiter: nil)
    }
    return LevellingChain(
      rider: restyling.loudness.map {
        LoudnessRider($0, within: restyling.soundingBand, source: source, channelCount: channelCount)
      },
      limiter: restyling.peakThreshold.map {
        CrestLimiter(
          channelCount: channelCount, leadCount: source.channelCount, sampleRate: source.sampleRate,
          threshold: $0)
      })
  }
}
