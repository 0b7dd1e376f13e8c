import AdaIN
import AudioFeatures
import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// The part of an ``AlbumPlan`` that belongs to one clip: its tone, unless tones are shared, statistics and warnings.
struct AlbumMember: Sendable {
  /// The clip's views at the reference level of all clips.
  private var views: [View] = []
  /// The aims of trials for the clip's tone.
  private var aims = RefinementAims(matchesSpread: false)
  private var warnings: [RestyleWarning]
  private var activeSeconds: Double
  private var unlikeness: Double?

  private struct View: Sendable {
    var statistics: ViewRestyling.BandStatistics
    /// The clip's own tone; `nil` where it has the tone of all clips.
    var tone: Tone?
  }

  private struct Tone: Sendable {
    /// The gain in dB of each band.
    var gains: [Double]
    /// The details in third octaves in dB; `nil` for none.
    var equaliser: [Double]?
  }

  /// Makes the part of a clip.
  ///
  /// - Parameters:
  ///   - content: The clip.
  ///   - all: The restyling of all clips.
  ///   - styles: The styles of the clip's own tone; none for the tone of all clips. A short clip has the tone of all.
  ///   - options: The options of all clips.
  init(
    _ content: ContentMeasurement, of all: Restyling, towards styles: [WeightedStyle], options: RestyleOptions
  ) throws {
    let profile = try content.profile()
    warnings = []
    activeSeconds = profile.activeSeconds
    // The shift of the clip's levels to the reference level of all clips, in dB.
    let shift = Double(all.referenceBuckets - profile.gateShift) * LevelStatistics.bucketWidth
    let own =
      styles.isEmpty || profile.isShort && all.facts.content.count > 1
      ? nil : try Restyler(options: options).draft(of: profile, towards: styles)
    if let own {
      aims.tones = own.aims.tones
      unlikeness = own.restyling.facts.unlikeness
      warnings += own.restyling.facts.warnings.filter { $0.style == nil }
    }
    for (index, view) in all.views.enumerated() {
      let made = own.flatMap { $0.restyling.views.indices.contains(index) ? $0.restyling.views[index] : nil }
      var statistics = view.bands
      if let measured = profile.statistics(of: view.view), measured.activeCount > 0 {
        let moments = measured.moments
        statistics.contentMean = moments.mean.map { $0 + shift }
        statistics.contentSpread = moments.spread
        statistics.shared = made?.bands.shared ?? view.bands.shared
        statistics.requestedMean =
          made?.bands.requestedMean.map { $0 + shift }
          ?? zip(statistics.contentMean, view.tone).map { $0 + $1 }
        // The common map changes this clip's spreads by the same ratios as those of all clips.
        statistics.requestedSpread = moments.spread.indices.map { band in
          let (before, after) = (view.bands.contentSpread[band], view.bands.requestedSpread[band])
          return before > 0 ? moments.spread[band] * after / before : moments.spread[band]
        }
      }
      let isRestyled = view.state == .restyled && made?.state == .restyled
      views.append(
        View(
          statistics: statistics,
          tone: isRestyled ? made.map { Tone(gains: $0.tone, equaliser: $0.equaliser) } : nil))
    }
  }

  /// Puts the clip's own part into the restyling of all clips.
  func complete(_ restyling: inout Restyling) {
    for (index, view) in views.enumerated() {
      restyling.views[index].bands = view.statistics
      guard let tone = view.tone else { continue }
      let common = restyling.views[index].tone
      for band in common.indices {
        restyling.views[index].style.mean[band] += tone.gains[band] - common[band]
      }
      restyling.views[index].equaliser = tone.equaliser
    }
    restyling.facts.warnings += warnings.filter { !restyling.facts.warnings.contains($0) }
    restyling.facts.activeSeconds = activeSeconds
    restyling.facts.unlikeness = unlikeness ?? restyling.facts.unlikeness
  }

  /// Corrects the clip's tone by a trial, and lowers its bands of noise by the rule on pauses.
  ///
  /// - Parameters:
  ///   - restyling: The clip's restyling.
  ///   - trial: The measurements of the rendered clip.
  ///   - loudness: The aim of the momentary loudness of all clips.
  /// - Returns: By how many dB the correction moves the clip's level; `nil` for a clip that has the tone of all.
  mutating func refine(_ restyling: Restyling, by trial: RenderResult, _ loudness: LoudnessAim?) -> Double? {
    guard views.contains(where: { $0.tone != nil }) else { return nil }
    var aims = aims
    aims.loudness = loudness
    let (refined, change) = restyling.refinement(
      by: trial, requested: restyling.views.map(\.requested), aims: aims)
    for index in views.indices where views[index].tone != nil {
      views[index].tone = Tone(gains: refined.views[index].tone, equaliser: refined.views[index].equaliser)
    }
    return change
  }
}

extension FileRestyler {
  /// Renders one clip of an album without output, for ``AlbumPlan/take(_:)``.
  ///
  /// - Parameters:
  ///   - contentPath: The clip.
  ///   - index: The clip's place among the measured clips.
  ///   - album: The plan so far.
  ///   - outputPath: The path of the result; its format decides whether samples end at full scale.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  public func rehearse(
    _ contentPath: String, clip index: Int, of album: AlbumPlan, to outputPath: String,
    progress: Progress = { _, _ in }
  ) throws -> AlbumPlan.Rehearsal {
    let reader = try openContent(contentPath)
    let format = try output.format(path: outputPath, like: reader.info.format)
    let source = SanitizedSource(reader)
    let restyling = album.restyling(ofClip: index)
    let total = Double(reader.info.frameCount)
    let result: RenderResult
    if let round = album.refinementRound {
      result = try LevelRenderer(
        Rendering(restyling, isTonePass: album.isTonePass), source: source, team: ThreadTeam(threads)
      ).render(
        into: nil, measuresLevels: true
      ) {
        try progress(.refining(round), album.share(ofRound: Double($0) / total))
      }
    } else if album.sharing == .colour,
      let tone = ToneRenderer(restyling, source: source, filters: album.filters)
    {
      result = try tone.render(into: nil) { try progress(.rendering, Double($0) / total) }
    } else {
      result = try Restyler(options: options, threads: threads).render(
        source, by: Rendering(restyling), into: NullSink()
      ) {
        try progress(.rendering, Double($0) / total)
      }
    }
    let word = OutputWord(
      bits: format.encoding.integerBits,
      isDithered: output.dithers(format, from: reader.info.format, isChanged: true))
    return AlbumPlan.Rehearsal(
      clip: index, result: result,
      ceilings: album.ceiling(ofClip: index).map { word.ceilings($0, sampleRate: reader.sampleRate) })
  }

  /// Restyles one clip of an album by the decided plan.
  ///
  /// The report is the clip's own, but in a pool of short sounds its statistics of channels are those of all clips.
  ///
  /// - Precondition: The plan ``AlbumPlan/isDecided``, and the clip was rehearsed.
  public func restyle(
    _ contentPath: String, clip index: Int, of album: AlbumPlan, to outputPath: String,
    progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    guard album.levels.indices.contains(index), let level = album.levels[index] else {
      preconditionFailure("the album's level is not decided yet")
    }
    var report = try restyle(contentPath, to: outputPath, progress: progress) { _ in
      .decided(
        RestyleTarget.Decided(
          restyling: album.restyling(ofClip: index), level: level, makesUp: album.relations == .kept,
          album: album.metered, filters: album.sharing == .colour ? album.filters : nil))
    }
    if album.sharing == .colour { report.poolCount = album.sources.count }
    if output.tagsLoudness, album.sharing != .colour, album.loudness != nil, album.metered == nil {
      report.warnings.append(.notTagged(output: outputPath, .channelCountsDiffer))
    }
    return report
  }
}

/// A sink that drops rendered frames, which are only metered.
private final class NullSink: FrameSink {
  func write(_ buffer: FrameBuffer) {}
}
