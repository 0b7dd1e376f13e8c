/// A drum kit from sines and filtered noise.
struct DrumKit {
  private let rate: Double
  private var random: RandomSource

  init(rate: Double, seed: UInt64) {
    self.rate = rate
    random = RandomSource(seed: seed)
  }

  /// A bass drum: a sine that falls from 190 to 52 Hz, with the beater's click.
  mutating func kick(velocity: Double) -> [Double] {
    var phase = 0.0
    var click = Biquad.bandPass(1500, q: 0.5, rate: rate)
    return frames(0.42) { [rate] time, random in
      let frequency = 52 + 138 * Arithmetic.exp(-time / 0.028)
      phase += frequency / rate
      let body = Arithmetic.sine(turns: phase) * Arithmetic.exp(-time / 0.13) * min(1, time / 0.002)
      let beater = click.process(random.bipolar()) * Arithmetic.exp(-time / 0.004)
      return velocity * (Arithmetic.tanh(1.5 * body) + 0.9 * velocity * beater)
    }
  }

  /// A snare drum: two modes of the head and the wires' noise.
  mutating func snare(velocity: Double) -> [Double] {
    var wires = Biquad.highPass(420, q: 0.5, rate: rate)
    var colour = Biquad.peak(3600, q: 0.5, decibels: 4, rate: rate)
    var air = Biquad.lowPass(5000 + 9000 * velocity, rate: rate)
    return frames(0.32) { time, random in
      let rise = min(1, time / 0.001)
      let bend = 1 + 0.25 * Arithmetic.exp(-time / 0.012)
      let head =
        Arithmetic.sine(turns: 186 * bend * time) * Arithmetic.exp(-time / 0.055)
        + 0.6 * Arithmetic.sine(turns: 331 * bend * time) * Arithmetic.exp(-time / 0.035)
      let noise = air.process(colour.process(wires.process(random.bipolar())))
      let rattle = noise * (0.75 * Arithmetic.exp(-time / 0.075) + 0.25 * Arithmetic.exp(-time / 0.012))
      return velocity * rise * (0.75 * head + (0.35 + 0.5 * velocity) * rattle)
    }
  }

  /// A hi-hat: six square waves without a common period, high-passed, with noise.
  ///
  /// - Parameters:
  ///   - velocity: How hard it is hit, from 0 to 1.
  ///   - ring: The time constant of its decay in seconds: 0.03 is closed, 0.2 open.
  mutating func hat(velocity: Double, ring: Double) -> [Double] {
    let tones = [2190.0, 3070, 3630, 4150, 5430, 6890].map { $0 * random.between(0.99, 1.01) / rate }
    var phases = tones.map { _ in random.unit() }
    var high = Biquad.highPass(6200, rate: rate)
    var higher = Biquad.highPass(2200, q: 0.5, rate: rate)
    return frames(min(0.6, 7 * ring)) { time, random in
      var metal = 0.0
      for index in tones.indices {
        phases[index] += tones[index]
        if phases[index] >= 1 { phases[index] -= 1 }
        metal += phases[index] < 0.5 ? 1 : -1
      }
      let bright = higher.process(high.process(metal / 6 + 0.6 * random.bipolar()))
      let decay = 0.8 * Arithmetic.exp(-time / ring) + 0.2 * Arithmetic.exp(-time / 0.008)
      return velocity * bright * decay * min(1, time / 0.0006)
    }
  }

  /// A tom: a falling sine with a little noise of the stick.
  mutating func tom(frequency: Double, velocity: Double) -> [Double] {
    var phase = 0.0
    var stick = Biquad.bandPass(1800, q: 0.7, rate: rate)
    return frames(0.45) { [rate] time, random in
      phase += frequency * (1 + 0.35 * Arithmetic.exp(-time / 0.04)) / rate
      let head = Arithmetic.sine(turns: phase) + 0.3 * Arithmetic.sine(turns: 1.59 * phase)
      let tick = stick.process(random.bipolar()) * Arithmetic.exp(-time / 0.006)
      return velocity * (head * Arithmetic.exp(-time / 0.14) * min(1, time / 0.0015) + 0.5 * tick)
    }
  }

  /// Frames from a function of the time in seconds, faded out at the end.
  private mutating func frames(
    _ seconds: Double, _ value: (Double, inout RandomSource) -> Double
  ) -> [Double] {
    let count = Int(seconds * rate)
    let release = Int(0.02 * rate)
    var result: [Double] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      let fade = count - index < release ? Double(count - index) / Double(release) : 1
      result.append(fade * value(Double(index) / rate, &random))
    }
    return result
  }
}
