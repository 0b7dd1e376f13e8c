import AdaIN
import AudioFeatures
import SoundFiles

/// Analyses a rendered clip again, and takes the levels of those frames that are active in the content.
final class OutputLevelCheck {
  private let shift: Int
  private let lastCentre: Int
  private let excerpt: Excerpt?
  private let team: ThreadTeam
  private let stream: LevelStream
  private var levels: [LevelStatistics]
  /// The third octaves of each view, of all frames inside the clip.
  private(set) var spectra: [LongTermSpectrumPass]
  /// Whether the frames that were rendered but not yet analysed again are active, by view; the first has `firstIndex`.
  private var expected: [(isActive: [Bool], broadband: [FixedLevel])] = []
  private var firstIndex = -1
  /// How many of them were taken since the last advance.
  private var used = 0

  init(
    _ restyling: Restyling, source: any FrameSource, geometry: STFTGeometry, lastCentre: Int,
    excerpt: Excerpt?, team: ThreadTeam
  ) {
    self.lastCentre = lastCentre
    self.excerpt = excerpt
    shift = restyling.referenceBuckets
    self.team = team
    let layout = restyling.layout
    stream = LevelStream(
      views: restyling.views.map(\.view), layout: layout, geometry: geometry, source: source, team: team,
      measuresThirdOctaves: true)
    spectra = restyling.views.map { _ in LongTermSpectrumPass() }
    levels = restyling.views.map { _ in LevelStatistics(numFeatures: layout.channelCount + 1) }
  }

  /// Notes which views of the next content frames are active.
  ///
  /// Third octaves are sorted by the content's levels, so that sound and pauses are those of the content.
  func expect(_ isActive: [[Bool]], _ broadband: [[FixedLevel]]) {
    expected += zip(isActive, broadband).map { ($0, $1) }
  }

  /// Adds rendered samples.
  func append(_ buffer: FrameBuffer) {
    stream.append(buffer)
  }

  /// The pieces of work that analyse what has been added, and take what was found before.
  var jobs: [ThreadTeam.Job] { [{ [self] _ in tally() }] + stream.jobs }

  /// Ends the analysis of what has been added.
  func advance() {
    expected.removeFirst(used)
    firstIndex += used
    used = 0
    stream.advance()
  }

  private func tally() {
    stream.forEachMeasured { frame, rows, powers in
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
  }

  /// The statistics of each view, at the reference loudness of the content: C channels, then the broadband level.
  func finish() throws -> [StyleStatistics] {
    stream.finish()
    try team.run(jobs)
    advance()
    tally()
    return levels.map { $0.shifted(byBuckets: shift).statistics() }
  }
}
