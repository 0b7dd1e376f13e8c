import AudioFeatures

/// What a rendering pass found.
struct RenderResult {
  /// The integrated loudness of the rendered clip in LUFS, ungated where it is too short; `nil` for silence.
  var loudness: Double?
  /// The true peak of the rendered clip in dBTP.
  var truePeak: Double
  /// The level sums of each view of the result over the content's active frames; empty where not measured.
  var levels: [LevelSums]
  /// How often the gain limits bound each channel of each view, and the number of active frames.
  var limited: [(counts: [Int], activeCount: Int)]
}
