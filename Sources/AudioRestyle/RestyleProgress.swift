import AudioFeatures
import SoundFiles
import StyleMethods
import StyleProfiles

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

/// What a restyling is busy with.
public enum RestyleStage: Hashable, Sendable {
  /// Measuring the content.
  case measuring
  /// Refining the maps, in which round.
  case refining(Int)
  /// Rendering the result.
  case rendering
  /// Trying the last gain, in which trial; none is needed where no peak passes the ceiling.
  case finishing(Int)
  /// Writing the output file.
  case writing
}

/// What a restyling tells while it runs on a thread of its own.
public enum RestyleEvent<Result: Sendable>: Sendable {
  /// How far it has come.
  case progress(RestyleProgress)
  /// The result; nothing follows.
  case finished(Result)
}

/// A clip that was restyled in memory.
public struct RestyledClip: Sendable {
  /// One array of samples for each channel.
  public let channels: [[Float]]
  /// What was done.
  public let report: RestyleReport
}

extension FileRestyler {
  /// Restyles one file on a thread of its own, so that the task that follows it is not blocked.
  ///
  /// The work starts at once. It ends, and leaves no file, when the sequence is no longer listened to: where the loop is
  /// left, or its task is cancelled.
  ///
  /// - Parameters:
  ///   - contentPath: The content.
  ///   - styles: One or several styles.
  ///   - outputPath: Where the result appears.
  /// - Returns: Progress, where a listener is slow its latest, and at last the report; it throws as
  ///   ``restyle(_:towards:to:progress:)``.
  public func events(
    restyling contentPath: String, towards styles: [WeightedStyle], to outputPath: String
  ) -> AsyncThrowingStream<RestyleEvent<RestyleReport>, any Error> {
    Threads.events { tell in
      var tracker = ProgressTracker(refinements: options.refinements)
      return try restyle(contentPath, towards: styles, to: outputPath) { try tell(tracker.progress($0, $1)) }
    }
  }
}

extension Restyler {
  /// Restyles a clip in memory on a thread of its own, so that the task that follows it is not blocked.
  ///
  /// The work starts at once, and ends when the sequence is no longer listened to.
  ///
  /// - Parameters:
  ///   - channels: One array of samples for each channel.
  ///   - sampleRate: The sample rate in Hz.
  ///   - styles: One or several styles.
  /// - Returns: Progress, where a listener is slow its latest, and at last the clip; it throws ``RestyleError``, also where
  ///   the samples are no clip.
  public func events(
    restyling channels: [[Float]], sampleRate: Double, towards styles: [WeightedStyle]
  ) -> AsyncThrowingStream<RestyleEvent<RestyledClip>, any Error> {
    Threads.events { tell in
      let content = try MemorySource(checking: channels, sampleRate: sampleRate)
      let output = MemorySink(channelCount: content.channelCount)
      let report = try restyle(content, towards: styles, into: output, progress: tell)
      return RestyledClip(channels: output.channels, report: report)
    }
  }
}

extension Threads {
  /// Runs work on a thread of its own and passes on what it tells, and its result.
  ///
  /// Where nobody listens any more, telling throws `CancellationError`, which ends the work.
  static func events<Result: Sendable>(
    _ work: @escaping @Sendable ((RestyleProgress) throws -> Void) throws -> Result
  ) -> AsyncThrowingStream<RestyleEvent<Result>, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      Threads.start {
        do {
          let result = try work { progress in
            if case .terminated = continuation.yield(.progress(progress)) { throw CancellationError() }
          }
          continuation.yield(.finished(result))
          continuation.finish()
        } catch {
          continuation.finish(throwing: error)
        }
      }
    }
  }
}
