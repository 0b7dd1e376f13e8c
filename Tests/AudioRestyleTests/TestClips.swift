import AudioRestyle
import Foundation
import SoundFiles
import TestSupport

/// Clips with known properties, made from seeded numbers.
enum TestClips {
  /// A clip in memory as a source of frames.
  static func source(_ channels: [[Float]], rate: Double = 44100, name: String = "clip") -> MemorySource {
    MemorySource(channels, sampleRate: rate, name: name)
  }

  /// Noise with a low-pass of one pole, whose level wanders by about ±6 dB: all bands carry sound, none is constant.
  static func wandering(
    seed: UInt64, count: Int, rate: Double, amplitude: Float = 0.1, pole: Float = 0.8, depth: Double = 6
  ) -> [Float] {
    var noise = SplitMix64(state: seed)
    var state: Float = 0
    var level: Float = 0
    let step = Int(rate * 0.05)
    return (0..<count).map { n in
      if n % step == 0 { level = Float(pow(10, Double(noise.sample()) * depth / 20)) }
      state = pole * state + (1 - pole) * noise.sample()
      return amplitude * level * (state + 0.2 * noise.sample())
    }
  }

  /// A stereo clip with a common and a different part.
  static func stereo(seed: UInt64, count: Int, rate: Double, width: Float = 0.5, pole: Float = 0.8)
    -> [[Float]]
  {
    let mid = wandering(seed: seed, count: count, rate: rate, pole: pole)
    let side = wandering(seed: seed &+ 99, count: count, rate: rate, pole: pole)
    return [zip(mid, side).map { $0 + width * $1 }, zip(mid, side).map { $0 - width * $1 }]
  }

  /// A clip cut into buffers of these lengths in turn.
  static func buffers(_ channels: [[Float]], chunks: [Int]) -> [FrameBuffer] {
    var result: [FrameBuffer] = []
    var start = 0
    while start < channels[0].count {
      let end = min(channels[0].count, start + chunks[result.count % chunks.count])
      result.append(FrameBuffer(channels: channels.map { Array($0[start..<end]) }))
      start = end
    }
    return result
  }

  static func signalToNoise(_ a: [Float], _ b: [Float]) -> Double {
    let energy = a.reduce(0) { $0 + Double($1) * Double($1) }
    let error = zip(a, b).reduce(0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return error == 0 ? .infinity : 10 * log10(energy / error)
  }
}
