/// A drum loop of three bars at 116 beats a minute, uncompressed.
enum DrumClip {
  static func render() -> Clip {
    let sixteenth = 60 / 116.0 / 4
    var clip = Clip(seconds: 6.5, channels: 2, sampleRate: 44_100)
    var kit = DrumKit(rate: clip.rate, seed: 91)
    var random = RandomSource(seed: 92)

    func time(_ bar: Int, _ step: Int) -> Double {
      let swing = step % 2 == 1 ? 0.16 * sixteenth : 0
      return 0.04 + (Double(bar * 16 + step)) * sixteenth + swing + random.between(0, 0.004)
    }

    for bar in 0..<3 {
      for step in [0, 6, 10] + (bar == 1 ? [13] : []) {
        clip.add(kit.kick(velocity: step == 0 ? 1 : 0.82), at: time(bar, step), gain: 0.9)
      }
      let strokes = [(4, 0.95), (7, 0.18), (9, 0.22), (12, 1), (15, 0.15)]
      for (step, velocity) in strokes where bar < 2 || step < 12 {
        clip.add(kit.snare(velocity: velocity), at: time(bar, step), gain: 0.75, pan: -0.08)
      }
      for step in 0..<16 where bar < 2 || step < 12 {
        let open = step == 14
        let velocity = [0.85, 0.3, 0.55, 0.35][step % 4] * random.between(0.85, 1.1)
        clip.add(
          kit.hat(velocity: velocity, ring: open ? 0.16 : 0.032), at: time(bar, step), gain: 0.28, pan: 0.4)
      }
    }
    for (step, frequency, pan) in [(12, 165.0, -0.5), (13, 165, -0.5), (14, 124, 0.1), (15, 88, 0.55)] {
      clip.add(kit.tom(frequency: frequency, velocity: 0.8), at: time(2, step), gain: 0.7, pan: pan)
    }
    clip.filter(.highPass(32, rate: clip.rate))
    Room(decay: 0.45, damping: 5000, wet: 0.11, size: 0.8).apply(to: &clip)
    NoiseFloor(decibels: -78, seed: 93).apply(to: &clip)
    clip.applyGain(decibels: -8.9)
    clip.fadeEnds(in: 0.005, out: 0.1)
    return clip
  }
}
