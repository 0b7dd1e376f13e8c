/// The numbers that the method `match` rests on, each with its unit, its meaning and its origin.
///
/// A number has one of these origins.
/// - *fit NAME*: `Scripts/calibrate NAME` computes it again from recordings.
/// - *scan*: it was chosen by trial. `Scripts/calibrate scan` measures its neighbours.
/// - *choice*: it was set for the stated reason. `Scripts/ablation` measures what the part is worth, and
///   `Scripts/benchmark jobs` measures the noise in pauses.
///
/// The article on fitted numbers has the results of the scripts and the numbers of other stages.
struct MatchNumbers: Hashable, Codable, Sendable {
  /// The selection of frames that are compared.
  var frames = Frames()
  /// The tone curve of matched frames.
  var tone = Tone()
  /// The probability that two recordings are of one voice or piece.
  var likeness = Likeness()
  /// The effect of the equipment of an unlike recording, for the aim `equipment`.
  var equipment = Equipment()
  /// The tone of an unlike recording, for the aim `style`.
  var styleTone = StyleTone()
  /// The map of the broadband level, and the share of a style's dynamics.
  var dynamics = Dynamics()
  /// The compressors that are tried on the envelopes of speech.
  var envelopes = Envelopes()
  /// The map of the momentary loudness.
  var loudness = Loudness()
  /// The lowering of peaks.
  var peaks = Peaks()
  /// The corrections by trials.
  var refinement = Refinement()

  /// The numbers of every restyling that does not ask for others.
  static let standard = MethodNumbers.standard.match
}

extension MatchNumbers {
  /// The selection of frames that are compared (`LoudestFrames`).
  struct Frames: Hashable, Codable, Sendable {
    /// dB: frames further under the 98th percentile of the level are left out.
    ///
    /// A choice: deeper ones are silence.
    var range = 60.0
    /// dB: frames further under the 98th percentile of the level are not active.
    ///
    /// A choice: the range of `ActivityGate`.
    var activeRange = 40.0
    /// A factor: a short recording is compared with at most this many times its own number of frames.
    ///
    /// A choice: more cost time.
    var largestRatio = 4
    /// Frames: the limit of compared frames is never below this.
    ///
    /// A choice: more cost time.
    var fewest = 256
    /// Frames in a second, at a distance of 10.67 ms.
    ///
    /// Follows from the short-time Fourier transform.
    var perSecond = 94.0
  }

  /// The tone curve of matched frames (`ToneMatcher`).
  struct Tone: Hashable, Codable, Sendable {
    /// Bands: the standard deviation of the Gaussian that smooths the curve, in each round.
    ///
    /// Scan, as multiples.
    var widths = [
      3, 3, 3, 2.5, 2.5, 2.5, 2, 2, 2, 1.5, 1.5, 1.5, 1, 1, 1, 0.7, 0.7, 0.7, 0.7, 0.5, 0.5, 0.4, 0.4,
    ]
    /// A share: the distance q of the weights is such that this share of the pairs lies within it.
    ///
    /// Scan.
    var closeShare = 0.3
    /// Whether pairs at a distance d have the weight (1 + d²/q²)⁻⁴, otherwise (1 + d²/q²)⁻².
    ///
    /// A choice, by the ablation.
    var isSharp = true
    /// A share: this part of the remaining difference of mean powers is added at the end.
    ///
    /// Scan.
    var powerShare = 0.15
    /// Bands: rounds with a Gaussian of at least this width use fewer frames.
    ///
    /// A choice: such rounds look for no detail.
    var coarseWidth = 0.7
    /// Frames: the number from each recording in such rounds.
    ///
    /// A choice: a quarter of the sample is a sixteenth of the work.
    var coarseRows = 512
    /// dB²: the least q².
    ///
    /// A choice: nearer pairs differ by rounding alone.
    var leastDistance: Float = 0.1
  }

  /// The probability that two recordings are of one voice or piece (`Unlikeness`, `FineSpectrum`).
  struct Likeness: Hashable, Codable, Sendable {
    /// Log odds for a correlation of 1: the weight a of the correlation of the lines of two spectra.
    ///
    /// Fit likeness, here and below: logistic regressions on 480 pairs of 5.5 s. They are made 1.75 times as steep with
    /// lines and 1.3 times without: results are measured by absolute errors, for which a decision is better than a
    /// mean.
    var lineSlope = 16.0
    /// Log odds for a share of 1: the weight b of the share of mutually nearest frames, with lines.
    ///
    /// Fit likeness.
    var mutualSlope = 30.0
    /// Log odds: the constant c that is subtracted, with lines.
    ///
    /// Fit likeness.
    var offset = 8.0
    /// Log odds for a share of 1: the weight d of the share of mutually nearest frames, without lines.
    ///
    /// Fit likeness.
    var mutualSlopeAlone = 45.0
    /// Log odds: the constant e that is subtracted, without lines.
    ///
    /// Fit likeness.
    var offsetAlone = 5.0
    /// Log odds: the prior that speech gets in favour of a like voice.
    ///
    /// Scan: to take the same voice for another costs more than the reverse.
    var speechPrior = 2.0
    /// Hz: the standard deviation of the Gaussian that gives the broad shape of a spectrum, which is subtracted.
    ///
    /// Scan.
    var lineSmoothing = 140.0
    /// dB: the bound of a line in either direction.
    ///
    /// Scan: without it, edges of steep filters would outweigh all lines.
    var largestLine = 3.0
    /// A share of the Nyquist frequency: lines above it do not count.
    ///
    /// A choice: filters of converters begin there.
    var linePassband = 0.9
    /// Lines: with fewer in common the spectra are not compared.
    ///
    /// A choice: a fifth of all.
    var fewestLines = 40
    /// dB: ranges of levels from the 10th to the 90th percentile, music at the lower end and speech at the upper one.
    ///
    /// A choice: speech has 20 to 40 dB.
    var speechRanges = 12.0...20.0
    /// Odds k: for the aim `style`, odds of k for unlike recordings count as even.
    ///
    /// A choice, by the ablation.
    var decidingOdds = 3.0
    /// An exponent n of these odds: 1 keeps the doubt, and larger exponents come nearer to a decision.
    ///
    /// A choice, by the ablation.
    var decision = 1.5
    /// Seconds: the active time T₀ after which most of tone and dynamics come from long-term statistics.
    ///
    /// Scan.
    var settlingTime = 15.0
    /// An exponent of the time over T₀: the larger, the more sudden the transition.
    ///
    /// A choice, by the ablation.
    var settling = 4.0
    /// Shares: the lower and the upper bound of doubt, which count as 0 and as 1; between them it counts linearly.
    ///
    /// A choice: a small share of the other kind of change is not heard, and costs a transform of all frames.
    var doubts: ClosedRange<Double> = 0.05...0.95
  }

  /// The effect of the equipment of an unlike recording (`TypicalLevels`, `ToneInDoubt`).
  struct Equipment: Hashable, Codable, Sendable {
    /// dB: the mean level of each band of `BandLayout.standard` over active frames, without the mean over the bands.
    ///
    /// Fit typical, of 60 clips of speech (12 s; 5 professional voices, amateurs in 26 languages) and 52 pieces of
    /// music (of 5 games), both kinds with equal weight.
    var means = [
      7.4, 12.0, 14.1, 15.2, 14.5, 13.9, 13.1, 11.0, 8.9, 7.7, 6.6, 5.2, 4.1, 3.7, 2.7, 1.8, 1.4,
      1.0, -0.5, -2.0, -3.8, -5.6, -6.5, -8.2, -10.1, -11.8, -13.7, -16.1, -18.8, -22.4, -24.9,
    ]
    /// dB: the root mean square of the differences of recordings from these means, each at its best offset.
    ///
    /// Fit typical.
    var spreads = [
      11.6, 9.5, 7.2, 6.4, 5.5, 6.1, 5.8, 4.9, 4.7, 5.0, 4.9, 5.2, 5.0, 4.2, 3.5, 3.7, 3.9, 4.3, 4.5,
      4.9, 5.6, 6.0, 5.7, 5.8, 6.4, 6.9, 7.2, 7.2, 7.9, 8.6, 9.0,
    ]
    /// dB: the spread E of the effect of equipment on a band.
    ///
    /// Scan.
    var spread = 4.0
    /// Spreads: larger deviations from the typical level count as the equipment's.
    ///
    /// Scan.
    var largestDeviation = 2.0
    /// Bands: the standard deviation of the Gaussian that averages deviations over neighbouring bands.
    ///
    /// Scan.
    var neighbourhood = 2.0
    /// A share: this part of the matched curve is taken in any case.
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
    /// A choice: a larger difference is not a matter of tone.
    var gains = -30.0...30.0
    /// dB: a band whose level lies less over its pauses holds nothing but noise.
    ///
    /// A choice: 10 dB over noise, noise adds 0.4 dB to the level.
    var leastOverPauses = 10.0
    /// dB: a band whose levels have a smaller spread counts as steady.
    ///
    /// A choice: 4 dB between the 10th and the 90th percentile.
    var steadySpread = 1.6
    /// dB: a band further under the strongest one is not compared.
    ///
    /// A choice: it is not heard.
    var range = 75.0
    /// A factor: the largest gain of a band is this many times its level over pauses less ``leastOverPauses``, all in dB.
    ///
    /// A choice: bands with little sound over noise are raised little.
    var raise = 3.0
    /// dB, K-weighted: the pauses of one band may be raised over those of all bands by this much.
    ///
    /// A choice, by the noise in pauses.
    var pauseRoom = 6.0
    /// dB, K-weighted: pauses this far under the sound are not heard.
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
  /// The map of the broadband level, and the share of a style's dynamics (`BroadbandLevelMap`, `Trust`).
  struct Dynamics: Hashable, Codable, Sendable {
    /// Shares: the quantiles of the frames' levels that are compared.
    ///
    /// A choice: compressors act at the top.
    var shares = [0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995]
    /// dB for 1 dB: the bounds of the map's slopes.
    ///
    /// A choice: a limiter, and the reverse of a ratio of 4.
    var slopes = 0.05...4.0
    /// An exponent of slopes, for like recordings: 1 takes the whole map, 0 none of it.
    ///
    /// Scan.
    var exponent = 0.7
    /// The exponent of slopes for unlike recordings and the aim `equipment`.
    ///
    /// Scan.
    var unlikeExponent = 0.2
    /// A share: the part of the difference of peaks that is taken, for like recordings.
    ///
    /// Scan.
    var peakShare = 0.5
    /// The share of the difference of peaks for unlike recordings and the aim `equipment`.
    ///
    /// Scan.
    var unlikePeakShare = 0.0
    /// The share of the difference of peaks for unlike recordings and the aim `style`.
    ///
    /// A choice: the result is to have the style's peaks.
    var stylePeakShare = 1.0
    /// A share: the part of the dynamics of speech that compressors on envelopes make, for like recordings.
    ///
    /// A choice, by the ablation.
    var envelopeShare = 1.0
    /// dB: expansions, by which the style's loud levels stand further above its quiet ones than the content's.
    ///
    /// From the lower bound on, compressors on envelopes make a smaller part of the dynamics; from the upper bound on,
    /// none. A choice: compressors do not expand.
    var expansions = 2.0...6.0
  }

  /// The compressors that are tried on the envelopes of speech (`CompressorFit`).
  struct Envelopes: Hashable, Codable, Sendable {
    /// Shares: the quantiles of the levels that are compared.
    ///
    /// A choice: compressors act at the top.
    var shares = [0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.995]
    /// dB: by how much each quantile differs between two halves of one recording of 11 s, as a root mean square.
    ///
    /// Fit envelopes, of 360 pairs of speech and music.
    var differences = [2.6, 2.7, 1.95, 1.15, 0.79, 0.73, 0.53, 0.60, 0.78, 0.89, 1.06]
    /// dB: levels further under the 98th percentile are not compared.
    ///
    /// A choice: with 40 dB, 10 of 19 recordings with 5 s of their own noise appended were compressed by more than 3 dB
    /// towards themselves.
    var range = 30.0
    /// A factor of the squared distances: it is below ½, as the quantiles of one clip are not independent.
    ///
    /// Scan.
    var evidence = 1 / (4 * 1.3)
    /// A share: the prior probability that no compressor is needed.
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
    /// Windows of 40 ms, one every 20 ms: with fewer no compressor is tried.
    ///
    /// A choice: a quarter of a second.
    var fewestWindows = 12
    /// dB: envelopes further under the 98th percentile of the faster envelope get the gain at this distance.
    ///
    /// A choice: the active range.
    var activeRange: Float = 40
  }

  /// The map of the momentary loudness (`LoudnessRestyling`).
  struct Loudness: Hashable, Codable, Sendable {
    /// LU for 1 LU: the bounds of the map's slopes.
    ///
    /// A choice: steeper slopes would be heard as gain riding.
    var slopes = 0.1...2.0
    /// Values, one every 10 ms: clips with fewer, under 5 s, keep their momentary loudness.
    ///
    /// A choice: the decay of a single hit is no dynamics.
    var leastCount = 500
    /// dB: the lowest gain of pauses.
    ///
    /// A choice: pauses this low are silent for a listener.
    var lowestPauseGain = -60.0
    /// A share: a style whose share is smaller gets no gain.
    ///
    /// A choice: a fiftieth of the way is not heard.
    var leastShare = 0.02
    /// A factor: the momentary loudness takes the doubt times this as its share of the dynamics.
    ///
    /// A choice, by the ablation.
    var share = 1.0
  }

  /// The lowering of peaks (`PeakAim`).
  struct Peaks: Hashable, Codable, Sendable {
    /// dB: the largest reduction of peaks.
    ///
    /// A choice: a larger one would act on more than peaks.
    var limit = 12.0
    /// dB: for a smaller reduction there is no limiter.
    ///
    /// A choice: it is not heard.
    var smallest = 0.1
    /// A factor of the reduction where the trial had a limiter already, as the loudness falls with the peaks.
    ///
    /// Scan.
    var overshoot = 1.5
  }

  /// The corrections by trials (`RestylingDraft`).
  struct Refinement: Hashable, Codable, Sendable {
    /// dB: the largest change of a third octave in one round.
    ///
    /// A choice: a trial that misses more is no good guide.
    var largestChange = 8.0
    /// An exponent of the ratio of the wanted loudness range to that of the trial.
    ///
    /// Scan: it is above 1, as attack and release flatten the gains.
    var rangeExponent = 1.3
    /// dB: the largest further reduction of pauses.
    ///
    /// A choice, by the noise in pauses.
    var largestPauseDepth = 20.0
    /// A factor of the missing level difference between sound and pauses.
    ///
    /// A choice: attack and release shorten the reduction of pauses.
    var pauseStep = 1.2
    /// dB: the level difference between sound and pauses may fall this far under its least.
    ///
    /// A choice: this is not heard.
    var pauseMargin = 0.3
    /// dB: the largest missing level difference between sound and pauses that needs no further trial.
    ///
    /// A choice: this is hardly heard.
    var toleratedPauses = 1.0
    /// dB, root mean square: the largest error of a tone that needs no further trial.
    ///
    /// A choice: this is hardly heard.
    var toleratedTone = 1.0
    /// dB: the largest reduction in one trial of bands that hold nothing but noise.
    ///
    /// A choice, by the noise in pauses.
    var largestHold = 15.0
  }
}
