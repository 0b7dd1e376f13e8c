import AudioRestyle

/// What steps cost, measured as their share of the time.
///
/// The unit is the time in which a second of sound is rendered. The figures are means of a mono reader and a stereo
/// guitar of five minutes, by `match` and `adain`, on one thread.
struct WorkCosts {
  let options: RestyleOptions
  /// Whether all clips are one programme.
  let isTogether: Bool

  private static let measuring = 0.4
  private static let rendering = 1.0
  /// A trial measures its result, too.
  private static let trial = 1.05
  private static let writing = 0.22
  /// One trial of the last gain, and the share of clips that take so many.
  private static let finishing = 0.18
  private static let finishingShares = [0.5, 0.45, 0.4, 0.1, 0.05, 0.05]
  /// What the halves of a round cost, in trials: where dynamics may follow envelopes, each half is a trial, and the second one is
  /// not always needed.
  private static let halves = (one: (0.5, 0.5), listening: (0.75, 0.5))
  /// What a clip costs whatever its length.
  private static let fixed = 0.1
  /// The longest sound in seconds that a trial takes of a clip by itself.
  private static let longestTrial = 44.0

  /// The work on a style of a duration in seconds; a profile has none.
  func style(duration: Double) -> PieceOfWork {
    PieceOfWork([(.learning, Self.measuring * duration + Self.fixed)])
  }

  /// The work on a stem of a duration in seconds: it is rendered beside its mix, and written on the way.
  func stem(duration: Double) -> PieceOfWork {
    PieceOfWork([(.rendering, 2 * Self.rendering * duration + Self.fixed)])
  }

  /// The work on a clip.
  ///
  /// - Parameters:
  ///   - duration: In seconds.
  ///   - isMeasured: Whether it is measured with another clip of the same content.
  func clip(duration: Double, isMeasured: Bool = false) -> PieceOfWork {
    let writing = (WorkStep.writing, Self.writing * duration + Self.fixed)
    guard !options.changesNothing else { return PieceOfWork([writing]) }
    var steps: [(WorkStep, Double)] = isMeasured ? [] : [(.measuring, Self.measuring * duration)]
    let trial = Self.trial * (isTogether ? duration : min(duration, Self.longestTrial))
    for round in 1..<options.refinements + 1 {
      let halves = round == 1 && options.method == .match ? Self.halves.listening : Self.halves.one
      steps.append((.refining(round, isSecondHalf: false), trial * halves.0))
      steps.append((.refining(round, isSecondHalf: true), trial * halves.1))
    }
    if isTogether { steps.append((.rehearsing, Self.rendering * duration)) }
    steps.append((.rendering, Self.rendering * duration))
    for (trial, share) in zip(1..., isTogether ? [1] : Self.finishingShares) {
      steps.append((.finishing(trial), share * Self.finishing * duration))
    }
    return PieceOfWork(steps + [writing])
  }
}
