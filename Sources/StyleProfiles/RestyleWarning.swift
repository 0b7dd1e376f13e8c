public import SoundFiles

/// What a user should know of a restyling; the command line words it.
public enum RestyleWarning: Hashable, Codable, Sendable {
  /// Values of the content that are no sound, and were read as silence.
  case valuesAreNoSound(count: Int)
  /// A style has little active sound, in seconds.
  case styleIsShort(style: String, seconds: Double)
  /// A style is silent for a share of its time; the rest, in seconds, is its style.
  case styleIsMostlySilent(style: String, share: Double, activeSeconds: Double)
  /// A style looks clipped: samples in runs at its highest or lowest value.
  case styleIsClipped(style: String, sampleCount: Int)
  /// A style has no sound above a frequency in Hz, and the content has.
  case styleIsNarrow(style: String, highest: Double)
  /// A style has no side, and all channels share one gain.
  case styleHasNoSide(style: String)
  /// A style has no statistics of single channels, and every channel goes towards its mean.
  case styleHasNoChannels(style: String)
  /// The content looks clipped.
  case contentIsClipped(sampleCount: Int)
  /// A channel of a stereo content, 0 or 1, has no sound beside the other.
  case channelIsSilent(channel: Int)
  /// The channels of a stereo content are each other's inverse.
  case channelsAreInverse
  /// The content has no active sound.
  case contentIsSilent
  /// The clips differ in their number of channels, and all channels of a clip share one gain.
  case channelCountsDiffer
  /// `mid-side` was asked for, and the content has another number of channels than 2.
  case contentHasNoSide(channelCount: Int)
  /// Content or style has too few frames for spreads: only means are transferred.
  case fewFrames
  /// The ratio of spreads was limited, in a number of bands or of directions in the space of bands.
  case spreadsLimited(count: Int, isOfDirections: Bool)
  /// Content and style share no band of a view.
  case noSharedBands(view: String)
  /// The gain limits in dB hold some of the shared bands in up to a share of the active frames.
  case gainsLimited(lowest: Double, highest: Double, bandCount: Int, sharedCount: Int, share: Double)
  /// The level would change by a gain in dB that is too large, and is limited.
  case levelLimited(gain: Double, limit: Double)
  /// Noise in pauses comes nearer to the sound than the rule allows, in dB under the sound: in the content, in the result,
  /// and the least of both content and styles; dynamics raise it, or else the tone.
  case pausesRaised(content: Double, result: Double, least: Double, byDynamics: Bool)
  /// The loudness stays under its target, in LU: the limiter's bounds in dB and LU stand in the way.
  case loudnessMissed(difference: Double, largestReduction: Double, largestLoss: Double)
  /// Samples of an output were clipped at full scale.
  case samplesClipped(output: String, count: Int)
  /// Samples of a stem were clipped at full scale, as the ceiling holds its mix.
  case stemClipped(output: String, count: Int)
  /// The format of an output does not keep something of the content's metadata.
  case notKept(output: String, what: String)
  /// No loudness is written beside an output, or none of its album, and why.
  case notTagged(output: String, UntaggedReason)
  /// A sound file is not as it should be.
  case file(SoundFileWarning)

  /// Why loudness is not written beside an output that could hold it.
  public enum UntaggedReason: String, Hashable, Codable, Sendable {
    /// Silence, or a clip of less than 400 ms, has none.
    case thereIsNone
    /// The output is a copy of an encoded file, byte by byte.
    case isCopy
    /// Clips of one channel and others, which are counted differently, have none in common as an album.
    case channelCountsDiffer
  }

  /// The style that the warning is about, where it is about one rather than about a clip.
  public var style: String? {
    switch self {
    case .styleIsShort(let style, _), .styleIsMostlySilent(let style, _, _), .styleIsClipped(let style, _),
      .styleIsNarrow(let style, _), .styleHasNoSide(let style), .styleHasNoChannels(let style):
      style
    default: nil
    }
  }
}
