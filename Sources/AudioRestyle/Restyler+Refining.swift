import AdaIN

extension Restyler {
  /// The restyling that trials lead to, of an excerpt where there is one and it has sound enough.
  func refined(
    _ draft: RestylingDraft, _ source: SanitizedSource, _ excerpt: Excerpt?,
    progress: (RestyleStage, Int) throws -> Void
  ) throws -> Restyling {
    var (restyling, excerpt) = (draft.restyling, excerpt)
    guard !restyling.passesSamples else { return restyling }
    let aims = draft.aims
    var requested = restyling.views.map(\.requested)
    let total = Double(restyling.frameCount)
    var round = 0
    // One round more where sound over pauses still lacks.
    var isMissed = false
    while round < options.refinements || (isMissed && round == options.refinements) {
      // Where dynamics are to follow envelopes, one trial listens to them, and a second one has the result.
      let listens = round == 0 && aims.listens
      func trial(_ restyling: Restyling, listens: Bool, _ span: ClosedRange<Double>) throws -> RenderResult {
        let length = Double(max(1, excerpt?.sampleCount ?? restyling.frameCount))
        return try LevelRenderer(
          Rendering(restyling, listens: listens), source: source, only: excerpt, team: ThreadTeam(threads)
        ).render(
          into: nil, measuresLevels: true, measuresLoudness: aims.peaks != nil || aims.loudness != nil
        ) { done in
          let share = span.lowerBound + Double(done) / length * (span.upperBound - span.lowerBound)
          try progress(.refining(round + 1), Int(share * total))
        }
      }
      let first = listens ? 0...0.5 : 0.0...1
      var found = try trial(restyling, listens: listens, first)
      if round == 0, excerpt != nil {
        if restyling.isHeard(in: found.wanted) {
          requested = found.wanted.map { BandMoments(mean: $0.mean, spread: $0.standardDeviation()) }
        } else {
          excerpt = nil
          found = try trial(restyling, listens: listens, first)
        }
      }
      if listens {
        restyling = restyling.following(found, aims: aims)
        if restyling.followsSamples { found = try trial(restyling, listens: false, 0.5...1) }
      }
      restyling = restyling.refined(by: found, requested: requested, aims: aims)
      isMissed = options.refinements > 0 && aims.missesPauses(in: found)
      round += 1
    }
    return restyling
  }
}

extension Restyling {
  /// Whether an excerpt has enough active frames of each view to stand for the clip.
  fileprivate func isHeard(in wanted: [StyleStatistics]) -> Bool {
    zip(views, wanted).allSatisfy { $0.isIdentity || Int($1[0, 0].count) >= Excerpt.fewestFrames }
  }
}
