import Foundation

@testable import SampleSynthesis

/// The long-term spectrum of a clip in third octaves, by band-pass filters of its own: nothing here is the library's.
struct ThirdOctaves: Sendable {
  /// The mean power of each band in dB over active blocks.
  let levels: [Double]

  /// The centres in Hz.
  static let centres = (-12...12).map { 1000 * pow(2, Double($0) / 3) }

  /// The quality of two equal sections in a row that are together 3 dB down a third of an octave apart.
  ///
  /// A section's power gain at 2^(±1/6) is 1 / (1 + Q² (2^(1/6) − 2^(−1/6))²); two of them give one half.
  private static let quality = (2.0.squareRoot() - 1).squareRoot() / (pow(2, 1 / 6.0) - pow(2, -1 / 6.0))

  private static let blockSeconds = 0.085

  /// Takes the spectrum: blocks within 35 dB of the loudest count, and all channels' powers are added.
  init(_ clip: Material) {
    let block = Int(Self.blockSeconds * clip.rate)
    let powers = Self.centres.map { centre in
      clip.channels.reduce([Double](repeating: 0, count: clip.frameCount / block)) { sum, samples in
        let filter = Biquad.bandPass(centre, q: Self.quality, rate: clip.rate)
        return zip(sum, Self.blockPowers(samples, block, [filter, filter])).map { $0 + $1 }
      }
    }
    let whole = clip.channels.reduce([Double](repeating: 0, count: clip.frameCount / block)) { sum, samples in
      zip(sum, Self.blockPowers(samples, block, [])).map { $0 + $1 }
    }
    let gate = (whole.max() ?? 0) * pow(10, -3.5)
    let active = whole.indices.filter { whole[$0] >= gate }
    levels = powers.map { band in
      10 * log10(max(1e-14, active.reduce(0) { $0 + band[$1] } / Double(max(1, active.count))))
    }
  }

  private static func blockPowers(_ samples: [Float], _ block: Int, _ filters: [Biquad]) -> [Double] {
    var filters = filters
    var result: [Double] = []
    var sum = 0.0
    for (index, sample) in samples.enumerated() {
      var value = Double(sample)
      for i in filters.indices { value = filters[i].process(value) }
      sum += value * value
      if index % block == block - 1 {
        result.append(sum / Double(block))
        sum = 0
      }
    }
    return result
  }

  /// The root mean square of the differences in dB, without the difference in level, in bands up to a frequency.
  func distance(to other: ThirdOctaves, upTo highest: Double = .infinity) -> Double {
    let bands = Self.centres.indices.filter { Self.centres[$0] <= highest }
    let differences = bands.map { levels[$0] - other.levels[$0] }
    let mean = differences.reduce(0, +) / Double(differences.count)
    return (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(differences.count)).squareRoot()
  }
}
