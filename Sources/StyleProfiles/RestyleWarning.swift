public import SoundFiles

/// A fact that a user should know of a restyling; the command line puts it into words.
public enum RestyleWarning: Hashable, Codable, Sendable {
  /// The content has values that are not finite or beyond 10⁶ times full scale; they were read as silence.
  case valuesAreNoSound(count: Int)
  /// A style has little active sound: its duration in seconds.
  case styleIsShort(style: String, seconds: Double)
  /// A style is silent for a share of its time, from 0 to 1; its statistics come from the other `activeSeconds`.
  case styleIsMostlySilent(style: String, share: Double, activeSeconds: Double)
  /// A style looks clipped: `sampleCount` samples lie in runs at its highest or lowest value.
  case styleIsClipped(style: String, sampleCount: Int)
  /// A style has values that are not finite or beyond 10⁶ times full scale; they were read as silence.
  case styleValuesAreNoSound(style: String, count: Int)
  /// A style has no sound above a frequency in Hz, but the content has.
  case styleIsNarrow(style: String, highest: Double)
  /// A style has no side, so all channels share one gain.
  case styleHasNoSide(style: String)
  /// A style has no statistics of single channels, so every channel goes towards the style's `linked` view.
  case styleHasNoChannels(style: String)
  /// The content looks clipped: `sampleCount` samples lie in runs at its highest or lowest value.
  case contentIsClipped(sampleCount: Int)
  /// A channel of a stereo content, 0 or 1, has no sound beside the other.
  case channelIsSilent(channel: Int)
  /// The channels of a stereo content are each other's inverse.
  case channelsAreInverse
  /// The content has no active sound.
  case contentIsSilent
  /// The clips differ in their number of channels, so all channels of a clip share one gain.
  case channelCountsDiffer
  /// `mid-side` was asked for, but the content does not have 2 channels.
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
  /// Noise in pauses comes nearer to the sound than the rule allows.
  ///
  /// - Parameters:
  ///   - content: By how many dB pauses lie under the sound in the content.
  ///   - result: The same in the result.
  ///   - least: The least distance in dB that the rule allows.
  ///   - byDynamics: Whether the dynamics raise the noise, rather than the tone.
  case pausesRaised(content: Double, result: Double, least: Double, byDynamics: Bool)
  /// The loudness stays under its target by `difference` LU, as the limiter would pass one of its bounds.
  ///
  /// - Parameters:
  ///   - difference: By how many LU the target is missed.
  ///   - largestReduction: The most that the limiter may lower a peak, in dB.
  ///   - largestLoss: The most loudness that the limiter may take away, in LU.
  case loudnessMissed(difference: Double, largestReduction: Double, largestLoss: Double)
  /// Samples of an output were clipped at full scale.
  case samplesClipped(output: String, count: Int)
  /// Samples of a stem were clipped at full scale: the ceiling is kept for the mix alone.
  case stemClipped(output: String, count: Int)
  /// The format of an output does not keep something of the content's metadata.
  case notKept(output: String, what: String)
  /// The loudness tags of an output, or those of its album, were not written, for a reason.
  case notTagged(output: String, UntaggedReason)
  /// A sound file is damaged or unusual.
  case file(SoundFileWarning)

  /// A reason why an output that could hold loudness tags has none.
  public enum UntaggedReason: String, Hashable, Codable, Sendable {
    /// The clip is silent or shorter than 400 ms, and so has no loudness.
    case thereIsNone
    /// The output is a copy of an encoded file, byte by byte.
    case isCopy
    /// Mono clips count differently from other clips, so the album has no common loudness.
    case channelCountsDiffer
  }

  /// The style that the warning is about; `nil` for a warning about a clip.
  public var style: String? {
    switch self {
    case .styleIsShort(let style, _), .styleIsMostlySilent(let style, _, _), .styleIsClipped(let style, _),
      .styleValuesAreNoSound(let style, _), .styleIsNarrow(let style, _), .styleHasNoSide(let style),
      .styleHasNoChannels(let style):
      style
    default: nil
    }
  }
}
