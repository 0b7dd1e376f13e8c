/// The tone curve between two recordings, and how well their frames go together once one is moved by it.
struct MatchedTone {
  /// The gain in dB of each band; its mean is 0.
  var curve: [Double]
  /// The share of frames whose nearest frame of the other recording has them for its nearest in turn, the mean of both sides.
  ///
  /// Where both hold the same sounds, a frame and its like choose each other; frames without a like choose some that are
  /// everyone's second best.
  var mutualShare: Double
}
