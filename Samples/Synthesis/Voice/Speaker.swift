/// What makes one voice differ from another.
struct Speaker {
  /// The mean pitch in Hz.
  var pitch: Double
  /// How far the pitch moves: 1 is a calm reader.
  var liveliness: Double
  /// The formants' frequencies relative to a man's: about 1.15 for a woman.
  var formantScale: Double
  /// The speaking rate: 1 is unhurried.
  var rate: Double
  /// The amplitude of breath noise in the voice, relative to the voice.
  var breathiness: Double
  /// The part of a period of the vocal folds in which they are open.
  var openQuotient: Double
  /// The corner frequency in Hz above which the voice falls off; lower is softer.
  var tilt: Double
  /// Decides on jitter, noise and the small deviations of each sound.
  var seed: UInt64

  /// A man who reads calmly.
  static let reader = Speaker(
    pitch: 112, liveliness: 1, formantScale: 1, rate: 1, breathiness: 0.06, openQuotient: 0.6, tilt: 4600,
    seed: 11)

  /// A man who announces at a raised voice.
  static let announcer = Speaker(
    pitch: 148, liveliness: 1.2, formantScale: 1.04, rate: 1.12, breathiness: 0.03, openQuotient: 0.52,
    tilt: 6000, seed: 23)

  /// A woman who presents brightly.
  static let presenter = Speaker(
    pitch: 205, liveliness: 1.35, formantScale: 1.15, rate: 1.2, breathiness: 0.07, openQuotient: 0.62,
    tilt: 6500, seed: 37)
}
