import AdaIN

extension Restyler {
  /// Moves a plan by what trials find, of an excerpt where there is one and it has sound enough.
  func refine(
    _ plan: inout RestylePlan, _ source: SanitizedSource, _ excerpt: Excerpt?,
    progress: (RestyleStage, Int) throws -> Void
  ) throws {
    let aim = PeakAim(plan)
    var excerpt = excerpt
    var requested = plan.requested
    for round in 0..<plan.options.refinements {
      // Where dynamics are to follow envelopes, one trial listens to them, and a second one has the result.
      let listens = round == 0 && !plan.envelopeAims.isEmpty
      func trial(listens: Bool = false, progress: (Double) throws -> Void) throws -> RenderResult {
        let length = Double(max(1, excerpt?.sampleCount ?? plan.content.sources.first?.frameCount ?? 1))
        return try LevelRenderer(plan: plan, source: source, only: excerpt, team: ThreadTeam(threads)).render(
          into: nil, measuresLevels: true, measuresLoudness: aim != nil, measuresEnvelopes: listens
        ) { try progress(Double($0) / length) }
      }
      let total = Double(plan.content.sources.first?.frameCount ?? 0)
      func first() throws -> RenderResult {
        try trial(listens: listens) {
          try progress(.refining(round + 1), Int($0 * total / (listens ? 2 : 1)))
        }
      }
      var found = try first()
      if round == 0, excerpt != nil {
        if zip(plan.views, found.wanted).allSatisfy({
          $0.isIdentity || Int($1[0, 0].count) >= Excerpt.fewestFrames
        }) {
          requested = found.wanted.map { ($0.mean, $0.standardDeviation()) }
        } else {
          excerpt = nil
          found = try first()
        }
      }
      if listens {
        plan.fitEnvelopeGain(to: found.envelopes)
        if plan.envelopeGain != nil {
          found = try trial { try progress(.refining(round + 1), Int((1 + $0) * total / 2)) }
        }
      }
      plan.peakThreshold = aim?.threshold(for: found)
      Refiner.refine(&plan, requested: requested, result: found)
    }
  }
}

extension RestylePlan {
  /// Finds the gain that is to follow the envelopes of the clip's samples, if any.
  mutating func fitEnvelopeGain(to sample: EnvelopeSample?) {
    let gain = sample.flatMap { CompressorFit($0) }?.gain(
      towards: envelopeAims, strength: options.strength, limits: options.lowestGain...options.highestGain)
    envelopeGain = gain?.isNegligible == false ? gain : nil
  }
}
