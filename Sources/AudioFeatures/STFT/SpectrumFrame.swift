/// One frame of a short-time Fourier transform: the complex spectrum of every audio channel.
public struct SpectrumFrame: Sendable {
  /// The frame's index i; its centre is sample i · hopLength of the clip.
  public var index = 0

  /// The energy Σ w² of that part of the analysis window which lies inside the clip.
  ///
  /// At the clip's ends part of a frame lies outside; dividing by this energy keeps levels calibrated.
  public var windowEnergy: Float = 1

  /// The number of audio channels.
  public let channelCount: Int

  /// The number of bins F/2 + 1 of each channel.
  public let binCount: Int

  /// The real parts, channel by channel.
  public var real: ContiguousArray<Float>

  /// The imaginary parts, channel by channel.
  public var imaginary: ContiguousArray<Float>

  /// Creates an empty frame.
  public init(channelCount: Int, binCount: Int) {
    self.channelCount = channelCount
    self.binCount = binCount
    real = ContiguousArray(repeating: 0, count: channelCount * binCount)
    imaginary = real
  }
}
