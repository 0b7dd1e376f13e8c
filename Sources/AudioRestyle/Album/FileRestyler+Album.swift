import SoundFiles

extension FileRestyler {
  /// Renders one clip of an album without output, for ``AlbumPlan/take(_:)``.
  ///
  /// - Parameters:
  ///   - contentPath: The clip.
  ///   - index: Its place among the clips that were measured.
  ///   - album: The plan so far.
  ///   - outputPath: Where the result will appear; whether that format ends at full scale matters for the level.
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
        Rendering(restyling, listens: album.listens), source: source, team: ThreadTeam(threads)
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

  /// Restyles one clip of an album by what was decided for all.
  ///
  /// The report is the clip's own; its channels' statistics are those of all clips where these are a pool of short
  /// sounds.
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

/// Takes rendered frames nowhere; they are only metered.
private final class NullSink: FrameSink {
  func write(_ buffer: FrameBuffer) {}
}
