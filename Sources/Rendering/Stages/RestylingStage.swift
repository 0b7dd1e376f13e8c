import AdaIN
import AudioFeatures
import Restylings
import SoundFiles
import StyleProfiles

/// The first stage of a rendering pass: chunks become frames, and blocks of frames are restyled.
final class RestylingStage: Stage {
  private let rendering: Rendering
  private let geometry: STFTGeometry
  private let name: String
  private let channelCount: Int
  /// The length of the clip in sample frames, as it was measured.
  private let frameCount: Int
  private let restylers: [Exclusive<FrameRestyler>]
  private let onsets: Exclusive<OnsetDetector>
  /// Whether no gain acts on frames, so that onsets do not matter.
  private let isNeutral: Bool
  /// Whether chunks pass as they are: no gain acts on frames, and the levels of frames are known or not wanted.
  private let passesChunks: Bool
  /// The content's frames, kept for later trials; `nil` where they are not kept.
  private let memory: ContentMemory?
  /// The chunk that passes in this step.
  private var passing: FrameBuffer?
  /// The content's frames from an earlier pass, until the next stage has them.
  private var known: [RenderedPart.ContentFrame] = []
  private let isExcerpt: Bool
  private let measuresSpectra: Bool
  private var analyzer: STFTAnalyzer
  private var blocks: FrameBlocks
  private var position = 0
  /// The blocks that are restyled in this step.
  private var pending: [Exclusive<RenderedBlock>] = []

  init(
    _ rendering: Rendering, _ geometry: STFTGeometry, name: String, channelCount: Int, frameCount: Int,
    _ mixer: ViewMixer, excerpt: Excerpt?, measuresSpectra: Bool, memory: ContentMemory?, team: ThreadTeam
  ) throws {
    self.memory = memory
    self.rendering = rendering
    self.geometry = geometry
    self.name = name
    self.channelCount = channelCount
    self.frameCount = frameCount
    self.measuresSpectra = measuresSpectra
    isExcerpt = excerpt != nil
    let analyzer = STFTAnalyzer(geometry: geometry, channelCount: channelCount)
    self.analyzer = analyzer
    let lastCentre = geometry.frameCount(ofSamples: frameCount) - 1
    blocks = FrameBlocks(lastCentre: lastCentre)
    restylers = try (0..<team.count).map { _ in
      try Exclusive(
        FrameRestyler(
          rendering, mixer: mixer, analyzer: analyzer, lastCentre: lastCentre, excerpt: excerpt,
          measuresSpectra: measuresSpectra))
    }
    isNeutral = restylers[0].use { $0.isNeutral }
    passesChunks = isNeutral && (!measuresSpectra || memory?.facts != nil)
    if passesChunks { known = memory?.frames ?? [] }
    onsets = Exclusive(
      OnsetDetector(
        sampleRate: geometry.sampleRate, shortestDistance: geometry.windowLength,
        leadCount: mixer.channelCount))
  }

  /// Finds the onsets of a chunk, before it is taken.
  var observe: @Sendable (FrameBuffer) -> Void {
    { [onsets, isNeutral] chunk in if !isNeutral { onsets.use { $0.add(chunk) } } }
  }

  func begin(_ chunk: FrameBuffer) -> [ThreadTeam.Job] {
    position += chunk.frameCount
    guard !passesChunks else {
      passing = chunk
      return []
    }
    for channel in 0..<channelCount {
      chunk.withChannel(channel) { analyzer.append($0, channel: channel) }
    }
    return cut(isEnd: false)
  }

  /// - Throws: ``RestyleError/unstableContent(_:)`` where the clip has another length than it had.
  func finish() throws -> [ThreadTeam.Job] {
    guard position == frameCount else {
      throw RestyleError.unstableContent(
        "\(name): expected \(frameCount) frames as in the first reading, found \(position)")
    }
    guard !passesChunks else { return [] }
    analyzer.finish()
    return cut(isEnd: true)
  }

  func end() -> RestyledPart {
    guard !passesChunks else {
      defer { (passing, known) = (nil, []) }
      return RestyledPart(samples: passing, frames: known)
    }
    // The next block may need the last frames before it again, for an onset.
    let kept = max(-1, blocks.next - FrameRestyler.reach)
    analyzer.drop(kept - analyzer.readyFrames.lowerBound)
    onsets.use { $0.drop(before: (blocks.next - 2) * geometry.hopLength) }
    defer { pending = [] }
    let done = pending.map(\.value)
    if isNeutral, let memory { for block in done { memory.frames += block.contentFrames } }
    return RestyledPart(blocks: done)
  }

  private func cut(isEnd: Bool) -> [ThreadTeam.Job] {
    let found = onsets.use { $0.onsets }
    pending = blocks.take(from: analyzer.readyFrames, isEnd: isEnd)
      .map { Exclusive(RenderedBlock($0, onsets: found, geometry)) }
    return pending.map { block in
      ThreadTeam.Job(block) { [analyzer, restylers] block, thread in
        try restylers[thread].use { try $0.restyle(&block, from: analyzer) }
      }
    }
  }

  /// Adds the counts and statistics of all threads to the result of the pass.
  func note(in result: inout RenderResult) throws {
    if passesChunks, let facts = memory?.facts {
      (result.limited, result.spectra.content, result.wanted) = (facts.limited, facts.spectra, facts.wanted)
      return
    }
    let restyling = rendering.restyling
    let computers = restylers.map { $0.use { $0.computers } }
    result.limited = restyling.views.indices.map { view in
      let parts = computers.map { $0[view] }
      let counts = parts.dropFirst().reduce(parts[0].limitedCounts) { zip($0, $1.limitedCounts).map(+) }
      return (counts, parts.reduce(0) { $0 + $1.activeCount })
    }
    if measuresSpectra {
      let spectra = restylers.map { $0.use { $0.spectra } }
      result.spectra.content = restyling.views.indices.map { view in
        spectra.reduce(into: LongTermSpectrumPass()) { $0.merge($1[view]) }
      }
    }
    if isExcerpt {
      result.wanted = try restyling.views.indices.map { view in
        var all = LevelStatistics(numFeatures: restyling.layout.channelCount + 1)
        for computer in computers {
          if let part = computer[view].wanted { try all.merge(part) }
        }
        return all.shifted(byBuckets: restyling.referenceBuckets).statistics()
      }
    }
    if isNeutral, measuresSpectra {
      memory?.facts = ContentMemory.Facts(
        limited: result.limited, spectra: result.spectra.content, wanted: result.wanted)
    }
  }
}

/// The levels of the content's frames, which the first trial of a neutral restyling measures for the later ones.
///
/// A restyling is neutral where no gain acts on frames (``GainComputer/isNeutral``).
package final class ContentMemory {
  /// What a pass notes about the content as a whole.
  struct Facts {
    var limited: [(counts: [Int], activeCount: Int)]
    var spectra: [LongTermSpectrumPass]
    var wanted: [StyleStatistics]
  }

  /// The facts; `nil` before the first trial.
  fileprivate(set) var facts: Facts?
  fileprivate(set) var frames: [RenderedPart.ContentFrame] = []

  /// Creates an empty memory.
  package init() {}
}
