import StyleProfiles

/// Numbers of a saved restyling with the range in which they can lie.
private struct BoundedNumbers {
  var name: String
  var values: [Double]
  var range: ClosedRange<Double>

  /// The values that are there.
  init(_ name: String, _ values: [Double?], _ range: ClosedRange<Double>) {
    (self.name, self.values, self.range) = (name, values.compactMap(\.self), range)
  }

  /// The first number outside the range, in words; `nil` for none.
  var problem: String? {
    guard let found = values.first(where: { !range.contains($0) }) else { return nil }
    return "\(name): expected \(Self.short(range.lowerBound)) to \(Self.short(range.upperBound)), found "
      + Self.short(found)
  }

  private static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  /// Levels, spreads and loudnesses that are measured, in dB: samples have at most 120 dB, and features ±1000 dB.
  static let levels = -1000.0...1000
  /// Measured spreads and differences in dB.
  static let spreads = 0.0...1000
  /// Levels and gains that are asked for, in dB: the strength 10 and the tone 4 take 40 times a difference of levels.
  static let requests = -10_000.0...10_000
  /// Ceilings in dBTP: what `--ceiling` accepts, and the true peak of a content above full scale.
  static let ceilings = -60.0...200
}

extension Restyling {
  /// The number that lies outside what it can be, in words; `nil` for none.
  var problemOfNumbers: String? {
    let (levels, spreads, requests) = (BoundedNumbers.levels, BoundedNumbers.spreads, BoundedNumbers.requests)
    var all = [
      BoundedNumbers("level.loudness", [level.loudness], levels),
      BoundedNumbers("level.rms", [level.rms], levels),
      BoundedNumbers("level.gain", [level.gain], requests),
      BoundedNumbers("level.ceiling", [level.ceiling], BoundedNumbers.ceilings),
      BoundedNumbers("peakThreshold", [peakThreshold.map { Double($0) }], 0...1e30),
      BoundedNumbers("facts.contentLoudness", [facts.contentLoudness], levels),
      BoundedNumbers("facts.contentTruePeak", [facts.contentTruePeak], levels),
      BoundedNumbers("facts.styleLoudness", [facts.styleLoudness], levels),
      BoundedNumbers("facts.activeSeconds", [facts.activeSeconds], 0...1e12),
      BoundedNumbers("facts.unlikeness", [facts.unlikeness], 0...1),
      BoundedNumbers("facts.pauses", [facts.pauses?.content, facts.pauses?.styles], levels),
      BoundedNumbers("facts.styles", facts.styles.map(\.loudness), levels),
      BoundedNumbers("facts.content.channelCount", facts.content.map { Double($0.channelCount) }, 1...1024),
      BoundedNumbers("facts.content.sampleRate", facts.content.map(\.sampleRate), 1...1e9),
    ]
    if let envelope {
      all += [
        BoundedNumbers("envelope.lowestLevel", [envelope.lowestLevel], levels),
        BoundedNumbers("envelope.tables", envelope.tables.flatMap(\.self), requests),
        BoundedNumbers("envelope.limits", [envelope.limits.lowerBound], -120...0),
        BoundedNumbers("envelope.limits", [envelope.limits.upperBound], 0...60),
        BoundedNumbers("envelope.range", [envelope.range?.lowerBound, envelope.range?.upperBound], levels),
      ]
    }
    if let loudness {
      all += loudness.content.bounded("loudness: content", means: levels, spreads: spreads)
      all += loudness.style.bounded("loudness: style", means: requests, spreads: levels)
      all += loudness.reshaping.bounded("loudness: reshaping")
      all += [
        BoundedNumbers("loudness: anchor", [loudness.anchor], levels),
        BoundedNumbers("loudness: gate", [loudness.gate], levels),
        BoundedNumbers("loudness: pauseGain", [loudness.pauseGain], -1000...0),
        BoundedNumbers("loudness: pauseDepth", [loudness.pauseDepth], spreads),
        BoundedNumbers("loudness: ownRange", [loudness.ownRange], spreads),
      ]
    }
    if let problem = all.lazy.compactMap(\.problem).first { return problem }
    if let loudness, let problem = loudness.style.excess(over: loudness.content) {
      return "loudness: style.spread: \(problem)"
    }
    return nil
  }
}

extension ViewRestyling {
  /// The number of levels that lies outside what it can be, in words; `nil` for none.
  ///
  /// The numbers of `waveform` are samples and have other ranges.
  var problemOfLevels: String? {
    let (levels, spreads, requests) = (BoundedNumbers.levels, BoundedNumbers.spreads, BoundedNumbers.requests)
    var all = content.bounded("content", means: levels, spreads: spreads)
    all += style.bounded("style", means: requests, spreads: levels)
    all += [
      BoundedNumbers("bands.contentMean", bands.contentMean, levels),
      BoundedNumbers("bands.contentSpread", bands.contentSpread, spreads),
      BoundedNumbers("bands.requestedMean", bands.requestedMean, requests),
      BoundedNumbers("bands.requestedSpread", bands.requestedSpread, levels),
      BoundedNumbers("level.weighting", level?.weighting ?? [], -200...200),
      BoundedNumbers("pauseAllowance", [pauseAllowance], spreads),
    ]
    switch reshaping {
    case nil: break
    case .level(let curve): all += curve.bounded("reshaping")
    case .bands(let curves): all += curves.flatMap { $0.bounded("reshaping") }
    // A matrix has no unit.
    case .frames: break
    }
    if let problem = all.lazy.compactMap(\.problem).first { return problem }
    return style.excess(over: content).map { "style.spread: \($0)" }
  }
}

extension FeatureMoments {
  /// The largest ratio σs/σc; the methods keep far below it.
  private static let largestRatio = 1e6

  fileprivate func bounded(
    _ name: String, means: ClosedRange<Double>, spreads: ClosedRange<Double>
  ) -> [BoundedNumbers] {
    [BoundedNumbers(name + ".mean", mean, means), BoundedNumbers(name + ".spread", spread, spreads)]
  }

  /// The reason why these spreads are too large beside those of a content; `nil` where they are not.
  fileprivate func excess(over content: FeatureMoments) -> String? {
    for (own, other) in zip(spread, content.spread)
    where other > 0 && !(abs(own) <= Self.largestRatio * other) {
      return "expected at most \(Int(Self.largestRatio)) times the content's \(other), found \(own)"
    }
    return nil
  }
}

extension LevelCurve {
  fileprivate func bounded(_ name: String) -> [BoundedNumbers] {
    [
      BoundedNumbers(name + ".inputs", inputs, BoundedNumbers.levels),
      BoundedNumbers(name + ".outputs", outputs, BoundedNumbers.requests),
      BoundedNumbers(name + ".endSlope", [endSlope], -1000...1000),
    ]
  }
}

extension Reshaping {
  /// All numbers of the curves or of the matrix.
  var numbers: [Double] {
    switch self {
    case .level(let curve): curve.numbers
    case .bands(let curves): curves.flatMap(\.numbers)
    case .frames(let matrix): matrix
    }
  }
}

extension LevelCurve {
  fileprivate var numbers: [Double] { inputs + outputs + [endSlope] }
}
