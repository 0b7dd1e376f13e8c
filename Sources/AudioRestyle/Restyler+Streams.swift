import AudioFeatures
import Mastering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// Restyling from any source into any sink.
extension Restyler {
  /// Called while a restyling goes on; an error that it throws ends the work.
  public typealias Progress = (RestyleProgress) throws -> Void

  /// Restyles a clip from a source into a sink.
  ///
  /// The rendered clip passes through a temporary file, so memory does not depend on its length; that of a
  /// `MemorySource` stays in memory.
  ///
  /// - Parameters:
  ///   - content: The clip; it is read several times.
  ///   - styles: One or several styles.
  ///   - sink: Takes the result, which has as many frames as the clip.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Returns: The report.
  /// - Throws: ``RestyleError``, `SoundFileError` where there is no room for the temporary file, `CancellationError`
  ///   where the task was cancelled, and whatever source, sink and `progress` throw.
  public func restyle(
    _ content: any FrameSource, towards styles: [WeightedStyle], into sink: any FrameSink,
    progress: Progress = { _ in }
  ) throws -> RestyleReport {
    try restyle(content, towards: .styles(styles), into: sink, progress: progress)
  }

  /// Applies a restyling to a clip from a source, moved to the clip's own level (``Restyling/anchored(to:_:)``).
  ///
  /// - Throws: As for styles, and ``RestyleError`` where the restyling does not fit the clip.
  public func restyle(
    _ content: any FrameSource, by restyling: Restyling, into sink: any FrameSink,
    progress: Progress = { _ in }
  ) throws -> RestyleReport {
    try restyle(content, towards: .restyling(restyling), into: sink, progress: progress)
  }

  func restyle(
    _ content: any FrameSource, towards target: RestyleTarget, into sink: any FrameSink, progress: Progress
  ) throws -> RestyleReport {
    let team = ThreadTeam(threads)
    let spool = try Spool(for: content)
    var tracker = ProgressTracker(refinements: options.refinements, expected: content.expectedFrameCount)
    func tell(_ stage: RestyleStage, _ frames: Int) throws {
      try progress(tracker.progress(stage, frames: frames))
    }
    let (restyling, result, made) = try render(content, towards: target, into: spool.sink, progress: tell)
    var report = made
    let finisher = Finisher(
      restyling: restyling, result: result, base: spool.source(like: content), word: .float, team: team)
    let finished = try withoutActuallyEscaping(tell) { tell in
      var finisher = finisher
      finisher.progress = { try tell(.finishing($0), $1) }
      return try finisher.finish()
    }
    report.finish(finished)
    // The caller's sink is called on the caller's thread.
    try finished.source.forEachChunk(team: team, progress: { try tell(.writing, $0) }) { buffer in
      try sink.write(buffer)
      return []
    }
    try tell(.writing, restyling.frameCount)
    return report
  }
}

/// The store of a rendered clip until its last gain is known: memory for a content in memory, otherwise a temporary
/// file.
private enum Spool {
  case memory(MemorySink)
  case file(SpoolFile)

  init(for content: any FrameSource) throws {
    if content is MemorySource {
      self = .memory(MemorySink(channelCount: content.channelCount))
    } else {
      self = .file(
        try SpoolFile(
          channelCount: content.channelCount, expectedFrameCount: content.expectedFrameCount ?? 0))
    }
  }

  var sink: any FrameSink {
    switch self {
    case .memory(let sink): sink
    case .file(let file): SpoolSink(file)
    }
  }

  func source(like content: any FrameSource) -> any FrameSource {
    switch self {
    case .memory(let sink):
      MemorySource(
        sink.channels, sampleRate: content.sampleRate, name: content.name, lfeChannels: content.lfeChannels)
    case .file(let file): SpoolSource(file, like: content)
    }
  }
}
