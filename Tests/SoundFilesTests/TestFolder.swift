import Foundation
import SoundFiles

/// A folder of its own for each test, removed with the value.
final class TestFolder {
  let path: String

  init() {
    // In memory where the system offers it: every finished file is forced to disk otherwise.
    let memory = "/dev/shm"
    let base = FileManager.default.isWritableFile(atPath: memory) ? memory + "/" : NSTemporaryDirectory()
    path = base + "soundfiles-" + UUID().uuidString
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// All names in the folder, hidden ones included.
  var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  func bytes(_ name: String) -> [UInt8] {
    Array(FileManager.default.contents(atPath: file(name)) ?? Data())
  }

  @discardableResult
  func write(_ bytes: [UInt8], to name: String) -> String {
    _ = FileManager.default.createFile(atPath: file(name), contents: Data(bytes))
    return file(name)
  }

  /// Keeps only the first bytes of a file, under a new name.
  func cut(_ name: String, to count: Int, as newName: String) -> String {
    write(Array(bytes(name).prefix(count)), to: newName)
  }
}

/// Reproducible test signals.
enum Signal {
  /// Integers of a word length in the high bits of 32, with both extremes and 0 among them.
  static func integers(bits: Int, count: Int, seed: UInt64 = 1) -> [Int32] {
    let mask = Int32(-1) << Int32(32 - bits)
    var state = seed
    var values = (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int32(truncatingIfNeeded: state >> 32) & mask
    }
    let extremes: [Int32] = [Int32.min, Int32.max & mask, 0, 1 << Int32(32 - bits)]
    for (index, value) in extremes.enumerated() where index < count { values[index] = value }
    return values
  }

  /// A chord that differs by channel, at half scale.
  static func tone(frames: Int, channel: Int, sampleRate: Int) -> [Float] {
    let frequency = 200.0 + 70.0 * Double(channel)
    return (0..<frames).map { frame in
      let t = Double(frame) / Double(sampleRate)
      return Float(0.3 * sin(2 * .pi * frequency * t) + 0.15 * sin(2 * .pi * 3.1 * frequency * t))
    }
  }

  static func tones(channels: Int, frames: Int, sampleRate: Int) -> FrameBuffer {
    FrameBuffer(channels: (0..<channels).map { tone(frames: frames, channel: $0, sampleRate: sampleRate) })
  }
}

/// Writes a file in one go.
@discardableResult
func write(
  _ buffer: FrameBuffer, to path: String, _ format: SoundFileFormat, rate: Int = 44100,
  _ change: (inout SoundFileWriter.Options) -> Void = { _ in }
) throws -> SoundFileWriter {
  var options = SoundFileWriter.Options()
  change(&options)
  let writer = try SoundFileWriter(
    path: path, format: format, sampleRate: rate, channelCount: buffer.channelCount, options: options)
  try writer.write(buffer)
  try writer.finish()
  return writer
}

/// Reads all frames of a file in odd-sized blocks.
func readAll(_ reader: SoundFileReader, block: Int = 1777) throws -> [[Float]] {
  var buffer = FrameBuffer(channelCount: reader.info.channelCount, capacity: block)
  var channels = [[Float]](repeating: [], count: reader.info.channelCount)
  while try reader.read(into: &buffer) > 0 {
    for channel in channels.indices { channels[channel] += buffer.channel(channel) }
  }
  return channels
}

extension FormatCapability {
  /// A short name for parameterised tests.
  var testName: String { format.name }
}
