import AdaIN
import AudioFeatures
import Foundation
import SoundFiles

extension RestyleReport {
  /// A report on a rendered clip, before its last gain is decided.
  init(
    plan: RestylePlan, requested: [(mean: [Double], spread: [Double])], result: RenderResult, refinements: Int
  ) {
    stereo = plan.stereo
    // Where several clips share a plan, its content is all of them, and its one source is this clip.
    contentLoudness = plan.content.sources.first?.loudness
    styleLoudness = plan.styleLoudness
    contentTruePeak = plan.content.sources.first?.truePeak
    level = LevelDecision()
    lowestEnvelopeGain = plan.envelopeGain?.range?.lowerBound
    highestEnvelopeGain = plan.envelopeGain?.range?.upperBound
    unlikeness = plan.unlikeness
    warnings = plan.warnings
    self.refinements = refinements
    views = zip(plan.views.indices, requested).map { index, requested in
      let view = plan.views[index]
      let shared = Set(view.sharedChannels)
      let reached = result.levels.indices.contains(index) ? result.levels[index].channels : nil
      let limited = result.limited.indices.contains(index) ? result.limited[index] : nil
      let channels = plan.frequencies.indices.map { channel in
        ChannelReport(
          frequency: plan.frequencies[channel], isShared: shared.contains(channel),
          contentMean: view.contentMean[channel], contentSpread: view.contentSpread[channel],
          requestedMean: requested.mean[channel], requestedSpread: requested.spread[channel],
          mean: reached.flatMap { $0[channel].count > 0 ? $0[channel].mean : nil },
          spread: reached.flatMap { $0[channel].count > 0 ? $0[channel].variance().squareRoot() : nil },
          limitedShare: limited.map {
            $0.activeCount > 0 ? Double($0.counts[channel]) / Double($0.activeCount) : 0
          } ?? 0)
      }
      return ViewReport(view: view.view.name, channels: channels)
    }
    noteGainLimits(plan.options)
  }

  /// Notes where the gain limits bound the shared channels in a large share of the active frames.
  mutating func noteGainLimits(_ options: RestyleOptions) {
    let channels = views.flatMap(\.channels).filter(\.isShared)
    let bound = channels.filter { $0.limitedShare >= Self.largestLimitedShare }
    guard let most = bound.map(\.limitedShare).max() else { return }
    warnings.append(
      String(
        format:
          "the gain limits of %+.0f and %+.0f dB hold %d of %d bands in up to %.0f %% of the active frames: "
          + "the result stays short of the style there; a lower --strength or wider limits (--max-gain-up, "
          + "--max-gain-down) avoid it", options.lowestGain, options.highestGain, bound.count, channels.count,
        100 * most))
  }

  /// The share of active frames from which limits are worth a word.
  private static let largestLimitedShare = 0.25

  /// Notes samples that integers could not hold.
  mutating func noteClipping(_ count: Int, _ path: String) {
    clippedSampleCount = count
    guard count > 0 else { return }
    warnings.append("\(path): \(count) samples were clipped at full scale")
  }

  /// Fills in the final levels.
  mutating func finish(_ finished: Finisher.Finished) {
    level = finished.level
    loudness = finished.loudness
    truePeak = finished.truePeak.isFinite ? finished.truePeak : nil
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
