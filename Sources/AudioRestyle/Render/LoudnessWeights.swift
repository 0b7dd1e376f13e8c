import AudioFeatures

/// The BS.1770 weights of a clip's channels.
package enum LoudnessWeights {
  /// The standard weights where LFE stands where the standard has it; otherwise 1 for all channels but LFE.
  package static func weights(channelCount: Int, lfeChannels: [Int]) -> [Double] {
    var weights = LoudnessMeter.standardChannelWeights(channelCount: channelCount)
    let standard = weights.indices.filter { weights[$0] == 0 }
    // In another order than the standard's it is not known which channels are surrounds.
    if standard != lfeChannels { weights = weights.map { _ in 1 } }
    for channel in lfeChannels where weights.indices.contains(channel) {
      weights[channel] = 0
    }
    // A clip of LFE channels alone still has a loudness to match.
    return weights.contains { $0 > 0 } ? weights : weights.map { _ in 1 }
  }
}
