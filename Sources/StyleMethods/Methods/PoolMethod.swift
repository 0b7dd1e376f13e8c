import AudioFeatures
import StyleProfiles

/// The tone of many short sounds towards a style: one curve for all sounds, and no dynamics.
///
/// Towards a long recording the tone is half of the ``StyleTone``, from the mean powers of the pool to those of the
/// style. The other half of the difference comes from what is played, and steep tones change sounds within a band by
/// unlike amounts.
///
/// Towards other short sounds, mean powers depend on which sounds each side happens to hold: from one draw of 17 sounds
/// to the next they differ by 2 to 4 dB a band. So each sound is compared with the most similar one of the other side.
/// Rounds of
///
///     t ← smooth(t + ½ · (mean w · (yₙ − x − t) + mean w · (y − xₙ − t)))        w = 1/(1 + d²/q²)²
///
/// lead to the tone t. x and y are the shapes of the long-term spectra of pool and style: third octaves less their
/// mean, none further than 60 dB under the strongest. yₙ and xₙ are the nearest shapes of the other side after x is
/// moved by t, and d is the distance to them. Nine tenths of the pairs lie within the distance q.
struct PoolMethod: StyleMethod {
  var needs: ProfileNeeds { .frames }
  var hasDynamics: Bool { false }
  var refinesSpreads: Bool { false }
  var calmsPauses: Bool { false }

  /// Third octaves in an octave.
  private static let bandsPerOctave = 3.0

  func target(
    from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest
  ) throws -> StyleTarget {
    var target = StyleTarget(unchanged: content.statistics.presentChannels.count, shared: request.shared)
    guard let from = content.longTerm, let to = style.longTerm, from != to else { return target }
    let tone: (curve: [Double], highest: [Double], isUsable: [Bool])
    if style.isPack, let sounds = content.sounds, let others = style.sounds, !sounds.frames.isEmpty,
      !others.frames.isEmpty
    {
      tone = try matched(from: sounds, to: others, powers: from.soundLevels, content, style, request)
    } else {
      let made = StyleTone(
        from: from, overPauses: (content.soundOverPauses, style.styleOverPauses),
        spread: content.spreads, to: to, nyquist: min(content.statistics.nyquist, style.statistics.nyquist),
        smoothing: request.smoothing, frequencies: request.toneRange, numbers: request.numbers.match.styleTone
      )
      let highest = zip(made.highest, Self.highest(of: from.soundLevels, request.numbers)).map { min($0, $1) }
      let share = request.numbers.pool.longShare
      tone = (zip(made.curve, highest).map { min(share * $0, $1) }, highest, made.isUsable)
    }
    let knobs = request.knobs
    let gains = tone.curve.map { knobs.shift($0) }
    target.fineTone = FineTone(gains: gains, highest: tone.highest, isUsable: tone.isUsable, share: 1)
    target.shift = ToneCurves.values(of: gains, at: ThirdOctaves.frequencies, for: content.frequencies)
    return target
  }

  /// The tone from matched sounds, in third octaves.
  private func matched(
    from sounds: FrameSample, to others: FrameSample, powers: [Double], _ content: MeasuredView,
    _ style: MeasuredView, _ request: TargetRequest
  ) throws -> (curve: [Double], highest: [Double], isUsable: [Bool]) {
    let frequencies = ThirdOctaves.frequencies
    let (numbers, bounds) = (request.numbers.pool, request.numbers.match.styleTone)
    let nyquist = min(content.statistics.nyquist, style.statistics.nyquist)
    let usable = frequencies.indices.filter { frequencies[$0] < bounds.passband * nyquist }
    let isUsable = frequencies.indices.map { usable.contains($0) }
    var matcher = ToneMatcher(team: request.team)
    let width = max(numbers.leastWidth, Self.bandsPerOctave * request.smoothing)
    matcher.numbers = request.numbers.match.tone
    matcher.numbers.widths = [Double](repeating: width, count: numbers.roundCount)
    matcher.numbers.closeShare = numbers.closeShare
    (matcher.numbers.isSharp, matcher.numbers.powerShare) = (false, 0)
    let range = Float(numbers.range)
    let found = try matcher.match(
      from: sounds.levels(of: usable).floored(range), to: others.levels(of: usable).floored(range)
    ).curve
    let highest = Self.highest(of: powers, request.numbers)
    let whole = ToneCurves.values(of: found, at: usable.map { frequencies[$0] }, for: frequencies)
    let curve = frequencies.indices.map { band -> Double in
      guard request.toneRange?.contains(frequencies[band]) ?? true else { return 0 }
      return min(max(whole[band], bounds.gains.lowerBound), highest[band])
    }
    return (curve, highest, isUsable)
  }

  /// The highest gain in dB of each third octave: those with next to no power are not raised.
  private static func highest(of powers: [Double], _ numbers: MethodNumbers) -> [Double] {
    let strongest = powers.max() ?? 0
    let highest = numbers.match.styleTone.gains.upperBound
    return powers.map { $0 > strongest - numbers.pool.range ? highest : 0 }
  }
}
