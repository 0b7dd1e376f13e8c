import AdaIN
import AudioFeatures
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
  }

  /// Notes samples that integers could not hold.
  mutating func noteClipping(_ count: Int, _ path: String) {
    clippedSampleCount = count
    guard count > 0 else { return }
    warnings.append("\(path): \(count) samples were clipped at full scale")
  }

  /// Fills in what follows from the last gain.
  mutating func finish(_ result: RenderResult) {
    loudness = result.loudness(afterGain: level.gain)
    let peak = result.truePeak + level.gain
    truePeak = peak.isFinite ? peak : nil
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
