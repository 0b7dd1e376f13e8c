import AudioRestyle

/// A step of the work on a style or a clip.
enum WorkStep: Hashable, Sendable {
  /// Measuring a style.
  case learning
  /// Measuring the content.
  case measuring
  /// Trials that refine what is done, by their round: the first and the second half, which can be left away.
  case refining(Int, isSecondHalf: Bool)
  /// Rendering once more before the result, for a level common to several clips.
  case rehearsing
  /// Rendering the result.
  case rendering
  /// A trial of the last gain, by its number.
  case finishing(Int)
  /// Writing the output.
  case writing

  /// The step that the restyler is at, and how much of it is done.
  ///
  /// - Parameters:
  ///   - stage: Its stage.
  ///   - share: How much of the stage is done, 0 to 1.
  ///   - isRehearsal: Whether what is rendered is not the result.
  static func at(
    _ stage: RestyleStage, _ share: Double, isRehearsal: Bool = false
  ) -> (step: WorkStep, share: Double) {
    switch stage {
    case .measuring: (.measuring, share)
    case .refining(let round):
      share <= 0.5
        ? (.refining(round, isSecondHalf: false), 2 * share)
        : (.refining(round, isSecondHalf: true), 2 * share - 1)
    case .rendering: (isRehearsal ? .rehearsing : .rendering, share)
    case .finishing(let trial): (.finishing(trial), share)
    case .writing: (.writing, share)
    }
  }
}

/// The steps of the work on one style or clip, with what is to be expected of each.
struct PieceOfWork: Sendable {
  private let steps: [(step: WorkStep, cost: Double)]
  /// Where it stands: steps before are over.
  private var place = 0
  /// How much of the current step is done; `nil` where it was not begun.
  private var share: Double?

  init(_ steps: [(step: WorkStep, cost: Double)]) {
    self.steps = steps
  }

  /// What all steps cost.
  var cost: Double { steps.reduce(0) { $0 + $1.cost } }

  /// Moves on, and says what that was worth.
  ///
  /// What is left of a begun step when a later one begins counts as done; steps that are passed over are dropped. A step
  /// that is over, or not expected at all, changes nothing.
  mutating func move(to step: WorkStep, _ share: Double) -> (done: Double, dropped: Double) {
    guard let target = steps[place...].firstIndex(where: { $0.step == step }) else { return (0, 0) }
    let share = min(max(share, 0), 1)
    var (done, dropped) = (0.0, 0.0)
    if target > place {
      (done, dropped) = pass(to: target)
    }
    let known = self.share ?? 0
    done += steps[target].cost * max(0, share - known)
    self.share = max(share, known)
    return (done, dropped)
  }

  /// Ends the work.
  mutating func finish() -> (done: Double, dropped: Double) { pass(to: steps.count) }

  private mutating func pass(to target: Int) -> (done: Double, dropped: Double) {
    guard target > place else { return (0, 0) }
    let (rest, passed) = (steps[place].cost * (1 - (share ?? 0)), steps[(place + 1)..<target])
    let skipped = passed.reduce(0) { $0 + $1.cost }
    defer { (place, share) = (target, nil) }
    return share == nil ? (0, rest + skipped) : (rest, skipped)
  }
}

/// What is done of all work, and what is left, in the unit of costs.
///
/// The share that is shown only rises: work of the amount w with r left moves it by (1 − share) · w/r. Work that turns
/// out to be unnecessary makes the rest go faster, and lets nothing jump.
struct WorkLedger: Hashable, Sendable {
  /// From 0 to 1.
  private(set) var share = 0.0
  private(set) var done = 0.0
  private(set) var left: Double

  init(left: Double) {
    self.left = left
  }

  /// Takes in what a piece of work was worth.
  mutating func take(_ change: (done: Double, dropped: Double)) {
    left = max(0, left - change.dropped)
    let work = min(change.done, left)
    guard work > 0 else { return }
    share += (1 - share) * work / left
    left -= work
    done += work
  }
}
