/// What a clip is to become.
enum RestyleTarget: Sendable {
  /// Like one or several styles.
  case styles([WeightedStyle])
  /// What levels say that were made outside.
  case features(FeatureSequence)
}
