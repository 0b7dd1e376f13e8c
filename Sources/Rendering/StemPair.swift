package import SoundFiles
package import StyleProfiles

/// A mix and one of its stems as one source: the mix's channels, then the stem's.
///
/// Processors of both compute their gains from the mix's channels and apply them to all.
package final class StemPair: FrameSource {
  /// The mix.
  package let mix: any FrameSource
  /// The stem.
  package let stem: any FrameSource
  /// The meters of the stem, complete once it is read.
  package private(set) var meters: ClipMeters
  private let frameCount: Int
  private var position = 0
  private var mixed: FrameBuffer
  private var part: FrameBuffer

  /// Joins a mix and a stem with as many channels.
  ///
  /// - Parameters:
  ///   - mix: The mix.
  ///   - stem: The stem.
  ///   - frameCount: The mix's length in sample frames.
  package init(_ mix: any FrameSource, _ stem: any FrameSource, frameCount: Int) {
    precondition(mix.channelCount == stem.channelCount, "a stem has as many channels as its mix")
    (self.mix, self.stem, self.frameCount) = (mix, stem, frameCount)
    meters = ClipMeters(source: stem)
    mixed = FrameBuffer(channelCount: mix.channelCount, capacity: 0)
    part = mixed
  }

  package var sampleRate: Double { mix.sampleRate }
  package var channelCount: Int { mix.channelCount + stem.channelCount }
  package var name: String { stem.name }

  package func rewind() throws {
    try mix.rewind()
    try stem.rewind()
    meters = ClipMeters(source: stem)
    position = 0
  }

  /// Reads the next frames of both.
  ///
  /// - Throws: ``RestyleError/stemDoesNotFit(_:)`` where the stem is shorter or longer than the mix.
  package func read(into buffer: inout FrameBuffer) throws -> Int {
    if mixed.capacity != buffer.capacity {
      mixed = FrameBuffer(channelCount: mix.channelCount, capacity: buffer.capacity)
    }
    let count = try mix.read(into: &mixed)
    Self.copy(mixed, to: &buffer, firstChannel: 0, at: 0)
    var done = 0
    while done < count {
      if part.capacity != count - done {
        part = FrameBuffer(channelCount: stem.channelCount, capacity: count - done)
      }
      guard try stem.read(into: &part) > 0 else { throw misfit(frames: position + done) }
      meters.add(part)
      Self.copy(part, to: &buffer, firstChannel: mix.channelCount, at: done)
      done += part.frameCount
    }
    if count == 0 {
      let rest = try stem.readAndDrop(.max)
      guard rest == 0 else { throw misfit(frames: position + rest) }
      meters.finish()
    }
    position += count
    buffer.frameCount = count
    return count
  }

  private func misfit(frames found: Int) -> RestyleError {
    .stemDoesNotFit(
      "\(stem.name): expected a stem of \(frameCount) frames, as the mix \(mix.name) has, found \(found)")
  }

  private static func copy(
    _ source: FrameBuffer, to target: inout FrameBuffer, firstChannel: Int, at place: Int
  ) {
    for channel in 0..<source.channelCount {
      source.withChannel(channel) { samples in
        target.withMutableChannel(firstChannel + channel) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target[place..<place + samples.count].update(fromContentsOf: samples)
            }
          }
        }
      }
    }
  }
}

extension FrameBuffer {
  /// The valid frames of the channels from `first` on.
  package func channels(from first: Int) -> FrameBuffer {
    var result = FrameBuffer(channelCount: channelCount - first, capacity: frameCount)
    for channel in first..<channelCount {
      withChannel(channel) { samples in
        result.withMutableChannel(channel - first) { target in
          unsafe samples.withUnsafeBufferPointer { samples in
            unsafe target.withUnsafeMutableBufferPointer { target in
              _ = unsafe target.update(fromContentsOf: samples)
            }
          }
        }
      }
    }
    result.frameCount = frameCount
    return result
  }
}
