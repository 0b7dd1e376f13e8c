import AudioFeatures
import SoundFiles
import StyleMethods
import StyleProfiles

/// The progress of a restyling.
public struct RestyleProgress: Hashable, Sendable {
  /// The stage of the work.
  public let stage: RestyleStage
  /// The finished share of the stage, 0 to 1.
  public let fraction: Double
  /// The finished share of all work, 0 to 1: it never falls, and ends at 1.
  ///
  /// Each stage counts by its usual time. Refining takes less for a long clip, and finishing where no peak passes the
  /// ceiling.
  public let share: Double
}

/// Computes the progress of a restyling from the reports of its stages.
struct ProgressTracker {
  private let refinements: Int
  /// The clip's length in frames, if known before it is read.
  private let expected: Int?
  private var measured = 0
  private var share = 0.0

  init(refinements: Int, expected: Int? = nil) {
    self.refinements = max(1, refinements)
    self.expected = expected
  }

  /// The progress after a number of frames in a stage.
  mutating func progress(_ stage: RestyleStage, frames: Int) -> RestyleProgress {
    var total = expected
    if stage == .measuring { measured = max(measured, frames) } else { total = total ?? measured }
    return progress(stage, total.map { Double(frames) / Double(max($0, 1)) } ?? 0)
  }

  /// The progress after a share of a stage, 0 to 1.
  mutating func progress(_ stage: RestyleStage, _ fraction: Double) -> RestyleProgress {
    let fraction = min(max(fraction, 0), 1)
    let (start, length) = span(of: stage)
    share = max(share, start + length * fraction)
    return RestyleProgress(stage: stage, fraction: fraction, share: share)
  }

  /// The start and the length of a stage, as shares of all work.
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

/// A stage of a restyling.
public enum RestyleStage: Hashable, Sendable {
  /// Measuring the content.
  case measuring
  /// Refining the restyling; the number of the round, from 1 on.
  case refining(Int)
  /// Rendering the result.
  case rendering
  /// Trying the last gain; the number of the trial, from 1 on. No trial is needed where no peak passes the ceiling.
  case finishing(Int)
  /// Writing the output file.
  case writing
}

/// An event of a restyling that runs on its own thread.
public enum RestyleEvent<Result: Sendable>: Sendable {
  /// Progress.
  case progress(RestyleProgress)
  /// The result; nothing follows.
  case finished(Result)
}

/// A clip that was restyled in memory.
public struct RestyledClip: Sendable {
  /// One array of samples for each channel.
  public let channels: [[Float]]
  /// The report on the clip.
  public let report: RestyleReport
}

extension FileRestyler {
  /// Restyles one file on its own thread, so that the calling task is not blocked.
  ///
  /// The work starts at once. It ends, and leaves no file, when nobody iterates over the sequence any more: the loop
  /// was left, or its task was cancelled.
  ///
  /// - Parameters:
  ///   - contentPath: The content.
  ///   - styles: One or several styles.
  ///   - outputPath: The path of the result.
  /// - Returns: Progress, of which a slow listener gets only the latest, and at last the report. It throws as
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
  /// Restyles a clip in memory on its own thread, so that the calling task is not blocked.
  ///
  /// The work starts at once, and ends when nobody iterates over the sequence any more.
  ///
  /// - Parameters:
  ///   - channels: One array of samples for each channel.
  ///   - sampleRate: The sample rate in Hz.
  ///   - styles: One or several styles.
  /// - Returns: Progress, of which a slow listener gets only the latest, and at last the clip. It throws
  ///   ``RestyleError``, also where the samples are no clip.
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
  /// Runs work on its own thread and passes on its progress and its result.
  ///
  /// Once nobody iterates over the sequence, reporting progress throws `CancellationError`, which ends the work. Where
  /// no thread can be created, the sequence throws ``RestyleError/noThread(_:)``.
  static func events<Result: Sendable>(
    _ work: @escaping @Sendable ((RestyleProgress) throws -> Void) throws -> Result
  ) -> AsyncThrowingStream<RestyleEvent<Result>, any Error> {
    AsyncThrowingStream(bufferingPolicy: .bufferingNewest(16)) { continuation in
      let hasBegun = Threads.start {
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
      if !hasBegun {
        continuation.finish(
          throwing: RestyleError.noThread(
            "expected a thread for the work, found a limit of the system reached"))
      }
    }
  }
}
