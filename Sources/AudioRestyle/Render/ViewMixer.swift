import AudioFeatures

/// Computes the power spectrum of a ``StereoView`` from the spectra of a clip's channels.
struct ViewMixer: Sendable {
  /// The number of audio channels.
  let channelCount: Int
  /// The channels that `linked` averages: all but LFE, or all where every channel is LFE.
  let linkedChannels: [Int]

  init(channelCount: Int, lfeChannels: [Int]) {
    self.channelCount = channelCount
    let others = (0..<channelCount).filter { !lfeChannels.contains($0) }
    linkedChannels = others.isEmpty ? Array(0..<channelCount) : others
  }

  /// Writes |X[k]|² of a view, for every bin.
  func power(of view: StereoView, in frame: SpectrumFrame, into power: inout ContiguousArray<Float>) {
    switch view {
    case .linked:
      let scale = 1 / Float(linkedChannels.count)
      for (position, channel) in linkedChannels.enumerated() {
        frame.power(ofChannel: channel, scale: scale, adding: position > 0, into: &power)
      }
    case .channel(let channel):
      frame.power(ofChannel: channel, into: &power)
    case .mid, .side:
      precondition(channelCount == 2, "mid and side need two channels")
      frame.power(ofHalfSumWithSign: view == .mid ? 1 : -1, into: &power)
    }
  }
}
