import AudioFeatures
import SoundFiles
import StyleProfiles

/// The first stage of writing a file: samples are quantised and interleaved.
final class PreparingStage: Stage {
  private let state: Exclusive<(preparer: FramePreparer, frames: InterleavedFrames)>
  /// The frames made in the last step; their memory is reused once they are written.
  private var lent = InterleavedFrames()

  init(_ preparer: FramePreparer) {
    state = Exclusive((preparer, InterleavedFrames()))
  }

  /// The preparer, which counts the clipped samples.
  var preparer: FramePreparer { state.use { $0.preparer } }

  func begin(_ chunk: FrameBuffer) -> [ThreadTeam.Job] {
    [ThreadTeam.Job(state) { $0.preparer.prepare(chunk, into: &$0.frames) }]
  }

  func end() -> InterleavedFrames {
    var free = lent
    free.clear()
    lent = state.use { state in
      defer { state.frames = free }
      return state.frames
    }
    return lent
  }
}

/// The last stage of writing a file: frames are encoded.
final class WritingStage: Stage {
  private let state: Exclusive<(writer: SoundFileWriter, frames: InterleavedFrames)>

  init(_ writer: SoundFileWriter) {
    state = Exclusive(lent: (writer, InterleavedFrames()))
  }

  func begin(_ frames: InterleavedFrames) -> [ThreadTeam.Job] {
    state.use { $0.frames = frames }
    return [ThreadTeam.Job(state) { try $0.writer.write(&$0.frames) }]
  }

  func end() { state.use { $0.frames = InterleavedFrames() } }
}
