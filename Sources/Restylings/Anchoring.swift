import AdaIN
import Foundation
public import StyleProfiles

/// The way in which a restyling that was made for one clip is moved to the level of another.
public struct Anchoring: Hashable, Sendable {
  /// The levels at which another clip gets the gains.
  public enum Levels: String, CaseIterable, Hashable, Sendable {
    /// Levels at the same distance from the clip's own loudness as in the first clip.
    case own
    /// The same levels in dBFS.
    case absolute
  }

  /// What stays the same for another clip: the loudness of the result, or its change.
  public enum Loudness: String, CaseIterable, Hashable, Sendable {
    /// The target: every clip comes out equally loud.
    case target
    /// The change of loudness that the first clip got: clips keep their loudness relative to each other.
    case gain
  }

  /// The levels at which another clip gets the gains.
  public var levels = Levels.own
  /// What stays the same for another clip: the loudness of the result, or its change.
  public var loudness = Loudness.target

  /// Creates the default: gains follow the clip's own loudness, and every clip gets the same loudness target.
  public init() {}
}

extension Restyling {
  /// The restyling for another clip: curves and moments stay, and the levels at which they act follow the clip's
  /// loudness.
  ///
  /// All levels are at the reference loudness. So another clip needs its own ``referenceBuckets``, activity gates,
  /// length and levels; the loudness target stays. With ``Anchoring/Levels/absolute`` the levels stay in dBFS, and only
  /// the gates are the clip's own. With ``Anchoring/Loudness/gain`` the target moves by the loudness difference between
  /// the clip and the first one. For the clip that it was made for, the restyling never changes.
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
    guard stereo != .midSide || channelCount == 2 else {
      throw RestyleError.invalidRestyling(
        "expected a clip of 2 channels, as the restyling has the views mid and side, found \(Self.count(channelCount))"
      )
    }
    guard views.map(\.view) == wanted else {
      throw RestyleError.invalidRestyling(
        "expected a clip with the views \(views.map(\.view.name).joined(separator: ", ")), as the restyling has, found "
          + "\(Self.count(channelCount)) (\(wanted.map(\.name).joined(separator: ", ")))")
    }
    var result = self
    // By how many buckets the restyling raises levels more than the clip's own level shift does.
    var buckets = referenceBuckets - profile.gateShift
    let difference = facts.contentLoudness.flatMap { own in profile.loudness.map { $0 - own } } ?? 0
    if anchoring.levels == .own {
      result.referenceBuckets = profile.gateShift
      // Thresholds for the levels of samples move by the same whole buckets.
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
      profile.loudnessOverPauses().map { RestylingFacts.Pauses(content: $0, styles: pauses.styles) }
    }
    result.facts.contentTruePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    for index in result.views.indices {
      if let statistics = profile.statistics(of: result.views[index].view) {
        result.views[index].gate = statistics.gate.moved(byBuckets: buckets)
      }
    }
    return result
  }

  private static func count(_ channels: Int) -> String {
    channels == 1 ? "1 channel" : "\(channels) channels"
  }
}
