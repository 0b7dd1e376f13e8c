import AdaIN
import AudioFeatures

/// What happens to one view of a clip: AdaIN of its features, and what mean and spread cannot say.
///
/// For a frame with the features x, the layer makes
///
///     y = σs · (T(x) − μc)/σc + μs
///
/// with T the ``reshaping`` (T(x) = x where there is none), which leaves mean and spread as they are. The requested gain
/// of a band is its level in y less its level in x.
public struct ViewRestyling: Hashable, Codable, Sendable {
  /// The signal that is measured and changed.
  public var view: StereoView
  /// Whether anything is done to it.
  public var state: State
  /// μc and σc: mean and biased spread of each feature over the clip's active frames, what the layer removes.
  public var content: FeatureMoments
  /// μs and σs: what the layer gives each feature, as bias and weight.
  public var style: FeatureMoments
  /// How the features are made of the levels of C bands: one broadband level and C shapes; `nil` where the levels of the
  /// bands are the features.
  public var level: BroadbandLevel?
  /// T: what changes of the features' distribution beside mean and spread; `nil` for nothing.
  public var reshaping: Reshaping?
  /// The band whose gain, beside its mean, each band takes: itself where content and style share it, else the nearest
  /// shared one.
  public var gainSource: [Int]
  /// Which frames are active, and where the clip's noise floor lies.
  public var gate: ActivityGate
  /// By how many dB beside the tone pauses may be raised; `nil` where they get what the layer asks for.
  public var pauseAllowance: Double?
  /// What bands are too wide to say of the tone: a gain in dB for each third octave from 31 Hz to 20 kHz, applied by the
  /// filter; `nil` for nothing.
  public var equaliser: [Double]?
  /// The bands' statistics, for reports and refinement.
  public var bands: BandStatistics

  /// Whether and from where a view gets its levels.
  public enum State: String, Hashable, Codable, Sendable {
    /// By the layer.
    case restyled
    /// From a feature file, frame by frame; the moments say what follows from them.
    case levelsFromOutside
    /// It stays as it is.
    case untouched
    /// It stays as it is, as there is no sound, or next to none beside the middle.
    case silent
  }

  /// Statistics of the C bands over the clip's active frames, in dB at the reference loudness.
  public struct BandStatistics: Hashable, Codable, Sendable {
    /// The mean of each band of the clip.
    public var contentMean: [Double]
    /// The biased spread of each band of the clip.
    public var contentSpread: [Double]
    /// The mean that was asked for, before any refinement and gain limits.
    public var requestedMean: [Double]
    /// The spread that was asked for; that of a band that is not shared is stated as the clip's.
    public var requestedSpread: [Double]
    /// The bands that the clip shares with every style of a weight above 0.
    public var shared: [Int]
  }

  /// The gain in dB of each band in the mean over the clip's active frames: μs − μc.
  public var tone: [Double] {
    let changes = zip(style.mean, content.mean).map { $0 - $1 }
    guard level != nil, let last = changes.last else { return changes }
    return changes.dropLast().map { $0 + last }
  }

  /// ``tone`` with what the ``equaliser`` adds to bands of these frequencies in Hz.
  public func tone(at frequencies: [Double]) -> [Double] {
    guard let equaliser, frequencies.count == tone.count else { return tone }
    let fine = ToneCurves.values(of: equaliser, at: ThirdOctaves.frequencies, for: frequencies)
    return zip(tone, fine).map { $0 + $1 }
  }

  /// Whether the view's gains are all exactly 0 dB.
  public var isIdentity: Bool {
    switch state {
    case .untouched, .silent: true
    case .levelsFromOutside: false
    case .restyled: reshaping == nil && content == style && equaliser == nil
    }
  }

  /// What was asked for, by band.
  var requested: BandMoments { BandMoments(mean: bands.requestedMean, spread: bands.requestedSpread) }

  /// The layer's statistics of the content.
  ///
  /// A feature without spread has no ratio; any equal pair of spreads leaves its deviations as they are.
  func contentStatistics() throws -> StyleStatistics {
    try StyleStatistics(mean: content.mean, standardDeviation: content.spread.map { $0 > 0 ? $0 : 1 })
  }

  /// What the layer is called with: σs, and as bias μs, or μc where the tone is applied elsewhere.
  func styleMoments(withTone: Bool) throws -> StyleMoments {
    try StyleMoments(
      scale: zip(content.spread, style.spread).map { $0 > 0 ? $1 : 1 },
      shift: withTone ? style.mean : content.mean)
  }
}

/// Mean and spread of each feature, in dB.
public struct FeatureMoments: Hashable, Codable, Sendable {
  /// The mean of each feature.
  public var mean: [Double]
  /// The spread of each feature.
  public var spread: [Double]

  /// Joins means and spreads.
  public init(mean: [Double], spread: [Double]) {
    self.mean = mean
    self.spread = spread
  }
}

/// Mean and spread of each band, in dB.
struct BandMoments: Hashable, Sendable {
  var mean: [Double]
  var spread: [Double]
}
