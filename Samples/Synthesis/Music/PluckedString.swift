/// A plucked string after Karplus and Strong (1983) with the tuning of Jaffe and Smith (1983).
///
/// A burst of noise circulates in a delay of one period; a low-pass filter in the loop takes the treble away
/// faster than the bass, as a string does.
struct PluckedString {
  /// The frequency in Hz.
  var frequency: Double
  /// Seconds until the fundamental has fallen by 60 dB.
  var decay: Double
  /// How hard the string is plucked, from 0 to 1: louder and brighter.
  var velocity: Double
  /// Where it is plucked, as a part of its length.
  var position = 0.17
  /// The loop filter's weight of the past value, from 0 (bright) to 0.5 (dull).
  var dullness = 0.32

  /// The string's sound for a number of seconds.
  func render(seconds: Double, rate: Double, random: inout RandomSource) -> [Double] {
    let period = rate / frequency
    let loss = Arithmetic.amplitude(decibels: -60 * period / (decay * rate))
    // The loop filter (1 − d) + d·z⁻¹ delays by d frames at low frequencies; the rest is tuned by an all-pass.
    let needed = period - dullness
    let whole = Int(needed - 0.3)
    let fraction = needed - Double(whole)
    let coefficient = (1 - fraction) / (1 + fraction)
    var ring = excitation(length: whole, rate: rate, random: &random)
    let count = Int(seconds * rate)
    var result: [Double] = []
    result.reserveCapacity(count)
    var index = 0
    var lastFiltered = 0.0
    var lastRead = 0.0
    var tuned = 0.0
    let release = Int(0.05 * rate)
    for frame in 0..<count {
      let read = ring[index]
      let filtered = loss * ((1 - dullness) * read + dullness * lastRead)
      lastRead = read
      tuned = coefficient * (filtered - tuned) + lastFiltered
      lastFiltered = filtered
      ring[index] = tuned
      index = index + 1 == whole ? 0 : index + 1
      let fade = count - frame < release ? Double(count - frame) / Double(release) : 1
      result.append(read * fade)
    }
    return result
  }

  /// One period of noise, softer for a gentle pluck, with the notches of the plucking position, without a mean.
  private func excitation(length: Int, rate: Double, random: inout RandomSource) -> [Double] {
    var softness = OnePole(frequency: 900 + 9000 * velocity * velocity, rate: rate)
    var noise = (0..<length).map { _ in random.bipolar() }
    for _ in 0..<2 { noise = noise.map { softness.process($0) } }
    let offset = max(1, Int(position * Double(length)))
    var burst = noise.indices.map { noise[$0] - 0.9 * noise[($0 + length - offset) % length] }
    let mean = burst.reduce(0, +) / Double(length)
    let power = burst.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(length)
    let scale = (0.25 + 0.75 * velocity) / power.squareRoot()
    for index in burst.indices { burst[index] = (burst[index] - mean) * scale }
    return burst
  }
}
