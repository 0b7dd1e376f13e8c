public import AudioFeatures

/// What the numbers of a feature sequence stand for: which clip, which channels, which times.
public struct FeatureGrid: Hashable, Sendable {
  /// Which features: `bands` or `spectrum`.
  public let features: FeatureKind
  /// How the clip's channels are combined into views.
  public let stereo: StereoMode
  /// The clip's sample rate in Hz.
  public let sampleRate: Double
  /// The clip's number of channels.
  public let channelCount: Int
  /// The clip's number of sample frames.
  public let frameCount: Int

  /// The largest number of sample frames: over a year at any rate.
  static let largestFrameCount = 1 << 46

  /// Describes the features of a clip.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for `waveform` features, which are the samples themselves, for
  ///   `mid-side` where the clip has not 2 channels, and for numbers of channels and frames that cannot be; ``RestyleError/unsupportedRate(_:)``.
  public init(
    features: FeatureKind, stereo: StereoMode, sampleRate: Double, channelCount: Int, frameCount: Int
  ) throws(RestyleError) {
    guard features != .waveform else {
      throw .invalidOption(
        "features: expected bands or spectrum, found waveform, which is the samples themselves")
    }
    guard stereo != .midSide || channelCount == 2 else {
      throw .invalidOption("stereo: mid-side needs a clip of 2 channels, found \(channelCount)")
    }
    let rates = LoudnessMeter.supportedSampleRates
    guard channelCount > 0 else {
      throw .invalidOption("channels: expected at least 1, found \(channelCount)")
    }
    guard (0...Self.largestFrameCount).contains(frameCount) else {
      throw .invalidOption("frames: expected 0 to \(Self.largestFrameCount), found \(frameCount)")
    }
    guard rates.contains(sampleRate) else {
      throw .unsupportedRate(
        "expected a sample rate of \(Int(rates.lowerBound)) to \(Int(rates.upperBound)) Hz, found \(sampleRate)"
      )
    }
    self.features = features
    self.stereo = stereo
    self.sampleRate = sampleRate
    self.channelCount = channelCount
    self.frameCount = frameCount
  }

  /// The lengths of the analysis: window, transform and hop, in samples.
  public var geometry: STFTGeometry { STFTGeometry(sampleRate: sampleRate) }

  /// What the C channels are.
  public var layout: FeatureLayout { features.layout(for: geometry) }

  /// The N signals whose levels are held, in order.
  public var views: [StereoView] { stereo.views(channelCount: channelCount) }

  /// The number L of frames: those whose centre lies inside the clip; frame l is centred at sample l · hop.
  public var length: Int { geometry.frameCount(ofSamples: frameCount) }

  /// The lower and upper edge of each channel in Hz: the neighbours' centres.
  public var edges: [(lower: Double, upper: Double)] {
    let layout = layout
    return (0..<layout.channelCount).map { channel in
      (
        channel > 0
          ? layout.frequencies[channel - 1] : min(layout.frequencies[0], BandLayout.lowestFrequency),
        channel + 1 < layout.channelCount
          ? layout.frequencies[channel + 1]
          : max(layout.frequencies[channel], layout.upperEdge(ofChannel: channel))
      )
    }
  }
}
