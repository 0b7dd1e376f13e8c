/// The speaker each channel of a file is meant for.
public struct ChannelLayout: Hashable, Sendable, Codable {
  /// A speaker position; the raw value is libsndfile's code.
  ///
  /// Left and front left are one position here.
  public enum Speaker: Int, Hashable, Sendable, Codable, CaseIterable {
    /// Mono.
    case mono = 1
    /// Front left.
    case left
    /// Front right.
    case right
    /// Front centre.
    case center
    /// Rear centre.
    case rearCenter = 8
    /// Rear left.
    case rearLeft
    /// Rear right.
    case rearRight
    /// Low-frequency effects.
    case lfe
    /// Front left of centre.
    case frontLeftOfCenter
    /// Front right of centre.
    case frontRightOfCenter
    /// Side left.
    case sideLeft
    /// Side right.
    case sideRight
    /// Top centre.
    case topCenter
    /// Top front left.
    case topFrontLeft
    /// Top front right.
    case topFrontRight
    /// Top front centre.
    case topFrontCenter
    /// Top rear left.
    case topRearLeft
    /// Top rear right.
    case topRearRight
    /// Top rear centre.
    case topRearCenter
    /// Ambisonic B-format W.
    case ambisonicW
    /// Ambisonic B-format X.
    case ambisonicX
    /// Ambisonic B-format Y.
    case ambisonicY
    /// Ambisonic B-format Z.
    case ambisonicZ
  }

  /// The speaker of each channel, in the file's order of channels.
  public var speakers: [Speaker]

  /// Creates a layout from the speaker of each channel.
  public init(_ speakers: [Speaker]) {
    self.speakers = speakers
  }

  /// The channels that carry low-frequency effects.
  public var lfeChannels: [Int] {
    speakers.indices.filter { speakers[$0] == .lfe }
  }
}
