import AudioFeatures

/// The BS.1770 weights of a clip's channels.
enum LoudnessWeights {
  /// The standard weights for a number of channels, with those known to be LFE left out.
  static func weights(channelCount: Int, lfeChannels: [Int]) -> [Double] {
    var weights = LoudnessMeter.standardChannelWeights(channelCount: channelCount)
    for channel in lfeChannels where weights.indices.contains(channel) {
      weights[channel] = 0
    }
    // A clip of LFE channels alone still has a loudness to match.
    return weights.contains { $0 > 0 } ? weights : weights.map { _ in 1 }
  }
}
