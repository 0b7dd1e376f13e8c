/// What a clip is to become.
enum RestyleTarget: Sendable {
  /// Like one or several styles; what was measured on the clip before need not be measured again.
  case styles([WeightedStyle], measured: ContentMeasurement? = nil)
  /// What levels say that were made outside.
  case features(FeatureSequence)
  /// What a restyling says that was made before, of this clip or another.
  case restyling(Restyling, Anchoring = Anchoring())
  /// What was decided for it and other clips together.
  case decided(Restyling, LevelDecision)
}
