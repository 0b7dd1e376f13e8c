/// A feed-forward compressor: linked channels, soft knee, gain smoothed in dB.
///
/// Levels are taken over blocks of 16 frames, and gains interpolated between the blocks' ends.
struct Compressor {
  /// The level in dBFS (mean square over the detector's time) above which gain is reduced.
  var threshold: Double
  /// The ratio of input to output change above the threshold.
  var ratio: Double
  /// The width of the soft knee in dB.
  var knee = 6.0
  /// Seconds for 63 % of a rise.
  var attack: Double
  /// Seconds for 63 % of a fall.
  var release: Double
  /// The gain in dB behind the compressor.
  var makeUp = 0.0

  private static let blockLength = 16

  /// Compresses a clip in place.
  func apply(to clip: inout Clip) {
    let block = Self.blockLength
    let blockRate = clip.rate / Double(block)
    let falling = 1 - Arithmetic.exp(-1 / (attack * blockRate))
    let rising = 1 - Arithmetic.exp(-1 / (release * blockRate))
    var detector = OnePole(time: 0.005, rate: blockRate)
    var reduction = 0.0
    var gain = Arithmetic.amplitude(decibels: makeUp)
    for start in stride(from: 0, to: clip.frameCount, by: block) {
      let end = min(start + block, clip.frameCount)
      var power = 0.0
      for channel in clip.channels {
        for index in start..<end { power += channel[index] * channel[index] }
      }
      power = detector.process(power / Double((end - start) * clip.channels.count))
      let target = reductionTarget(level: Arithmetic.decibels(amplitude: power.squareRoot()))
      reduction += (target < reduction ? falling : rising) * (target - reduction)
      let next = Arithmetic.amplitude(decibels: reduction + makeUp)
      let step = (next - gain) / Double(end - start)
      for channel in clip.channels.indices {
        for index in start..<end {
          clip.channels[channel][index] *= gain + step * Double(index - start)
        }
      }
      gain = next
    }
  }

  /// The gain in dB, at most 0, that the curve asks for at a level in dB.
  private func reductionTarget(level: Double) -> Double {
    let over = level - threshold
    let slope = 1 / ratio - 1
    if over <= -knee / 2 { return 0 }
    if over >= knee / 2 { return slope * over }
    let inside = over + knee / 2
    return slope * inside * inside / (2 * knee)
  }
}
