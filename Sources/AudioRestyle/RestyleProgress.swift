/// How far a restyling has come.
public struct RestyleProgress: Hashable, Sendable {
  /// What it is busy with.
  public let stage: RestyleStage
  /// How much of that is done, 0 to 1.
  public let fraction: Double
  /// How much of everything is done, 0 to 1: it never falls, and 1 is the last.
  ///
  /// Stages count as they usually cost time; refining takes less where a clip is long, and finishing where no peak passes
  /// the ceiling.
  public let share: Double
}

/// Makes the progress of a restyling out of what its stages report.
struct ProgressTracker {
  private let refinements: Int
  /// The clip's length where it is known before it is read, in frames.
  private let expected: Int?
  private var measured = 0
  private var share = 0.0

  init(refinements: Int, expected: Int? = nil) {
    self.refinements = max(1, refinements)
    self.expected = expected
  }

  /// What a stage has done, in frames of the clip.
  mutating func progress(_ stage: RestyleStage, frames: Int) -> RestyleProgress {
    var total = expected
    if stage == .measuring { measured = max(measured, frames) } else { total = total ?? measured }
    return progress(stage, total.map { Double(frames) / Double(max($0, 1)) } ?? 0)
  }

  /// What a stage has done, 0 to 1.
  mutating func progress(_ stage: RestyleStage, _ fraction: Double) -> RestyleProgress {
    let fraction = min(max(fraction, 0), 1)
    let (start, length) = span(of: stage)
    share = max(share, start + length * fraction)
    return RestyleProgress(stage: stage, fraction: fraction, share: share)
  }

  /// Where a stage begins and how long it is, in shares of everything.
  private func span(of stage: RestyleStage) -> (start: Double, length: Double) {
    switch stage {
    case .measuring: return (0, 0.2)
    case .refining(let round):
      let length = 0.25 / Double(refinements)
      return (0.2 + length * Double(min(round, refinements) - 1), length)
    case .rendering: return (0.45, 0.3)
    case .finishing(let trial): return (trial == 1 ? 0.75 : 0.85, trial == 1 ? 0.1 : 0.03)
    case .writing: return (0.88, 0.12)
    }
  }
}
