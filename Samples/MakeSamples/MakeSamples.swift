import Foundation
import SampleSynthesis
import SoundFiles

/// Makes the demo's audio: `make-samples [FOLDER]`, by default into `Samples/audio`.
@main
enum MakeSamples {
  static func main() {
    let folder = CommandLine.arguments.dropFirst().first ?? "Samples/audio"
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for sample in Sample.all {
        let path = "\(folder)/\(sample.name).flac"
        try write(sample, to: path)
        print(path)
      }
    } catch {
      FileHandle.standardError.write(Data("error: \(error)\n".utf8))
      exit(74)
    }
  }

  /// Renders a sample and writes it as 16-bit FLAC, as small as the encoder can make it.
  private static func write(_ sample: Sample, to path: String) throws(SoundFileError) {
    let clip = sample.render()
    var options = SoundFileWriter.Options()
    options.quality = 0
    options.overwrites = true
    options.metadata[.title] = sample.title
    options.metadata[.comment] = sample.comment
    options.metadata[.license] = "Apache-2.0"
    let writer = try SoundFileWriter(
      path: path, format: SoundFileFormat(.flac, .pcm16), sampleRate: clip.sampleRate,
      channelCount: clip.channels.count, options: options)
    // The writer takes words in the high bits.
    try writer.writeIntegers(clip.samples16.map { Int32($0) << 16 })
    try writer.finish()
  }
}
