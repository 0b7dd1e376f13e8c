import SoundFiles

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
    ThreadTeam.events { tell in
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
    ThreadTeam.events { tell in
      let content = try MemorySource(checking: channels, sampleRate: sampleRate)
      let output = MemorySink(channelCount: content.channelCount)
      let report = try restyle(content, towards: styles, into: output, progress: tell)
      return RestyledClip(channels: output.channels, report: report)
    }
  }
}
