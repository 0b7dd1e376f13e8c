import AudioRestyle
import Foundation
import SoundFiles

@testable import SampleSynthesis

/// A clip in memory: what the quality tests restyle, and what comes out.
struct Material: Sendable {
  /// The clip's name in the tests and in the golden file.
  var name: String
  /// The samples, one array a channel.
  var channels: [[Float]]
  /// The sample rate in Hz.
  var rate: Double

  /// The clip as a source of frames.
  var source: MemorySource { MemorySource(channels, sampleRate: rate, name: name) }

  /// The number of sample frames.
  var frameCount: Int { channels.first?.count ?? 0 }

  /// The folder of the bundled clips.
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/audio").standardized

  /// The path of a bundled clip.
  static func path(_ name: String) -> String {
    folder.appending(path: "\(name).flac").path(percentEncoded: false)
  }

  /// A bundled clip.
  static func bundled(_ name: String) throws -> Material {
    Material(try read(path(name)), name: name)
  }

  /// Reads a sound file.
  static func read(_ path: String) throws -> (channels: [[Float]], rate: Double) {
    let reader = try SoundFileReader(path: path)
    let count = reader.info.channelCount
    var channels = [[Float]](repeating: [], count: count)
    var buffer = FrameBuffer(channelCount: count, capacity: 65536)
    while try reader.read(into: &buffer) > 0 {
      for channel in 0..<count {
        for frame in 0..<buffer.frameCount { channels[channel].append(buffer[channel, frame]) }
      }
    }
    return (channels, Double(reader.info.sampleRate))
  }

  init(_ sound: (channels: [[Float]], rate: Double), name: String) {
    (channels, rate, self.name) = (sound.channels, sound.rate, name)
  }

  /// The first (0) or second (1) half of the clip.
  func half(_ index: Int) -> Material {
    let length = frameCount / 2
    return Material(
      (channels.map { Array($0[index * length..<(index + 1) * length]) }, rate), name: "\(name)-\(index)")
  }

  /// The clip through a fixed chain: a cut at 300 Hz, a boost at 2.5 kHz, a high shelf and a compressor of 3:1.
  ///
  /// What a microphone and a broadcast chain do: within ±8 dB, with attack and release of a speech compressor. The chain
  /// uses only operations whose results IEEE 754 fixes, so it is the same on every machine.
  var treated: Material {
    var clip = Clip(mono: [], sampleRate: Int(rate))
    clip.channels = channels.map { $0.map(Double.init) }
    clip.filter(.peak(300, q: 1, decibels: -6, rate: rate))
    clip.filter(.peak(2500, q: 1, decibels: 6, rate: rate))
    clip.filter(.highShelf(6000, decibels: -8, rate: rate))
    Compressor(threshold: -30, ratio: 3, attack: 0.005, release: 0.12, makeUp: 6).apply(to: &clip)
    return Material((clip.channels.map { $0.map(Float.init) }, rate), name: "\(name)-treated")
  }
}

/// A folder of its own, removed with the value.
final class TemporaryFolder {
  let path = NSTemporaryDirectory() + "quality-" + UUID().uuidString

  init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }
}
