import Foundation

/// How far a result is from the truth, and from the style; every value is smaller for better results.
struct Measures: Sendable {
  /// The names of the values, in order.
  static let names = [
    "MRSTFT", "MSD", "centroid Hz", "RMS", "LUFS", "crest dB", "band mean dB", "band spread dB",
    "roughness dB", "style dB",
  ]

  private(set) var values: [Double]

  /// Compares a result with the truth, both brought to the same peak, and its long-term spectrum with the style's.
  init(of result: Clip, truth: Clip, style: Clip) {
    let (result, truth) = (result.normalized, truth.normalized)
    func centroid(_ clip: Clip) -> Double {
      Spectrogram(clip.samples, length: 2048, hop: 512).meanCentroid(rate: clip.rate)
    }
    let (own, wanted) = (BandLevels(result), BandLevels(truth))
    let active = wanted.activeFrames
    let (found, aim) = (own.moments(over: active), wanted.moments(over: active))
    let tone = zip(found.mean, aim.mean).map { $0 - $1 }
    let average = tone.reduce(0, +) / Double(tone.count)
    let level = abs(result.decibels - truth.decibels)
    values = [
      SpectralDistance.multiResolution(result, truth), SpectralDistance.mel(result, truth),
      abs(centroid(result) - centroid(truth)),
      // In units of 20 · ln, as published.
      level * log(10), abs(result.loudness - truth.loudness),
      // Peaks are equal, so crest factors differ as levels do.
      level, Self.rootMeanSquare(tone.map { $0 - average }),
      Self.rootMeanSquare(zip(found.spread, aim.spread).map { $0 - $1 }), own.roughness(relativeTo: wanted),
      ThirdOctaves(result).distance(to: ThirdOctaves(style)),
    ]
  }

  private init(values: [Double]) { self.values = values }

  /// The mean of each value.
  static func mean(_ all: [Measures]) -> Measures {
    Measures(
      values: names.indices.map { index in all.reduce(0) { $0 + $1.values[index] } / Double(max(1, all.count))
      })
  }

  private static func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }
}
