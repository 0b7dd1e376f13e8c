import SoundFiles

/// The rendered clip in a temporary file, read as often as the last gain needs it.
final class SpoolSource: FrameSource {
  let sampleRate: Double
  let channelCount: Int
  let lfeChannels: [Int]
  let name: String
  private let file: SpoolFile

  /// A clip in a temporary file, with the facts of the one it was made from.
  init(_ file: SpoolFile, like content: any FrameSource) {
    self.file = file
    sampleRate = content.sampleRate
    channelCount = file.channelCount
    lfeChannels = content.lfeChannels
    name = content.name
  }

  func rewind() { file.rewind() }

  func read(into buffer: inout FrameBuffer) throws -> Int { try file.read(into: &buffer) }
}
