public import SoundFiles

extension SoundFileReader: FrameSource {
  /// The sample rate in Hz.
  public var sampleRate: Double { Double(info.sampleRate) }
  /// The number of channels.
  public var channelCount: Int { info.channelCount }
  /// The channels that the file's channel map gives to low-frequency effects.
  public var lfeChannels: [Int] { info.layout?.lfeChannels ?? [] }
  /// The file's path.
  public var name: String { info.path }
  /// The number of frames that the file's header promises.
  public var expectedFrameCount: Int? { info.frameCount }
}
