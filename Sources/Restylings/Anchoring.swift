import AdaIN
import Foundation
public import StyleProfiles

/// How a restyling that was made for one clip is brought to the level of another.
public struct Anchoring: Hashable, Sendable {
  /// Which levels the gains belong to.
  public enum Levels: String, CaseIterable, Hashable, Sendable {
    /// Those that lie as far from the clip's own loudness as they lay from that of the first clip.
    case own
    /// The same levels in dBFS.
    case absolute
  }

  /// What is kept of the loudness.
  public enum Loudness: String, CaseIterable, Hashable, Sendable {
    /// The loudness itself: every clip comes out equally loud.
    case target
    /// By how much the first clip became louder or quieter: clips keep their loudness relative to each other.
    case gain
  }

  /// Which levels the gains belong to.
  public var levels = Levels.own
  /// What is kept of the loudness.
  public var loudness = Loudness.target

  /// The defaults: gains follow the clip's own loudness, and the loudness comes to the same target.
  public init() {}
}

extension Restyling {
  /// The restyling for a clip: its curves and moments stay, and the levels they are given at follow the clip's loudness.
  ///
  /// Everything is at the reference loudness, so another clip needs its own ``referenceBuckets``, activity gates, length and
  /// levels; the loudness target stays what it is. With ``Anchoring/Levels/absolute`` the levels stay, and the clip's
  /// gates alone are its own. With ``Anchoring/Loudness/gain`` the target moves by what the clip is louder than the
  /// first one. For the clip it was made for, nothing changes in any case.
  ///
  /// - Throws: ``RestyleError/invalidRestyling(_:)`` where the clip has other features or views.
  public func anchored(to clip: ContentMeasurement, _ anchoring: Anchoring = Anchoring()) throws -> Restyling
  {
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
    // By how many buckets the restyling raises levels more than the clip's own shift does.
    var buckets = referenceBuckets - profile.gateShift
    let difference = facts.contentLoudness.flatMap { own in profile.loudness.map { $0 - own } } ?? 0
    if anchoring.levels == .own {
      result.referenceBuckets = profile.gateShift
      // What counts in levels of samples follows by the same steps.
      let louder = Double(buckets) * LevelStatistics.bucketWidth
      result.envelope?.follow(louder)
      if let threshold = peakThreshold { result.peakThreshold = threshold * Float(pow(10, louder / 20)) }
      result.loudness?.anchor += difference
      buckets = 0
    }
    if anchoring.loudness == .gain {
      result.level.loudness = level.loudness.map { $0 + difference }
      result.level.rms = level.rms.map { $0 + difference }
    }
    result.facts.content = profile.sources
    result.facts.contentLoudness = profile.loudness
    result.facts.activeSeconds = profile.activeSeconds
    result.facts.pauses = facts.pauses.flatMap { pauses in
      profile.momentary?.soundOverPauses.flatMap { RestylingFacts.Pauses(content: $0, styles: pauses.styles) }
    }
    result.facts.contentTruePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    for index in result.views.indices {
      if let statistics = profile.statistics(of: result.views[index].view) {
        result.views[index].gate = statistics.gate.moved(byBuckets: buckets)
      }
    }
    return result
  }
}
