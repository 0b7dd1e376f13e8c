import Foundation

/// A gain in dB that follows the level of the sound: a compressor above its threshold, or an expander below it.
struct Dynamics {
  /// The level in dBFS at which the curve bends.
  var threshold: Double
  /// The output changes by 1/ratio dB for each dB above the threshold, or by `ratio` dB for each dB below it.
  var ratio: Double
  /// Whether levels below the threshold are lowered instead of levels above it.
  var isExpander = false
  /// Seconds for 63 % of a rise and of a fall of the followed level.
  var attack: Double
  var release: Double

  /// The deepest cut of an expander.
  private static let deepestCut = -40.0

  func apply(to samples: inout [Double], rate: Double) {
    let rising = 1 - exp(-1 / (attack * rate))
    let falling = 1 - exp(-1 / (release * rate))
    // As if the sound had gone on before: an onset out of silence would pass unchanged and set the clip's peak.
    var level = samples.reduce(0) { $0 + abs($1) } / Double(max(1, samples.count))
    for i in samples.indices {
      let size = abs(samples[i])
      level += (size > level ? rising : falling) * (size - level)
      samples[i] *= pow(10, gain(20 * log10(max(level, 1e-6))) / 20)
    }
  }

  private func gain(_ level: Double) -> Double {
    if isExpander { return max(Self.deepestCut, min(0, level - threshold) * (ratio - 1)) }
    return max(0, level - threshold) * (1 / ratio - 1)
  }
}
