import AdaIN
import Foundation

extension Restyling {
  /// The restyling for a clip: its curves and moments stay, and the levels they are given at follow the clip's loudness.
  ///
  /// Everything is at the reference loudness, so another clip needs its own ``referenceBuckets``, activity gates, length and
  /// levels; the loudness target stays what it is. For the clip it was made for, nothing changes.
  ///
  /// - Throws: ``RestyleError/invalidRestyling(_:)`` where the clip has other features or views.
  public func anchored(to clip: ContentMeasurement) throws -> Restyling {
    let profile = try clip.profile()
    guard profile.layout == layout else {
      throw RestyleError.invalidRestyling(
        "expected a clip with \(layout.summary), as the restyling has, found \(profile.layout.summary)")
    }
    guard !views.contains(where: { $0.state == .levelsFromOutside }) else {
      throw RestyleError.invalidRestyling(
        "expected a restyling by moments, found one by the levels of a feature file; apply that file instead")
    }
    let channelCount = profile.sources.first?.channelCount ?? 1
    let wanted = stereo.views(channelCount: channelCount)
    guard views.map(\.view) == wanted, stereo != .midSide || channelCount == 2 else {
      throw RestyleError.invalidRestyling(
        "expected a clip with the views \(views.map(\.view.name).joined(separator: ", ")), as the restyling has, found "
          + "\(channelCount) channels (\(wanted.map(\.name).joined(separator: ", ")))")
    }
    var result = self
    result.referenceBuckets = profile.gateShift
    // What counts in levels of samples follows by the same steps.
    let louder = Double(referenceBuckets - profile.gateShift) * LevelStatistics.bucketWidth
    result.envelope?.follow(louder)
    if let threshold = peakThreshold { result.peakThreshold = threshold * Float(pow(10, louder / 20)) }
    if let own = facts.contentLoudness, let other = profile.loudness {
      result.loudness?.anchor += other - own
    }
    result.facts.content = profile.sources
    result.facts.contentLoudness = profile.loudness
    result.facts.activeSeconds = profile.activeSeconds
    result.facts.contentTruePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    for index in result.views.indices {
      if let statistics = profile.statistics(of: result.views[index].view) {
        result.views[index].gate = statistics.gate
      }
    }
    return result
  }
}

extension Restyler {
  /// The learner that measures what a clip needs to be brought to a restyling's level.
  func learner(for restyling: Restyling) -> ProfileLearner {
    var learner = ProfileLearner(
      features: restyling.features, measuresChannels: restyling.stereo == .independent,
      measuresDistributions: false, measuresFrames: false)
    learner.measuresMidSide = restyling.stereo == .midSide
    learner.measuresSamples = restyling.features == .waveform
    learner.threads = threads
    return learner
  }
}
