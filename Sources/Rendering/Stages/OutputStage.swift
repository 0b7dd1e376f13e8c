import AdaIN
import AudioFeatures
import Restylings
import SoundFiles
import StyleProfiles

/// The fourth stage of a rendering pass: samples go to the sink, to meters, and into a second analysis if wanted.
final class OutputStage: Stage {
  let meters: ClipMeters
  private let sink: Exclusive<any FrameSink>?
  private let measuresLoudness: Bool
  /// The second analysis; `nil` where none is wanted.
  private let levels: LevelStream?
  private var frames: [RenderedPart.ContentFrame] = []

  /// The levels of rendered frames, and the content's frames, which can be ahead of them.
  struct Output: Sendable {
    var levels: MeasuredLevels?
    var frames: [RenderedPart.ContentFrame]
  }

  /// Creates the stage.
  ///
  /// - Parameters:
  ///   - source: The clip.
  ///   - sink: Takes all samples; `nil` where they are only measured.
  ///   - measuresLoudness: Whether loudness and peaks are measured.
  ///   - levels: Measures the levels of the result; `nil` where they are not wanted.
  init(source: any FrameSource, sink: (any FrameSink)?, measuresLoudness: Bool, levels: LevelStream?) {
    meters = ClipMeters(source: source)
    self.sink = sink.map { Exclusive(lent: $0) }
    self.measuresLoudness = measuresLoudness
    self.levels = levels
  }

  func begin(_ part: RenderedPart) -> [ThreadTeam.Job] {
    frames = part.frames
    let buffers = part.buffers
    guard !buffers.isEmpty else { return [] }
    var jobs: [ThreadTeam.Job] = []
    if let sink {
      jobs.append(ThreadTeam.Job(sink) { sink in for buffer in buffers { try sink.write(buffer) } })
    }
    if measuresLoudness { jobs += meters.jobs(buffers) }
    return jobs + (levels?.begin(each: buffers) ?? [])
  }

  func finish() -> [ThreadTeam.Job] {
    meters.finish()
    return levels?.finish() ?? []
  }

  func end() -> Output {
    defer { frames = [] }
    return Output(levels: levels?.end(), frames: frames)
  }
}

/// The last stage of a rendering pass: statistics of the rendered levels, over the frames that are active in the
/// content.
final class CheckingStage: Stage {
  private let check: Exclusive<LevelCheck>?
  private let shift: Int

  /// Creates the stage; without a restyling it checks nothing.
  init(_ restyling: Restyling?, lastCentre: Int, excerpt: Excerpt?) {
    shift = restyling?.referenceBuckets ?? 0
    check = restyling.map {
      Exclusive(
        LevelCheck(
          viewCount: $0.views.count, channelCount: $0.layout.channelCount, lastCentre: lastCentre,
          excerpt: excerpt))
    }
  }

  func begin(_ output: OutputStage.Output) -> [ThreadTeam.Job] {
    guard let check else { return [] }
    return [ThreadTeam.Job(check) { $0.take(output.levels, output.frames) }]
  }

  /// The statistics of each view, at the reference loudness of the content: C channels, then the broadband level.
  var levels: [StyleStatistics] {
    check?.value.levels.map { $0.shifted(byBuckets: shift).statistics() } ?? []
  }

  /// The third-octave powers of each view over all frames inside the clip.
  var spectra: [LongTermSpectrumPass] { check?.value.spectra ?? [] }
}

/// The statistics of rendered levels, by the levels of the content in the same frames.
private struct LevelCheck: Sendable {
  private let lastCentre: Int
  private let excerpt: Excerpt?
  private(set) var levels: [LevelStatistics]
  private(set) var spectra: [LongTermSpectrumPass]
  /// The content's frames whose rendered frames were not analysed yet; the first one is the frame `firstIndex`.
  private var expected: [RenderedPart.ContentFrame] = []
  private var firstIndex = -1

  init(viewCount: Int, channelCount: Int, lastCentre: Int, excerpt: Excerpt?) {
    self.lastCentre = lastCentre
    self.excerpt = excerpt
    spectra = Array(repeating: LongTermSpectrumPass(), count: viewCount)
    levels = Array(repeating: LevelStatistics(numFeatures: channelCount + 1), count: viewCount)
  }

  /// Takes in the levels of rendered frames, and the content's next frames.
  ///
  /// Third octaves are sorted by the content's levels, so that sound and pauses are those of the content.
  mutating func take(_ measured: MeasuredLevels?, _ frames: [RenderedPart.ContentFrame]) {
    expected += frames
    var used = 0
    measured?.forEachFrame { frame, rows, powers in
      let position = frame - firstIndex
      guard expected.indices.contains(position) else { return }
      used = position + 1
      guard excerpt?.counts(frame) ?? true else { return }
      for (index, row) in rows.enumerated() where expected[position].isActive[index] {
        levels[index].add(row)
      }
      guard frame >= 0, frame <= lastCentre else { return }
      for (index, power) in powers.enumerated() {
        spectra[index].add(power, broadband: expected[position].broadband[index])
      }
    }
    expected.removeFirst(used)
    firstIndex += used
  }
}
