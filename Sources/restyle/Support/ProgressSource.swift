import AudioRestyle
import SoundFiles

/// A sound file that tells how much of it has been read.
final class ProgressSource: ForwardingSource {
  private let total: Int
  private let update: (Double) -> Void
  private var done = 0

  init(_ reader: SoundFileReader, _ update: @escaping (Double) -> Void) {
    total = max(reader.info.frameCount, 1)
    self.update = update
    super.init(reader)
  }

  override func rewind() throws {
    done = 0
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    done += count
    update(Double(done) / Double(total))
    return count
  }
}
