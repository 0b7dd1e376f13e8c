/// A synthesised recording: planar frames with a full scale of ±1.
package struct Clip {
  /// Frames a second.
  package let sampleRate: Int
  /// The frames of each channel.
  package internal(set) var channels: [[Double]]

  /// A silent clip.
  init(seconds: Double, channels: Int, sampleRate: Int) {
    self.sampleRate = sampleRate
    let frames = Int(seconds * Double(sampleRate))
    self.channels = Array(repeating: Array(repeating: 0, count: frames), count: channels)
  }

  /// A clip of one channel.
  init(mono: [Double], sampleRate: Int) {
    self.sampleRate = sampleRate
    self.channels = [mono]
  }

  /// The number of frames.
  package var frameCount: Int { channels.first?.count ?? 0 }

  /// The frame rate for computations.
  var rate: Double { Double(sampleRate) }

  /// Adds a mono sound from a time on; what goes past the end is left out.
  ///
  /// - Parameters:
  ///   - sound: The frames, at this clip's rate.
  ///   - seconds: Where the sound starts.
  ///   - gain: A factor.
  ///   - pan: −1 is left, 1 is right, at equal power; without meaning in a mono clip.
  mutating func add(_ sound: [Double], at seconds: Double, gain: Double = 1, pan: Double = 0) {
    let start = max(0, Int(seconds * rate))
    let count = min(sound.count, frameCount - start)
    guard count > 0 else { return }
    for channel in channels.indices {
      var factor = gain
      if channels.count == 2 {
        let turns = (pan + 1) / 8
        factor *= channel == 0 ? Arithmetic.cosine(turns: turns) : Arithmetic.sine(turns: turns)
      }
      for index in 0..<count {
        channels[channel][start + index] += factor * sound[index]
      }
    }
  }

  /// Adds another clip of the same rate and channel count from the start.
  mutating func add(_ other: Clip, gain: Double = 1) {
    precondition(other.sampleRate == sampleRate && other.channels.count == channels.count)
    for channel in channels.indices {
      for index in 0..<min(frameCount, other.frameCount) {
        channels[channel][index] += gain * other.channels[channel][index]
      }
    }
  }

  /// Replaces each channel by what a closure makes of it.
  mutating func mapChannels(_ transform: ([Double]) -> [Double]) {
    for channel in channels.indices {
      channels[channel] = transform(channels[channel])
    }
  }

  /// Replaces each frame of each channel, in order of time, by what a freshly made processor makes of it.
  mutating func process<Processor>(
    _ make: () -> Processor, _ step: (inout Processor, Double) -> Double
  ) {
    for channel in channels.indices {
      var processor = make()
      for index in channels[channel].indices {
        channels[channel][index] = step(&processor, channels[channel][index])
      }
    }
  }

  /// Sends all channels through a filter.
  mutating func filter(_ biquad: Biquad) {
    process({ biquad }, { filter, x in filter.process(x) })
  }

  /// Multiplies by a gain in dB.
  mutating func applyGain(decibels: Double) {
    let factor = Arithmetic.amplitude(decibels: decibels)
    mapChannels { channel in channel.map { $0 * factor } }
  }

  /// Fades in and out, so that the clip starts and ends without a click.
  mutating func fadeEnds(in fadeIn: Double, out fadeOut: Double) {
    let rising = Int(fadeIn * rate)
    let falling = Int(fadeOut * rate)
    for channel in channels.indices {
      for index in 0..<rising {
        channels[channel][index] *= 0.5 - 0.5 * Arithmetic.cosine(turns: 0.5 * Double(index) / Double(rising))
      }
      for index in 0..<falling {
        let factor = 0.5 - 0.5 * Arithmetic.cosine(turns: 0.5 * Double(index) / Double(falling))
        channels[channel][frameCount - 1 - index] *= factor
      }
    }
  }

  /// The frames as 16-bit integers, interleaved; 1 is 32768, rounded to the nearest.
  package var samples16: [Int16] {
    var result: [Int16] = []
    result.reserveCapacity(frameCount * channels.count)
    for index in 0..<frameCount {
      for channel in channels {
        result.append(Int16(max(-32768, min(32767, (channel[index] * 32768).rounded()))))
      }
    }
    return result
  }
}
