import AudioRestyle
import SoundFiles

/// A sound file that moves a progress bar while it is read.
final class ProgressSource: ForwardingSource {
  private let total: Int
  private let bar: ProgressBar
  private var done = 0

  init(_ reader: SoundFileReader, _ bar: ProgressBar) {
    total = max(reader.info.frameCount, 1)
    self.bar = bar
    super.init(reader)
  }

  override func rewind() throws {
    done = 0
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    done += count
    bar.update(Double(done) / Double(total))
    return count
  }
}
