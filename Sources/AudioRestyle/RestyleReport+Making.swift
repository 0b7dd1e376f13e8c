import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

extension RestyleReport {
  /// A report on a rendered clip, before its last gain is decided.
  init(_ restyling: Restyling, result: RenderResult) {
    let facts = restyling.facts
    stereo = restyling.stereo
    // Where several clips share a restyling, its one source is this clip.
    contentLoudness = facts.content.first?.loudness
    styleLoudness = facts.styleLoudness
    contentTruePeak = facts.content.first?.truePeak
    level = LevelDecision()
    lowestEnvelopeGain = restyling.envelope?.range?.lowerBound
    highestEnvelopeGain = restyling.envelope?.range?.upperBound
    unlikeness = facts.unlikeness
    warnings = facts.warnings
    refinements = facts.refinements
    self.restyling = restyling
    views = []
    notePauses(restyling, result)
    guard restyling.features != .waveform else { return }
    for (index, view) in restyling.views.enumerated() {
      let reached = result.levels.indices.contains(index) ? result.levels[index] : nil
      let limited = result.limited.indices.contains(index) ? result.limited[index] : nil
      views.append(Self.report(on: view, restyling.frequencies, reached, limited))
    }
    noteGainLimits(restyling)
  }

  private static func report(
    on view: ViewRestyling, _ frequencies: [Double], _ reached: StyleStatistics?,
    _ limited: (counts: [Int], activeCount: Int)?
  ) -> ViewReport {
    let (shared, bands) = (Set(view.bands.shared), view.bands)
    let channels = frequencies.indices.map { band in
      let found = reached.map { $0.channels[band] }.flatMap { $0.count > 0 ? $0 : nil }
      let share = limited.map { $0.activeCount > 0 ? Double($0.counts[band]) / Double($0.activeCount) : 0 }
      return ChannelReport(
        frequency: frequencies[band], isShared: shared.contains(band), contentMean: bands.contentMean[band],
        contentSpread: bands.contentSpread[band], requestedMean: bands.requestedMean[band],
        requestedSpread: bands.requestedSpread[band], mean: found?.mean,
        spread: found?.variance().squareRoot(), limitedShare: share ?? 0)
    }
    return ViewReport(view: view.view.name, channels: channels)
  }

  /// By how many dB sound over pauses may fall under its least without a word.
  private static let toleratedFall = 1.5

  /// Notes that sound lies less far over pauses than the rule on noise allows.
  private mutating func notePauses(_ restyling: Restyling, _ result: RenderResult) {
    guard let pauses = restyling.facts.pauses, let loudness = result.loudness(afterGain: 0),
      let reached = MomentaryLoudness(result.loudness, about: loudness).soundOverPauses,
      reached < pauses.least - Self.toleratedFall
    else { return }
    warnings.append(
      .pausesRaised(
        content: pauses.content, result: reached, least: pauses.least, byDynamics: restyling.changesDynamics))
  }

  /// Notes where the gain limits bound the shared channels in a large share of the active frames.
  private mutating func noteGainLimits(_ restyling: Restyling) {
    let channels = views.flatMap(\.channels).filter(\.isShared)
    let bound = channels.filter { $0.limitedShare >= Self.largestLimitedShare }
    guard let most = bound.map(\.limitedShare).max() else { return }
    warnings.append(
      .gainsLimited(
        lowest: restyling.lowestGain, highest: restyling.highestGain, bandCount: bound.count,
        sharedCount: channels.count, share: most))
  }

  /// The share of active frames from which limits are worth a word.
  private static let largestLimitedShare = 0.25

  /// Notes samples that integers could not hold.
  mutating func noteClipping(_ count: Int, _ path: String) {
    clippedSampleCount = count
    if count > 0 { warnings.append(.samplesClipped(output: path, count: count)) }
  }

  /// Fills in the final levels.
  mutating func finish(_ finished: Finisher.Finished) {
    level = finished.level
    loudness = finished.loudness
    truePeak = finished.truePeak.isFinite ? finished.truePeak : nil
    warnings += finished.warnings
  }
}

extension RestyleReport {
  /// A report on a clip that was copied unchanged.
  init(copyOf info: SoundFileInfo) {
    stereo = .linked
    level = LevelDecision()
    views = []
    refinements = 0
    isCopy = true
    warnings = []
  }
}
