/// A clip that a profile was learned from.
public struct ProfileSource: Hashable, Codable, Sendable {
  /// The clip's name.
  public var name: String
  /// The sample rate in Hz.
  public var sampleRate: Double
  /// The number of channels.
  public var channelCount: Int
  /// The number of sample frames.
  public var frameCount: Int
  /// The loudness in LUFS; `nil` for digital silence.
  public var loudness: Double?
  /// The true peak in dBTP; `nil` for digital silence.
  public var truePeak: Double?
  /// How many samples, over all channels, look clipped (`ClippingMeter`); `nil` where it was not measured.
  public var clippedSampleCount: Int?
  /// By how many dB its levels were raised to the reference loudness; `nil` where an earlier program wrote it.
  public var levelShift: Double?

  /// The duration in seconds.
  public var duration: Double { Double(frameCount) / sampleRate }
}
