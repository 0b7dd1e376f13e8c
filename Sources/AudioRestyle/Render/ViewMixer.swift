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
    let bins = frame.binCount
    precondition(power.count == bins)
    unsafe power.withUnsafeMutableBufferPointer { power in
      unsafe frame.real.withUnsafeBufferPointer { real in
        unsafe frame.imaginary.withUnsafeBufferPointer { imaginary in
          switch view {
          case .linked:
            let scale = 1 / Float(linkedChannels.count)
            for (position, channel) in linkedChannels.enumerated() {
              let offset = channel * bins
              for k in 0..<bins {
                let (re, im) = unsafe (real[offset + k], imaginary[offset + k])
                let value = (re * re + im * im) * scale
                unsafe power[k] = position == 0 ? value : power[k] + value
              }
            }
          case .channel(let channel):
            let offset = channel * bins
            for k in 0..<bins {
              let (re, im) = unsafe (real[offset + k], imaginary[offset + k])
              unsafe power[k] = re * re + im * im
            }
          case .mid, .side:
            precondition(channelCount == 2, "mid and side need two channels")
            let sign: Float = view == .mid ? 1 : -1
            for k in 0..<bins {
              let re = unsafe (real[k] + sign * real[bins + k]) / 2
              let im = unsafe (imaginary[k] + sign * imaginary[bins + k]) / 2
              unsafe power[k] = re * re + im * im
            }
          }
        }
      }
    }
  }
}
