/// A small room: damped feedback combs into all-pass filters, after Schroeder and Moorer, one set a channel.
struct Room {
  /// Seconds until the reverberation has fallen by 60 dB.
  var decay: Double
  /// The corner frequency in Hz of the damping in each reflection.
  var damping: Double
  /// The level of the reverberation, as a factor.
  var wet: Double
  /// The size: 1 has its first reflections after about 20 ms.
  var size = 1.0

  private static let combSeconds = [0.0297, 0.0371, 0.0411, 0.0437]
  private static let allPassSeconds = [0.0050, 0.0017]

  /// Adds the room to a clip in place; the channels' delays differ by a few per cent.
  func apply(to clip: inout Clip) {
    for channel in clip.channels.indices {
      let scale = size * (1 + 0.037 * Double(channel))
      var combs = Self.combSeconds.map {
        Comb(seconds: $0 * scale, decay: decay, damping: damping, rate: clip.rate)
      }
      var allPasses = Self.allPassSeconds.map { AllPass(seconds: $0 * scale, rate: clip.rate) }
      for index in 0..<clip.frameCount {
        let x = clip.channels[channel][index]
        var y = 0.0
        for comb in combs.indices { y += combs[comb].process(x) }
        y *= 0.25
        for allPass in allPasses.indices { y = allPasses[allPass].process(y) }
        clip.channels[channel][index] = x + wet * y
      }
    }
  }

  private struct Comb {
    private var line: DelayLine
    private let length: Int
    private let feedback: Double
    private var damper: OnePole

    init(seconds: Double, decay: Double, damping: Double, rate: Double) {
      length = Int(seconds * rate)
      line = DelayLine(capacity: length)
      feedback = Arithmetic.amplitude(decibels: -60 * seconds / decay)
      damper = OnePole(frequency: damping, rate: rate)
    }

    mutating func process(_ x: Double) -> Double {
      let y = line.at(length - 1)
      line.write(x + feedback * damper.process(y))
      return y
    }
  }

  private struct AllPass {
    private var line: DelayLine
    private let length: Int

    init(seconds: Double, rate: Double) {
      length = Int(seconds * rate)
      line = DelayLine(capacity: length)
    }

    mutating func process(_ x: Double) -> Double {
      let past = line.at(length - 1)
      let inner = x + 0.6 * past
      line.write(inner)
      return past - 0.6 * inner
    }
  }
}
