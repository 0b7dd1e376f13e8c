import AudioFeatures
import AudioRestyle
import Foundation

/// A step of the work on a style or a clip.
enum WorkStep: Hashable, Sendable {
  /// Measuring a style.
  case learning
  /// Measuring the content.
  case measuring
  /// The trials of a round of refinement: the first half, or the second half, which can be omitted.
  case refining(Int, isSecondHalf: Bool)
  /// Rendering without output, for a level that several clips share.
  case rehearsing
  /// Rendering the result.
  case rendering
  /// A trial of the last gain, by its number.
  case finishing(Int)
  /// Writing the output.
  case writing

  /// The step of the restyler's present stage, and the finished share of the step.
  ///
  /// - Parameters:
  ///   - stage: The stage.
  ///   - share: The finished share of the stage, 0 to 1.
  ///   - isRehearsal: Whether the rendering is not that of the result.
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

/// The steps of the work on one style or clip, with their expected costs.
struct PieceOfWork: Sendable {
  private let steps: [(step: WorkStep, cost: Double)]
  /// The index of the present step; the steps before it are over.
  private var place = 0
  /// The finished share of the present step; `nil` where it was not begun.
  private var share: Double?

  init(_ steps: [(step: WorkStep, cost: Double)]) {
    self.steps = steps
  }

  /// The cost of all steps.
  var cost: Double { steps.reduce(0) { $0 + $1.cost } }

  /// Moves to a share of a step, and returns the costs of the work that was done and of the work that was dropped.
  ///
  /// When a later step begins, the rest of the begun step counts as done, and skipped steps are dropped. A step that is
  /// over or was not expected changes nothing.
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

/// The account of all work: the finished and the remaining cost.
///
///     share ← share + (1 − share) · w/r    w: finished work, r: remaining work before it
///
/// So the share only rises. Work that turns out to be unnecessary makes the rest go faster, without a jump.
struct WorkLedger: Hashable, Sendable {
  /// The finished share, 0 to 1.
  private(set) var share = 0.0
  private(set) var done = 0.0
  private(set) var left: Double

  init(left: Double) {
    self.left = left
  }

  /// Takes in the costs of work that was done and of work that was dropped.
  mutating func take(_ change: (done: Double, dropped: Double)) {
    left = max(0, left - change.dropped)
    let work = min(change.done, left)
    guard work > 0 else { return }
    share += (1 - share) * work / left
    left -= work
    done += work
  }
}

/// The expected costs of steps.
///
/// The unit is the time for rendering one second of sound. The figures are measured means of a mono reader and a stereo
/// guitar of five minutes, with `match` and `adain`, on one thread.
struct WorkCosts {
  let options: RestyleOptions
  /// Whether all clips are one programme.
  let isTogether: Bool

  private static let measuring = 0.4
  private static let rendering = 1.0
  /// The cost of a trial, which also measures its result.
  private static let trial = 1.05
  private static let writing = 0.22
  /// The cost of one trial of the last gain; `finishingShares` are the shares of clips that need the first trial, the
  /// second trial, and so on.
  private static let finishing = 0.18
  private static let finishingShares = [0.5, 0.45, 0.4, 0.1, 0.05, 0.05]
  /// The costs of the halves of a round, in trials.
  ///
  /// In a round that may begin with a tone pass, each half is a trial, and the second one is not always needed.
  private static let halves = (one: (0.5, 0.5), tonePass: (0.75, 0.5))
  /// The cost of a clip of any length.
  private static let fixed = 0.1
  /// The longest excerpt in seconds that a trial of a single clip renders.
  private static let longestTrial = 44.0

  /// The work on a style of a duration in seconds; it is 0 for a profile.
  func style(duration: Double) -> PieceOfWork {
    PieceOfWork([(.learning, Self.measuring * duration + Self.fixed)])
  }

  /// The work on a stem of a duration in seconds: rendering beside its mix, with writing at the same time.
  func stem(duration: Double) -> PieceOfWork {
    PieceOfWork([(.rendering, 2 * Self.rendering * duration + Self.fixed)])
  }

  /// The work on a clip.
  ///
  /// - Parameters:
  ///   - duration: The duration in seconds.
  ///   - isMeasured: Whether another clip of the same content has its measurement.
  func clip(duration: Double, isMeasured: Bool = false) -> PieceOfWork {
    let writing = (WorkStep.writing, Self.writing * duration + Self.fixed)
    guard !options.changesNothing else { return PieceOfWork([writing]) }
    var steps: [(WorkStep, Double)] = isMeasured ? [] : [(.measuring, Self.measuring * duration)]
    let trial = Self.trial * (isTogether ? duration : min(duration, Self.longestTrial))
    for round in 1..<options.refinements + 1 {
      let halves = round == 1 && options.method == .match ? Self.halves.tonePass : Self.halves.one
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

/// A rough estimate of the time of a job: the costs of its steps (``WorkCosts``) times the present speed of the
/// machine.
struct TimeEstimate {
  /// The duration of all sound to restyle, in seconds.
  var sound = 0.0
  /// The cost of all steps, in the unit of ``WorkCosts``.
  private var cost = 0.0
  private let costs: WorkCosts
  private var clipCount = 0

  init(options: RestyleOptions, isTogether: Bool) {
    costs = WorkCosts(options: options, isTogether: isTogether)
  }

  /// Adds a style that is learned.
  mutating func addStyle(duration: Double) { cost += costs.style(duration: duration).cost }

  /// Adds a clip, or a stem.
  mutating func addClip(duration: Double, isStem: Bool = false) {
    sound += duration
    clipCount += 1
    cost += (isStem ? costs.stem(duration: duration) : costs.clip(duration: duration)).cost
  }

  /// The time in seconds.
  ///
  /// - Parameter threads: The number of threads that work.
  func seconds(threads: Int) -> Double {
    // About a fifth of the time of each further thread is waiting.
    let parallel = 1 + 0.8 * Double(max(0, threads - 1))
    return cost * Self.transformsOfUnit * Self.secondsOfTransforms() / parallel
  }

  /// The time in words, rounded, as the estimate is rough.
  static func words(_ seconds: Double) -> String {
    switch seconds {
    case ..<5: "under 5 s"
    case ..<120:
      "about \(Int(((seconds / 5).rounded() * 5))) s"
    default: "about \(Wording.count(Int((seconds / 60).rounded()), "minute"))"
    }
  }

  /// The measured cost of a unit, in thousands of transforms.
  private static let transformsOfUnit = 0.9

  /// The time in seconds of 1000 transforms of 4096 samples on this machine: the least of a few trials.
  private static func secondsOfTransforms() -> Double {
    let (length, count) = (4096, 40)
    let plan = RealFFT(length: length)
    var workspace = RealFFT.Workspace(for: plan)
    let samples = (0..<length).map { Float(sin(Double($0))) }
    let window = [Float](repeating: 1, count: length)
    var (real, imaginary) = (
      [Float](repeating: 0, count: plan.binCount), [Float](repeating: 0, count: plan.binCount)
    )
    let clock = ContinuousClock()
    let least =
      (0..<5).map { _ in
        clock.measure {
          for _ in 0..<count {
            unsafe samples.withUnsafeBufferPointer { samples in
              unsafe window.withUnsafeBufferPointer { window in
                unsafe real.withUnsafeMutableBufferPointer { real in
                  unsafe imaginary.withUnsafeMutableBufferPointer { imaginary in
                    unsafe plan.forward(
                      samples, windowedBy: window, real: real, imaginary: imaginary, workspace: &workspace)
                  }
                }
              }
            }
          }
        }
      }.min() ?? .zero
    let parts = least.components
    return 1000 / Double(count) * (Double(parts.seconds) + Double(parts.attoseconds) * 1e-18)
  }
}
