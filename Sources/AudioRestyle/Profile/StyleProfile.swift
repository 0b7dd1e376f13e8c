import AdaIN
public import AudioFeatures

/// What is known of the style of one or several clips: exact level statistics, loudness and peak.
///
/// Levels are kept at a common active loudness of −23 LUFS (moved there by whole buckets of 0.5 dB), so that
/// clips mastered at different levels merge without their mastering level counting as dynamics; the clips' own
/// loudness stands beside them. The same type describes the content, so equal clips compare as exactly equal.
public struct StyleProfile: Sendable {
  /// The loudness in LUFS that every clip is brought to before its levels are kept.
  public static let referenceLoudness = -23.0

  /// What the feature channels are.
  public let layout: FeatureLayout

  /// The integrated loudness in LUFS (mean power over the sources); for clips too short or too quiet for gating, the
  /// ungated one; `nil` for digital silence.
  public internal(set) var loudness: Double?

  /// The highest true peak of the sources in dBTP; −∞ for digital silence.
  public internal(set) var truePeak: Double

  /// Half the lowest sample rate of the sources in Hz: nothing above is known.
  public internal(set) var nyquist: Double

  /// The clips the profile was learned from, in the order they were merged.
  public internal(set) var sources: [ProfileSource]

  /// Level statistics by view, at the reference loudness.
  var tables: [StereoView: LevelTable]

  /// Moments of the samples by view, at the clips' own level.
  var moments: [StereoView: SampleMoments]

  /// By how many dB the levels in ``tables`` stand above the clips' own, the mean over the sources.
  var levelShift: Double

  /// By how many buckets the gates in dBFS move with the levels, the smallest of the sources.
  var gateShift: Int

  /// Arrays and metadata of a file that this version does not know; they are written back.
  var unknown = UnknownEntries()

  /// The entries of a profile file that belong to no known key.
  struct UnknownEntries: Sendable {
    var arrays: [String: StoredArray] = [:]
    var metadata: [String: String] = [:]
  }

  /// The views whose statistics are known.
  public var views: [StereoView] { tables.keys.sorted { $0.name < $1.name } }

  /// The total duration of the sources in seconds.
  public var duration: Double { sources.reduce(0) { $0 + $1.duration } }

  /// Whether any frame is loud enough to count as active (above −70 dBFS).
  public var hasActiveSound: Bool { activeFrameCount(of: .linked) > 0 }

  /// The number of active frames of a view; 0 where the view is unknown.
  public func activeFrameCount(of view: StereoView) -> Int {
    guard let statistics = statistics(of: view) else { return 0 }
    return Int(statistics.active.count)
  }

  /// The mean and spread in dB of every channel of a view over its active frames, at the clips' own mean level.
  ///
  /// - Returns: `nil` where the view is unknown.
  public func levels(of view: StereoView) -> [(mean: Double, standardDeviation: Double)]? {
    guard let statistics = statistics(of: view) else { return nil }
    return (0..<layout.channelCount).map {
      (statistics.active.mean($0) - levelShift, statistics.active.variance($0).squareRoot())
    }
  }

  /// The gated statistics of a view, or of `linked` for a channel or mid that was not measured.
  func statistics(of view: StereoView) -> ViewStatistics? {
    let table: LevelTable?
    switch view {
    case .linked, .side: table = tables[view]
    case .mid, .channel: table = tables[view] ?? tables[.linked]
    }
    return table.map { ViewStatistics($0, profile: self) }
  }
}
