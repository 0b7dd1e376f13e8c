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
  /// Whether samples pass unchanged, so that onsets do not matter.
  private let isNeutral: Bool
  private let isExcerpt: Bool
  private let measuresSpectra: Bool
  private var analyzer: STFTAnalyzer
  private var blocks: FrameBlocks
  private var position = 0
  /// The blocks that are restyled in this step.
  private var pending: [Exclusive<RenderedBlock>] = []

  init(
    _ rendering: Rendering, _ geometry: STFTGeometry, name: String, channelCount: Int, frameCount: Int,
    _ mixer: ViewMixer, excerpt: Excerpt?, measuresSpectra: Bool, team: ThreadTeam
  ) throws {
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
    analyzer.finish()
    return cut(isEnd: true)
  }

  func end() -> [RenderedBlock] {
    // The next block may need the last frames before it again, for an onset.
    let kept = max(-1, blocks.next - FrameRestyler.reach)
    analyzer.drop(kept - analyzer.readyFrames.lowerBound)
    onsets.use { $0.drop(before: (blocks.next - 2) * geometry.hopLength) }
    defer { pending = [] }
    return pending.map(\.value)
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
  }
}
