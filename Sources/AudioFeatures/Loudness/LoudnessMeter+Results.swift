extension LoudnessMeter {
  /// Integrated loudness in LUFS; nil where there is no block of 400 ms yet or none passes the gates.
  public var integratedLoudness: Double? {
    steps.blocks.gatedPower(relativeGate: -10).map(KWeighting.loudness)
  }

  /// The integrated loudness in LUFS of the same clip after a gain in dB; nil where no block passes the gates then.
  ///
  /// It is not the integrated loudness plus the gain: the absolute gate of −70 LUFS stays where it is. Gains up to 60 dB.
  public func integratedLoudness(afterGain gain: Double) -> Double? {
    steps.blocks.gatedPower(relativeGate: -10, absoluteGate: LoudnessHistogram.absoluteGate - gain).map {
      KWeighting.loudness(power: $0) + gain
    }
  }

  /// Loudness range in LU after EBU Tech 3342: from the 10th to the 95th percentile of short-term loudness,
  /// gated at −70 LUFS and 20 LU under the mean; nil where there is no window of 3 s yet or none passes.
  ///
  /// Windows follow one another every 100 ms. The resolution is 0.01 LU.
  public var loudnessRange: Double? {
    steps.shortTerms.gatedLoudness(atFractions: [0.1, 0.95], relativeGate: -20).map { $0[1] - $0[0] }
  }

  /// Momentary loudness in LUFS of the last 400 ms; nil before that, and in digital silence.
  public var momentaryLoudness: Double? { Self.loudness(steps.momentaryPower) }

  /// Short-term loudness in LUFS of the last 3 s; nil before that, and in digital silence.
  public var shortTermLoudness: Double? { Self.loudness(steps.shortTermPower) }

  /// The highest momentary loudness in LUFS so far; nil before 400 ms, and in digital silence.
  public var maximumMomentaryLoudness: Double? { Self.loudness(steps.maximumMomentaryPower) }

  /// The highest short-term loudness in LUFS so far; nil before 3 s, and in digital silence.
  public var maximumShortTermLoudness: Double? { Self.loudness(steps.maximumShortTermPower) }

  /// The ungated K-weighted mean square `Σᵢ Gᵢ·zᵢ` over everything fed, however short; 0 for no frames.
  ///
  /// It serves clips under 400 ms, which have no integrated loudness.
  public var kWeightedPower: Double {
    var energy = steps.totalEnergy
    var frames = 0
    for (index, channel) in channels.enumerated() where channel.isMeasured {
      for step in channel.finishedSteps { energy += channelWeights[index] * step }
      energy += channelWeights[index] * channel.unfinishedEnergy
      frames = max(frames, channel.frameCount)
    }
    return frames > 0 ? energy / Double(frames) : 0
  }

  /// ``kWeightedPower`` as a loudness in LUFS, without gates; nil for no frames and for digital silence.
  public var ungatedLoudness: Double? { Self.loudness(kWeightedPower) }

  /// The number of frames fed to the channel that has got furthest.
  public var frameCount: Int {
    channels.reduce(0) { max($0, $1.frameCount) }
  }

  private static func loudness(_ power: Double?) -> Double? {
    guard let power, power > 0 else { return nil }
    return KWeighting.loudness(power: power)
  }
}
