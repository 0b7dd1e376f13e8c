import AudioFeatures
import Foundation
import Restylings
import StyleProfiles

/// `match`: a tone from matched frames, and the style's distribution of the broadband level.
///
/// The features are one broadband level and the shapes of the frames. The means of the shapes come from the nearest
/// frames of both recordings (``ToneMatcher``); the spreads of the shapes stay. The broadband level gets mean, spread
/// and distribution from the style's quantiles (``BroadbandLevelMap``). For a style that is another voice or piece
/// (``Unlikeness``), the aim says what is taken over instead. Compressors on envelopes can make the dynamics of speech
/// (``CompressorFit``).
struct MatchMethod: StyleMethod {
  var needs: ProfileNeeds { .frames }
  /// Not refined: one gain for all bands sets the spread of the level, and the spreads of single bands follow from it.
  var refinesSpreads: Bool { false }
  /// Not calmed: below the measured levels the gain is constant, as that of a compressor.
  var calmsPauses: Bool { false }

  func target(
    from content: MeasuredView, to style: MeasuredView, _ request: TargetRequest
  ) throws -> StyleTarget {
    let bandCount = content.statistics.presentChannels.count
    var target = StyleTarget(unchanged: bandCount, shared: request.shared)
    guard content.frames != style.frames || request.dynamics != nil,
      let toned = try comparison(of: content, with: style, request),
      let moving = try request.dynamics.map({ try comparison(of: content, with: $0, request) }) ?? toned
    else { return target }
    let (channels, knobs, numbers) = (request.shared, request.knobs, request.numbers.match)
    target.unlikeness = toned.matched.likeness.doubt
    let tone = tone(toned.matched, doubt: toned.doubt, content, style, request, &target)

    // Levels are compared as they will be after the whole tone.
    let source = request.dynamics ?? style
    let trust = Trust(doubt: moving.doubt, aim: request.aim, numbers: numbers.dynamics)
    guard let moved = LoudestFrames(moving.own.all.adding(tone), numbers: numbers.frames) else {
      return target
    }
    let (levels, aims) = LoudestFrames.comparable(moved, moving.other)
    let dynamics = knobs.exponent(trust: content.trust(with: source, request.numbers.spreads))
    let whole = BroadbandLevelMap(
      from: levels.broadband, to: aims.broadband, exponent: trust.exponent * dynamics, knobs: knobs,
      numbers: numbers.dynamics)
    target.limitedCount = whole.limitedCount
    let share =
      request.usesEnvelopes
      ? trust.envelopes * Self.speechlikeness(of: moved.all.broadband, numbers.likeness)
        * (1 - numbers.dynamics.expansions.part(of: whole.expansion)) : 0
    let map = whole.dynamics(share: 1 - share)
    if share > 0 {
      target.envelope = EnvelopeAim(
        quantiles: CompressorFit.quantiles(ofLevels: moving.styleLevels, numbers: numbers.envelopes),
        share: share * dynamics)
    }
    target.peakShare = knobs.peakShare(min(1, trust.peaks * dynamics))
    takeLoudness(doubt: moving.doubt, dynamics: dynamics, content, source, request, &target)

    var weighting = [Double](repeating: 0, count: bandCount)
    for (band, gain) in zip(channels, tone) { weighting[band] = gain }
    let level = BroadbandLevel(weighting: weighting, channels: channels)
    if !map.isConstant {
      target.map = .level(level, inputs: map.levels, outputs: zip(map.levels, map.gains).map { $0 + $1 })
    }
    let meanGain = content.activeRows.map { map.meanGain(at: level.levels(of: $0)) } ?? 0
    for band in channels { target.shift[band] = knobs.part(weighting[band]) + meanGain }
    target.extendShift()
    return target
  }

  /// The comparison of a content and a style: their loudest frames, the matched tone, and the doubt that they are
  /// alike.
  private struct Comparison {
    var own: LoudestFrames
    var other: LoudestFrames
    /// The broadband levels of all frames of the style.
    var styleLevels: [Double]
    var matched: Matched
    /// w, 0 to 1: the share that is taken from the statistics of the whole style, and not from frames that are alike.
    ///
    /// It is the doubt that the two are of one voice or piece; it is 1 where both are long enough for settled
    /// statistics.
    var doubt: Double
  }

  /// Compares the frames of a content and a style; `nil` where one of them has no frames.
  private func comparison(
    of content: MeasuredView, with style: MeasuredView, _ request: TargetRequest
  ) throws -> Comparison? {
    guard let from = content.frames, let to = style.frames else { return nil }
    let numbers = request.numbers.match
    let limit = max(
      numbers.frames.fewest, numbers.frames.largestRatio * min(from.frames.count, to.frames.count))
    let styleRows = to.levels(of: request.shared, atMost: limit)
    guard
      let own = LoudestFrames(from.levels(of: request.shared, atMost: limit), numbers: numbers.frames),
      let other = LoudestFrames(styleRows, numbers: numbers.frames)
    else { return nil }
    let matched = try match(from: own, to: other, content, style, request)
    // A style of less than a second raises the doubt, however alike.
    let shortness = 1 - min(1, Double(other.all.count) / numbers.frames.perSecond)
    var doubt = max(matched.likeness.doubt, shortness)
    if request.aim == .style {
      let decided = Self.decided(doubt, numbers.likeness)
      doubt = numbers.likeness.doubts.part(of: max(decided, Self.settledShare(content, style, numbers)))
    }
    return Comparison(
      own: own, other: other, styleLevels: styleRows.broadband, matched: matched, doubt: doubt)
  }

  /// The results of matching frames: the tone curve of the shared bands, the effect of the style's equipment, and
  /// likeness.
  private struct Matched {
    var curve: [Double]
    var equipment: [Double]?
    var likeness: Unlikeness
  }

  private func match(
    from own: LoudestFrames, to other: LoudestFrames, _ content: MeasuredView, _ style: MeasuredView,
    _ request: TargetRequest
  ) throws -> Matched {
    let (from, to) = LoudestFrames.comparable(own, other)
    let numbers = request.numbers.match
    let matched = try ToneMatcher(team: request.team, numbers: numbers.tone).match(from: from, to: to)
    let likeness = Unlikeness(
      mutualShare: matched.mutualShare, lines: content.lines(with: style, numbers.likeness),
      speechlikeness: min(
        Self.speechlikeness(of: own.all.broadband, numbers.likeness),
        Self.speechlikeness(of: other.all.broadband, numbers.likeness)), numbers: numbers.likeness)
    let nyquist = min(content.statistics.nyquist, style.statistics.nyquist)
    let equipment =
      content.statistics.presentChannels.count == numbers.equipment.means.count
      ? TypicalLevels.equipmentCurve(
        of: other.rows(share: other.activeShare).shapes.mean, channels: request.shared, nyquist: nyquist,
        numbers: numbers.equipment)
      : nil
    return Matched(curve: matched.curve, equipment: equipment, likeness: likeness)
  }

  /// The tone curve in dB of the shared bands, times the tone.
  ///
  /// For the aim `style` it is `(1 − w) · e + w · g`, with the doubt w, the matched curve e, and the ``StyleTone`` g.
  /// The details of this tone in third octaves go to ``StyleTarget/fineTone``. For the aim `equipment` it is
  /// ``ToneInDoubt``.
  private func tone(
    _ matched: Matched, doubt: Double, _ content: MeasuredView, _ style: MeasuredView,
    _ request: TargetRequest,
    _ target: inout StyleTarget
  ) -> [Double] {
    let (knobs, numbers) = (request.knobs, request.numbers.match)
    guard let from = content.longTerm, let to = style.longTerm, request.aim == .style else {
      return ToneInDoubt(
        matched: matched.curve, equipment: matched.equipment, numbers: numbers.equipment
      ).curve(doubt: doubt).map { knobs.tone * $0 }
    }
    let styleTone = StyleTone(
      from: from, overPauses: (content.soundOverPauses, style.styleOverPauses), spread: content.spreads,
      to: to,
      nyquist: min(content.statistics.nyquist, style.statistics.nyquist),
      smoothing: request.smoothing, frequencies: request.toneRange, numbers: numbers.styleTone)
    let shared = request.shared.map { content.frequencies[$0] }
    func blend(_ like: [Double], _ unlike: [Double]) -> [Double] {
      zip(like, unlike).map { knobs.tone * ($0 + doubt * ($1 - $0)) }
    }
    let bands = blend(
      matched.curve, ToneCurves.values(of: styleTone.curve, at: ThirdOctaves.frequencies, for: shared))
    let fine = blend(
      ToneCurves.values(of: matched.curve, at: shared, for: ThirdOctaves.frequencies), styleTone.curve)
    target.fineTone = FineTone(
      gains: zip(fine, styleTone.highest).map { knobs.part(min($0, $1)) }, highest: styleTone.highest,
      isUsable: styleTone.isUsable, share: doubt)
    target.soundingBand = styleTone.soundingBand
    return bands
  }

  /// The doubt p moved towards a decision: the odds o = p/(1 − p) become (o/k)ⁿ.
  ///
  /// k is above 1: to take a like style for an unlike one costs more than the reverse, as a like style gives a precise
  /// tone.
  private static func decided(_ doubt: Double, _ numbers: MatchNumbers.Likeness) -> Double {
    let odds = pow(max(0, doubt / max(1 - doubt, 1e-9)) / numbers.decidingOdds, numbers.decision)
    return odds / (1 + odds)
  }

  /// How far the long-term statistics of two recordings are settled, 0 to 1: `1 − exp(−(T/T₀)^m)`.
  ///
  /// T is the shorter active time, T₀ and m are the settling time and its exponent. The difference that single words or
  /// notes make falls with the time.
  private static func settledShare(
    _ content: MeasuredView, _ style: MeasuredView, _ numbers: MatchNumbers
  ) -> Double {
    let likeness = numbers.likeness
    let frames = Double(min(content.statistics.activeCount, style.statistics.activeCount))
    return 1 - exp(-pow(frames / numbers.frames.perSecond / likeness.settlingTime, likeness.settling))
  }

  /// Sets the share of dynamics that the momentary loudness makes, and how far pauses may rise.
  private func takeLoudness(
    doubt: Double, dynamics: Double, _ content: MeasuredView, _ style: MeasuredView, _ request: TargetRequest,
    _ target: inout StyleTarget
  ) {
    guard content.longTerm != nil, style.longTerm != nil, request.aim == .style else { return }
    if let own = content.soundOverPauses {
      let least = min(own, style.styleOverPauses ?? own)
      target.leastSoundOverPauses = least
      target.pauseAllowance = own - least
    }
    let numbers = request.numbers.match.loudness
    let share = request.knobs.part(numbers.share * doubt * dynamics)
    if request.usesEnvelopes, let sound = style.momentary?.sound() {
      // The range of few windows of 3 s is not reliable.
      let isLong = [content, style].allSatisfy {
        ($0.shortTerm?.count ?? 0) >= MomentaryLoudness.leastOfRange
      }
      target.loudness = (
        sound, isLong ? style.shortTerm?.loudnessRange : nil, share > numbers.leastShare ? share : 0
      )
    }
  }

  /// How far the levels of frames in dB have the range of speech, from 0 to 1.
  ///
  /// Levels of a small range, as those of most music, say little of attack and release.
  private static func speechlikeness(of levels: [Double], _ numbers: MatchNumbers.Likeness) -> Double {
    let sorted = levels.sorted()
    return numbers.speechRanges.part(
      of: sorted[(sorted.count - 1) * 9 / 10] - sorted[(sorted.count - 1) / 10])
  }
}

extension MatchMethod {
  /// The evidence whether two recordings hold one voice or piece; `nil` where one of them has no frames.
  func likeness(of content: MeasuredView, to style: MeasuredView, _ request: TargetRequest) throws
    -> Unlikeness?
  {
    try comparison(of: content, with: style, request)?.matched.likeness
  }
}
