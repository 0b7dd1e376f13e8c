import AudioRestyle
import SoundFiles

/// A sound file that moves a progress bar while it is read.
final class ProgressSource: FrameSource {
  private let reader: SoundFileReader
  private let bar: ProgressBar
  private var done = 0

  init(_ reader: SoundFileReader, _ bar: ProgressBar) {
    self.reader = reader
    self.bar = bar
  }

  var sampleRate: Double { reader.sampleRate }
  var channelCount: Int { reader.channelCount }
  var lfeChannels: [Int] { reader.lfeChannels }
  var name: String { reader.name }

  func rewind() throws {
    done = 0
    try reader.rewind()
  }

  func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try reader.read(into: &buffer)
    done += count
    bar.update(Double(done) / Double(max(reader.info.frameCount, 1)))
    return count
  }
}
