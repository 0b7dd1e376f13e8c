/// An electric piano by frequency modulation: a tine at the fundamental, a bell above it that fades quickly.
struct ElectricPiano {
  /// The frequency in Hz.
  var frequency: Double
  /// How hard the key is struck, from 0 to 1: louder and brighter.
  var velocity: Double

  /// The note's sound; the key is let go after `held` seconds.
  func render(held: Double, rate: Double) -> [Double] {
    let release = 0.12
    let count = Int((held + 4 * release) * rate)
    var result: [Double] = []
    result.reserveCapacity(count)
    let decay = 2.2 * (220 / frequency).squareRoot()
    for index in 0..<count {
      let time = Double(index) / rate
      let tine = 0.9 * velocity * Arithmetic.exp(-time / (0.5 * decay))
      let bell = 0.35 * velocity * velocity * Arithmetic.exp(-time / 0.18)
      let modulation =
        tine * Arithmetic.sine(turns: frequency * time) + bell * Arithmetic.sine(turns: 14 * frequency * time)
      let carrier = Arithmetic.sine(turns: frequency * time + modulation / (2 * Arithmetic.pi) * 1.6)
      var level = velocity * Arithmetic.exp(-time / decay) * min(1, time / 0.004)
      if time > held {
        let t = min(1, (time - held) / (4 * release))
        level *= Arithmetic.exp(-(time - held) / release) * (1 - t)
      }
      result.append(level * carrier)
    }
    return result
  }
}
