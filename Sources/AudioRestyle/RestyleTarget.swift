import SoundFiles

/// What a clip is to become.
enum RestyleTarget: Sendable {
  /// Like one or several styles; what was measured on the clip before need not be measured again.
  case styles([WeightedStyle], measured: ContentMeasurement? = nil)
  /// What levels say that were made outside.
  case features(FeatureSequence)
  /// What a restyling says that was made before, of this clip or another.
  case restyling(Restyling, Anchoring = Anchoring())
  /// What was decided for it and other clips together.
  case decided(Decided)

  /// A restyling and a level.
  struct Decided: Sendable {
    var restyling: Restyling
    var level: LevelDecision
    /// Whether the level makes up for the loudness that a limiter takes away.
    var makesUp = false
    /// Loudness and peak of the album that the clip belongs to; `nil` where there is none.
    var album: SoundLoudness.Album?
    /// The filters of a tone that is rendered without frames; `nil` for all else.
    var filters: ToneFilters?
  }

  /// What holds for the clip's album; `nil` where there is none.
  var album: SoundLoudness.Album? {
    guard case .decided(let decided) = self else { return nil }
    return decided.album
  }
}
