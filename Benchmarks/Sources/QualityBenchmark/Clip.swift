import AudioRestyle
import Foundation

/// A mono clip in memory.
struct Clip: Sendable {
  var samples: [Float]
  var rate: Double
  var name: String

  /// The peak in dBFS that every clip is brought to before it is measured.
  static let peak = -12.0

  /// The clip with its largest sample at ``peak``.
  var normalized: Clip {
    let largest = samples.reduce(0) { max($0, abs($1)) }
    guard largest > 0 else { return self }
    let factor = Float(pow(10, Self.peak / 20)) / largest
    return Clip(samples: samples.map { $0 * factor }, rate: rate, name: name)
  }

  /// The clip with ends that rise and fall over 1102 samples, as published.
  var faded: Clip {
    var result = self
    let count = min(1102, samples.count / 2)
    for i in 0..<count {
      let factor = Float(i) / Float(count - 1)
      result.samples[i] *= factor
      result.samples[samples.count - 1 - i] *= factor
    }
    return result
  }

  subscript(range: Range<Int>) -> Clip { Clip(samples: Array(samples[range]), rate: rate, name: name) }

  var source: MemorySource { MemorySource([samples], sampleRate: rate, name: name) }

  var loudness: Double {
    var meter = LoudnessMeter(sampleRate: rate, channelWeights: [1], measuresMonoAsDualMono: false)
    meter.process(samples.span, channel: 0)
    return meter.integratedLoudness ?? -70
  }

  var decibels: Double {
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, samples.count))
    return 10 * log10(max(power, 1e-12))
  }

  /// Reads a sound file and takes the mean of its channels.
  init(path: String) throws {
    let reader = try SoundFileReader(path: path)
    let count = reader.info.channelCount
    var buffer = FrameBuffer(channelCount: count, capacity: 65536)
    samples = []
    while try reader.read(into: &buffer) > 0 {
      for frame in 0..<buffer.frameCount {
        samples.append((0..<count).reduce(Float(0)) { $0 + buffer[$1, frame] } / Float(count))
      }
    }
    rate = Double(reader.info.sampleRate)
    name = URL(filePath: path).deletingPathExtension().lastPathComponent
  }

  init(samples: [Float], rate: Double, name: String) {
    (self.samples, self.rate, self.name) = (samples, rate, name)
  }

  func write(to path: String) throws {
    var options = SoundFileWriter.Options()
    options.overwrites = true
    let writer = try SoundFileWriter(
      path: path, format: SoundFileFormat(.wav, .float32), sampleRate: Int(rate),
      channelCount: 1, options: options)
    try writer.write(FrameBuffer(channels: [samples]))
    try writer.finish()
  }
}
