import Foundation

/// What a restyling did, measured.
public struct RestyleReport: Codable, Sendable {
  /// The stereo mode in use.
  public var stereo: StereoMode
  /// The content's loudness in LUFS; `nil` for silence.
  public var contentLoudness: Double?
  /// The styles' loudness in LUFS.
  public var styleLoudness: Double?
  /// The result's loudness in LUFS, computed from the rendered clip and the last gain.
  public var loudness: Double?
  /// The content's true peak in dBTP; `nil` for silence.
  public var contentTruePeak: Double?
  /// The result's true peak in dBTP; `nil` for silence.
  public var truePeak: Double?
  /// The last gain, and what decided it.
  public var level: LevelDecision
  /// What happened to each view's channels.
  public var views: [ViewReport]
  /// The least gain in dB, at equal mean, that followed the envelopes of the samples where the clip is active; `nil` where
  /// dynamics followed the levels of frames alone.
  public var lowestEnvelopeGain: Double?
  /// The largest such gain in dB.
  public var highestEnvelopeGain: Double?
  /// How likely content and style are different voices or pieces, from 0 to 1 (``RestylingFacts/unlikeness``): the method
  /// `match` takes less of such a style; `nil` for other methods, and where no frames were compared.
  public var unlikeness: Double?
  /// How many refining passes were made.
  public var refinements: Int
  /// How many samples of an integer output were clipped.
  public var clippedSampleCount = 0
  /// Whether the output is the input, bit for bit.
  public var isCopy = false
  /// Whether the output holds the input's samples in another format, otherwise unchanged.
  public var isReencoded = false
  /// How many short sounds share the clip's tone and gain (``AlbumPlan/Sharing/colour``); `nil` for a clip by itself.
  public var poolCount: Int?
  /// What the user should know.
  public var warnings: [RestyleWarning]
  /// What was done to the clip, or `nil` for a copy.
  ///
  /// It is not part of the encoded report.
  public var restyling: Restyling?

  /// The gains that were asked for, frame by frame; `nil` where they were not wanted (``RestyleOptions/listsGains``).
  public var gains: [RequestedGains]?

  private enum CodingKeys: CodingKey {
    case gains, stereo, contentLoudness, styleLoudness, loudness, contentTruePeak, truePeak, level, views
    case lowestEnvelopeGain, highestEnvelopeGain, unlikeness, refinements, clippedSampleCount, isCopy
    case isReencoded, poolCount, warnings
  }

  /// What happened to the channels of one view.
  public struct ViewReport: Codable, Sendable {
    /// The view's name.
    ///
    /// One of `linked`, `mid`, `side`, `channel0`, …
    public var view: String
    /// The channels, in order of frequency.
    public var channels: [ChannelReport]
  }

  /// What happened to one channel; levels in dB at the reference loudness of −23 LUFS.
  public struct ChannelReport: Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// Whether content and style share the channel; otherwise its gain follows the nearest shared one.
    public var isShared: Bool
    /// The content's mean over its active frames.
    public var contentMean: Double
    /// The content's spread over its active frames.
    public var contentSpread: Double
    /// The mean that was asked for.
    public var requestedMean: Double
    /// The spread that was asked for, without what follows the envelopes of the samples.
    public var requestedSpread: Double
    /// The mean of the result over the content's active frames; `nil` where it was not measured.
    public var mean: Double?
    /// The spread of the result over the content's active frames; `nil` where it was not measured.
    public var spread: Double?
    /// The share of active frames in which the gain limits bound the channel, 0 to 1.
    public var limitedShare: Double
  }
}
