import Foundation

/// A clip's long-term spectrum: the mean power in third octaves, in dB, over its active frames.
struct ThirdOctaves {
  /// The levels, from 50 Hz up to below half the sample rate.
  let levels: [Double]

  /// The frame in seconds (about 85 ms at usual rates, as a power of two), and how far in dB under the loudest a frame counts.
  private static let frameSeconds = 0.0854
  private static let gate = 35.0

  init(_ clip: Clip) {
    let length = 1 << Int(log2(Self.frameSeconds * clip.rate).rounded())
    let spectrum = Spectrogram(clip.samples, length: length, hop: length / 2)
    let bins = spectrum.binCount
    let powers = (0..<spectrum.frameCount).map { frame in
      (0..<bins).reduce(0.0) {
        let magnitude = Double(spectrum.magnitudes[frame * bins + $1])
        return $0 + magnitude * magnitude
      }
    }
    let least = (powers.max() ?? 0) * pow(10, -Self.gate / 10)
    let active = powers.indices.filter { powers[$0] >= least }
    let mean = (0..<bins).map { bin in
      active.reduce(0.0) {
        let magnitude = Double(spectrum.magnitudes[$1 * bins + bin])
        return $0 + magnitude * magnitude
      } / Double(max(1, active.count))
    }
    let (edge, width) = (pow(2, 1 / 6.0), clip.rate / Double(length))
    let centres = (-13...13).map { 1000 * pow(2, Double($0) / 3) }
    levels = centres.filter { $0 * edge < clip.rate / 2 }.map { centre in
      let (low, high) = (Int((centre / edge / width).rounded(.up)), Int(centre * edge / width))
      // A band narrower than a bin takes the nearest.
      let range = low <= high ? low...high : Int((centre / width).rounded())...Int((centre / width).rounded())
      return 10 * log10(max(mean[range].reduce(0, +), 1e-12))
    }
  }

  /// The root mean square of the differences in dB, without the difference in level.
  func distance(to other: ThirdOctaves) -> Double {
    let differences = zip(levels, other.levels).map { $0 - $1 }
    let mean = differences.reduce(0, +) / Double(max(1, differences.count))
    return (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, differences.count)))
      .squareRoot()
  }
}
