/// Where the speech organs are heading during one segment of a sound.
struct ArticulationTarget {
  /// The first three formants in Hz for a man's vocal tract; nil takes those of the next segment that has any.
  var formants: [Double]?
  /// The amplitude of the vibrating vocal folds.
  var voicing = 0.0
  /// The amplitude of breath noise that passes through the whole vocal tract.
  var aspiration = 0.0
  /// The amplitude of noise made at a narrow place in the mouth.
  var frication = 0.0
  /// The centre in Hz of that noise.
  var noiseFrequency = 4000.0
  /// The width in Hz of that noise.
  var noiseWidth = 2000.0
  /// How far the way through the nose is open, from 0 to 1.
  var nasality = 0.0
}

/// A stretch of speech with one target.
struct SpeechSegment {
  /// The length in milliseconds at a speaking rate of 1.
  var duration: Double
  var target: ArticulationTarget
}
