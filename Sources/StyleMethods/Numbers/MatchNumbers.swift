/// Every number that the method `match` rests on, with its unit, its meaning and its origin.
///
/// A number has one of these origins.
/// - *fit NAME*: `Scripts/calibrate NAME` computes it again from recordings.
/// - *scan*: it was chosen by trial. `Scripts/calibrate scan` measures its neighbours.
/// - *choice*: it was set, for the reason that stands beside it. `Scripts/ablation` says what the part is worth, and
///   `Scripts/benchmark jobs` what is left of noise in pauses.
///
/// The article on fitted numbers has what the scripts find, and the numbers of other stages.
struct MatchNumbers: Hashable, Codable, Sendable {
  /// The frames that are compared.
  var frames = Frames()
  /// The tone curve of frames that are alike.
  var tone = Tone()
  /// How likely two recordings are of one voice or piece.
  var likeness = Likeness()
  /// What the equipment of an unlike recording did, for the aim `equipment`.
  var equipment = Equipment()
  /// The tone of an unlike recording, for the aim `style`.
  var styleTone = StyleTone()
  /// The map of the broadband level, and how much of a style's dynamics is taken.
  var dynamics = Dynamics()
  /// The compressors that are tried on the envelopes of speech.
  var envelopes = Envelopes()
  /// The map of the momentary loudness.
  var loudness = Loudness()
  /// How peaks are lowered.
  var peaks = Peaks()
  /// What trials correct.
  var refinement = Refinement()

  /// The numbers of every restyling that does not ask for others.
  static let standard = MethodNumbers.standard.match
}

extension MatchNumbers {
  /// The frames that are compared.
  struct Frames: Hashable, Codable, Sendable {
    /// dB: frames further under the 98th percentile of their level are left out.
    ///
    /// A choice: deeper ones are silence.
    var range = 60.0
    /// dB: frames further under the 98th percentile are no active sound.
    ///
    /// A choice: the range of `ActivityGate`.
    var activeRange = 40.0
    /// A factor: a short recording is compared with this many times its own frames.
    ///
    /// A choice: more cost time.
    var largestRatio = 4
    /// Frames: a short recording is compared with at least this many.
    ///
    /// A choice: more cost time.
    var fewest = 256
    /// Frames in a second, which stand 10.67 ms apart.
    ///
    /// Follows from the short-time Fourier transform.
    var perSecond = 94.0
  }

  /// The tone curve of frames that are alike (`ToneMatcher`).
  struct Tone: Hashable, Codable, Sendable {
    /// Bands: the standard deviation of the Gaussian that smooths the curve, in each round.
    ///
    /// Scan, as multiples.
    var widths = [
      3, 3, 3, 2.5, 2.5, 2.5, 2, 2, 2, 1.5, 1.5, 1.5, 1, 1, 1, 0.7, 0.7, 0.7, 0.7, 0.5, 0.5, 0.4, 0.4,
    ]
    /// A share: so many of the pairs lie within the distance q of their weights.
    ///
    /// Scan.
    var closeShare = 0.3
    /// Whether pairs weigh (1 + d²/q²)⁻⁴ rather than (1 + d²/q²)⁻².
    ///
    /// A choice, by the ablation.
    var isSharp = true
    /// A share: so much of what the mean powers still differ by is added at the end.
    ///
    /// Scan.
    var powerShare = 0.15
    /// Bands: the standard deviation of the Gaussian that smooths that.
    ///
    /// A choice: half a band takes away single bands.
    var powerSmoothing = 0.5
    /// Bands: rounds of at least this width take fewer frames.
    ///
    /// A choice: such rounds look for no detail.
    var coarseWidth = 0.7
    /// Frames: so many of each recording are taken then.
    ///
    /// A choice: a quarter of the sample is a sixteenth of the work.
    var coarseRows = 512
    /// dB²: the least squared distance q².
    ///
    /// A choice: nearer pairs differ by rounding.
    var leastDistance: Float = 0.1
  }

  /// How likely two recordings are of one voice or piece (`Unlikeness`, `FineSpectrum`).
  struct Likeness: Hashable, Codable, Sendable {
    /// Log odds for a correlation of 1: the weight of the lines of two spectra.
    ///
    /// Fit likeness, here and below: logistic regressions on 480 pairs of 5.5 s, made 1.75 times as steep with lines
    /// and 1.3 times without, since results are measured by absolute errors, which ask for a decision rather than for a
    /// mean.
    var lineSlope = 16.0
    /// Log odds for a share of 1: the weight of frames that choose each other, beside lines.
    ///
    /// Fit likeness.
    var mutualSlope = 30.0
    /// Log odds: they are taken away beside lines.
    ///
    /// Fit likeness.
    var offset = 8.0
    /// Log odds for a share of 1: the weight of frames that choose each other, without lines.
    ///
    /// Fit likeness.
    var mutualSlopeAlone = 45.0
    /// Log odds: they are taken away without lines.
    ///
    /// Fit likeness.
    var offsetAlone = 5.0
    /// Log odds: they are given beforehand to speech.
    ///
    /// Scan: a like voice that is doubted costs more than an unlike one that is believed.
    var speechPrior = 2.0
    /// Hz: the standard deviation of the Gaussian that takes the broad shape from a spectrum.
    ///
    /// Scan.
    var lineSmoothing = 140.0
    /// dB: the bound of a line in either direction.
    ///
    /// Scan: edges of steep filters would outweigh all lines.
    var largestLine = 3.0
    /// A share of the Nyquist frequency: lines above it do not count.
    ///
    /// A choice: filters of converters begin there.
    var linePassband = 0.9
    /// Lines: with fewer in common nothing is told.
    ///
    /// A choice: a fifth of all.
    var fewestLines = 40
    /// dB: ranges of levels from the 10th to the 90th percentile: music at the lower end, speech at the upper one.
    ///
    /// A choice: speech has 20 to 40 dB.
    var speechRanges = 12.0...20.0
    /// Odds: for the aim `style`, odds of this much for unlike recordings count as even.
    ///
    /// A choice, by the ablation.
    var decidingOdds = 3.0
    /// An exponent of these odds: 1 keeps the doubt, and more decide.
    ///
    /// A choice, by the ablation.
    var decision = 1.5
    /// Seconds: the active time after which most of the tone is that of the long-term spectra.
    ///
    /// Scan.
    var settlingTime = 15.0
    /// An exponent of time over the settling time.
    ///
    /// A choice, by the ablation: how sudden that is.
    var settling = 4.0
  }

  /// What the equipment of an unlike recording did (`TypicalLevels`, `ToneInDoubt`).
  struct Equipment: Hashable, Codable, Sendable {
    /// dB: the mean level of each band of `BandLayout.standard` over active frames, without the mean over the bands.
    ///
    /// Fit typical, of 60 clips of speech (12 s; 5 professional voices, amateurs in 26 languages) and 52 pieces of
    /// music (of 5 games), both kinds with equal weight.
    var means = [
      7.4, 12.0, 14.1, 15.2, 14.5, 13.9, 13.1, 11.0, 8.9, 7.7, 6.6, 5.2, 4.1, 3.7, 2.7, 1.8, 1.4,
      1.0, -0.5, -2.0, -3.8, -5.6, -6.5, -8.2, -10.1, -11.8, -13.7, -16.1, -18.8, -22.4, -24.9,
    ]
    /// dB: the root mean square of what recordings differ from it by, each at its best offset.
    ///
    /// Fit typical.
    var spreads = [
      11.6, 9.5, 7.2, 6.4, 5.5, 6.1, 5.8, 4.9, 4.7, 5.0, 4.9, 5.2, 5.0, 4.2, 3.5, 3.7, 3.9, 4.3, 4.5,
      4.9, 5.6, 6.0, 5.7, 5.8, 6.4, 6.9, 7.2, 7.2, 7.9, 8.6, 9.0,
    ]
    /// dB: the spread of what equipment does to a band.
    ///
    /// Scan.
    var spread = 4.0
    /// Spreads: a larger deviation is more than a recording has by itself.
    ///
    /// Scan.
    var largestDeviation = 2.0
    /// Bands: the standard deviation of the Gaussian over the bands around another.
    ///
    /// Scan.
    var neighbourhood = 2.0
    /// A share: so much of the matched curve is taken whatever the equipment did.
    ///
    /// Scan.
    var matchedShare = 0.1
    /// Bands: the standard deviation of the Gaussian that smooths the curve.
    ///
    /// Scan.
    var smoothing = 1.0
  }

  /// The tone of an unlike recording (`StyleTone`).
  struct StyleTone: Hashable, Codable, Sendable {
    /// dB: the bounds of the gain of a third octave.
    ///
    /// A choice: what needs more is no tone.
    var gains = -30.0...30.0
    /// dB: a band that lies less over its pauses holds nothing but noise.
    ///
    /// A choice: 10 dB over noise, noise adds 0.4 dB to the level.
    var heard = 10.0
    /// dB: a band whose levels have a smaller spread hardly moves.
    ///
    /// A choice: 4 dB between the outer tenths.
    var steadySpread = 1.6
    /// dB: a band further under the strongest one is not compared.
    ///
    /// A choice: it is not heard.
    var range = 75.0
    /// A factor: what a band has above its noise may be raised so many times.
    ///
    /// A choice: bands with little sound over noise are raised little.
    var raise = 3.0
    /// dB, K-weighted: the pauses of one band may pass those of all bands by this much.
    ///
    /// A choice, by the noise in pauses.
    var pauseRoom = 6.0
    /// dB, K-weighted: pauses further under the sound are not heard.
    ///
    /// A choice, by the noise in pauses.
    var unheard = 50.0
    /// A share of the Nyquist frequency: bands above it are not compared.
    ///
    /// A choice: converters fall off there.
    var passband = 0.95
  }
}

extension MatchNumbers {
  /// The map of the broadband level, and how much of a style's dynamics is taken (`BroadbandLevelMap`, `Trust`).
  struct Dynamics: Hashable, Codable, Sendable {
    /// Shares of the frames below the quantiles that are compared.
    ///
    /// A choice: compressors act at the top.
    var shares = [0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995]
    /// dB for 1 dB: the bounds of the map's slopes.
    ///
    /// A choice: a limiter, and the reverse of a ratio of 4.
    var slopes = 0.05...4.0
    /// An exponent of slopes: how much of the map is taken of like recordings.
    ///
    /// Scan.
    var exponent = 0.7
    /// The same of unlike recordings, for the aim `equipment`.
    ///
    /// Scan.
    var unlikeExponent = 0.2
    /// A share: how much of the difference of peaks is taken of like recordings.
    ///
    /// Scan.
    var peakShare = 0.5
    /// The same of unlike recordings, for the aim `equipment`.
    ///
    /// Scan.
    var unlikePeakShare = 0.0
    /// The same of unlike recordings, for the aim `style`.
    ///
    /// A choice: the result is to have the style's peaks.
    var stylePeakShare = 1.0
    /// A share: how much of speech's dynamics envelopes take of like recordings.
    ///
    /// A choice, by the ablation.
    var envelopeShare = 1.0
    /// dB: where a style's loud levels stand further above its quiet ones than the content's: from the lower bound on
    /// envelopes take less, from the upper one on nothing.
    ///
    /// A choice: compressors do not expand.
    var expansions = 2.0...6.0
  }

  /// The compressors that are tried on the envelopes of speech (`CompressorFit`).
  struct Envelopes: Hashable, Codable, Sendable {
    /// Shares of the levels below the quantiles that are compared.
    ///
    /// A choice: compressors act at the top.
    var shares = [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995]
    /// dB: by how much each quantile differs between two halves of one recording of 11 s, as a root mean square.
    ///
    /// Fit envelopes, of 360 pairs of speech and music.
    var differences = [2.6, 2.7, 1.95, 1.15, 0.79, 0.73, 0.53, 0.60, 0.78, 0.89, 1.06]
    /// dB: levels further under the 98th percentile are not compared.
    ///
    /// A choice: within 40 dB, 10 of 19 recordings with 5 s of their own noise behind them were to be compressed by
    /// more than 3 dB towards themselves.
    var range = 30.0
    /// A factor of the squared distances: quantiles of one clip are not independent.
    ///
    /// Scan.
    var evidence = 1 / (4 * 1.3)
    /// A share: of so many recordings no compressor is expected.
    ///
    /// Scan.
    var uncompressedShare = 0.3
    /// dB for 1 dB: the ratios that are tried.
    ///
    /// A choice: even steps of their logarithm.
    var ratios: [Float] = [1.4, 2, 3.5, 8]
    /// dB, relative to the 98th percentile of the faster envelope: the thresholds that are tried.
    ///
    /// A choice: closer where more levels lie.
    var thresholds: [Float] = [2, -3, -8, -13, -19, -26, -34, -42]
    /// Windows of 40 ms, one every 20 ms: with fewer nothing is told.
    ///
    /// A choice: a quarter of a second.
    var fewestWindows = 12
    /// dB: envelopes further under the 98th percentile take the gain of this level.
    ///
    /// A choice: the active range.
    var activeRange: Float = 40
  }

  /// The map of the momentary loudness (`LoudnessRestyling`).
  struct Loudness: Hashable, Codable, Sendable {
    /// LU for 1 LU: the bounds of the map's slopes.
    ///
    /// A choice: more would be heard as riding.
    var slopes = 0.1...2.0
    /// Values, one every 10 ms: shorter clips keep their course.
    ///
    /// A choice: the fall of a hit is no dynamics.
    var leastCount = 500
    /// dB: the lowest gain of pauses.
    ///
    /// A choice: silence for a listener.
    var lowestPauseGain = -60.0
    /// A share: less is not worth a gain.
    ///
    /// A choice: a fiftieth of the way is not heard.
    var leastShare = 0.02
    /// A share: how much of the doubt is left to the momentary loudness.
    ///
    /// A choice, by the ablation.
    var share = 1.0
  }

  /// How peaks are lowered (`PeakAim`).
  struct Peaks: Hashable, Codable, Sendable {
    /// dB: the most that peaks are lowered by.
    ///
    /// A choice: what needs more is no peak.
    var limit = 12.0
    /// dB: less is not worth a limiter.
    ///
    /// A choice: it is not heard.
    var smallest = 0.1
    /// A factor: the loudness falls with peaks that were lowered already.
    ///
    /// Scan.
    var overshoot = 1.5
  }

  /// What trials correct (`RestylingDraft`).
  struct Refinement: Hashable, Codable, Sendable {
    /// dB: the most that one round moves a third octave by.
    ///
    /// A choice: a trial that lacks more is no good guide.
    var largestChange = 8.0
    /// An exponent of the ratio of loudness ranges that was missed.
    ///
    /// Scan: gains follow with attack and release.
    var rangeExponent = 1.3
    /// Factors: the bounds of what one round makes of the range.
    ///
    /// A choice: a trial that misses more is no good guide.
    var rangeSteps = 0.3...2.0
    /// dB: the most that pauses are lowered by.
    ///
    /// A choice, by the noise in pauses.
    var largestPauseDepth = 20.0
    /// A factor of what sound over pauses lacks.
    ///
    /// A choice: the gain of pauses comes back with attack and release.
    var pauseStep = 1.2
    /// dB: sound over pauses may fall this far under its least.
    ///
    /// A choice: it is not heard.
    var pauseMargin = 0.3
    /// dB: what sound over pauses may lack without another trial.
    ///
    /// A choice: it is hardly heard.
    var toleratedPauses = 1.0
    /// dB, root mean square: what a tone may lack without another trial.
    ///
    /// A choice: it is hardly heard.
    var toleratedTone = 1.0
    /// dB: the most that a trial lowers bands that hold nothing but noise by.
    ///
    /// A choice, by the noise in pauses.
    var largestHold = 15.0
  }
}
