import AudioRestyle
import Foundation

/// Restyling from an app: progress in a task, samples that an app makes, a result that it takes, and stopping.
///
/// Run it in the package's folder; it reads Samples/audio.
@main
enum UseInApp {
  static func main() async throws {
    let style = try StyleProfile(learningFrom: "Samples/audio/old-radio.flac")
    let styles = [WeightedStyle(style)]

    // Samples in memory, on a thread of their own; the loop belongs to the task that shows progress.
    let tone = Tone(frequency: 220, duration: 2)
    var shown = 0.0
    for try await event in Restyler().events(
      restyling: [tone.samples], sampleRate: tone.sampleRate, towards: styles)
    {
      switch event {
      case .progress(let progress): shown = progress.share
      case .finished(let clip):
        print("in memory: \(clip.channels[0].count) frames, last progress \(shown)")
      }
    }

    // A source and a sink of one's own: nothing but a chunk of the clip is in memory.
    let counter = Counter()
    var stages: [String] = []
    _ = try Restyler().restyle(tone, towards: styles, into: counter) { progress in
      let name = "\(progress.stage)".prefix { $0.isLetter }
      if stages.last != String(name) { stages.append(String(name)) }
    }
    print("streamed: \(counter.frameCount) frames through \(stages.joined(separator: ", "))")

    // What `progress` throws ends the work, and so does leaving the loop or cancelling its task.
    do {
      _ = try Restyler().restyle(tone, towards: styles, into: Counter()) { progress in
        if progress.share > 0.3 { throw CancellationError() }
      }
    } catch is CancellationError {
      print("stopped")
    }

    // Errors say what was expected and what was found.
    do {
      _ = try MemorySource(checking: [[0, 1], [0]], sampleRate: 44100)
    } catch {
      print("error: \(error.localizedDescription)")
    }
  }
}

/// A clip that is computed while it is read.
final class Tone: FrameSource {
  let sampleRate = 44100.0
  let channelCount = 1
  let name = "tone"
  private let frequency: Double
  private let frameCount: Int
  private var position = 0

  init(frequency: Double, duration: Double) {
    self.frequency = frequency
    frameCount = Int(duration * sampleRate)
  }

  var expectedFrameCount: Int? { frameCount }

  var samples: [Float] { (0..<frameCount).map(sample) }

  func rewind() { position = 0 }

  func read(into buffer: inout FrameBuffer) -> Int {
    let count = min(buffer.capacity, frameCount - position)
    buffer.withMutableChannel(0) { target in
      for i in 0..<count { target[i] = sample(position + i) }
    }
    buffer.frameCount = count
    position += count
    return count
  }

  private func sample(_ frame: Int) -> Float {
    let time = Double(frame) / sampleRate
    return Float(
      0.2 * sin(2 * .pi * frequency * time) * exp(-3 * (2 * time).truncatingRemainder(dividingBy: 1)))
  }
}

/// Takes frames, as a player or an upload would.
final class Counter: FrameSink {
  private(set) var frameCount = 0

  func write(_ buffer: FrameBuffer) { frameCount += buffer.frameCount }
}
