import Foundation

/// A gain in dB that follows the level of the sound: a compressor above its threshold, or an expander below it.
///
/// The law of sox's `compand`: the followed level starts at −100 dB, and a compressor looks ahead by its attack.
struct Dynamics {
  /// The level in dBFS at which the curve bends.
  var threshold: Double
  /// The output changes by 1/ratio dB for each dB above the threshold, or by `ratio` dB for each dB below it.
  var ratio: Double
  /// How far in dB along either side the bend is rounded.
  var knee = 0.0
  /// Whether levels below the threshold are lowered instead of levels above it.
  var isExpander = false
  /// Seconds for 63 % of a rise and of a fall of the followed level.
  var attack: Double
  var release: Double

  /// The deepest cut of an expander.
  private static let deepestCut = -80.0

  func apply(to samples: inout [Double], rate: Double) {
    let rising = 1 - exp(-1 / (attack * rate))
    let falling = 1 - exp(-1 / (release * rate))
    let delay = isExpander ? 0 : Int(attack * rate)
    var level = 1e-5
    var factor = 1.0
    for i in 0..<samples.count + delay {
      if i < samples.count {
        let size = abs(samples[i])
        level += (size > level ? rising : falling) * (size - level)
        factor = pow(10, gain(20 * log10(max(level, 1e-5))) / 20)
      }
      if i >= delay { samples[i - delay] *= factor }
    }
  }

  private func gain(_ level: Double) -> Double {
    let distance = isExpander ? threshold - level : level - threshold
    let width = knee / 2.0.squareRoot()
    let active =
      abs(distance) < width ? (distance + width) * (distance + width) / (4 * width) : max(0, distance)
    return isExpander ? max(Self.deepestCut, -active * (ratio - 1)) : active * (1 / ratio - 1)
  }
}
