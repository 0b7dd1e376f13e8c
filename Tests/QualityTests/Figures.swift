import AudioRestyle
import Foundation
import Tensors

/// What a clip measures, rounded to 0.001 dB: levels of its bands, loudness, peaks.
struct Figures: Codable, Equatable {
  /// The number of sample frames.
  var frameCount: Int
  /// Integrated loudness in LUFS (mono counts as two channels, as in the library).
  var loudness: Double
  /// True peak in dBTP.
  var truePeak: Double
  /// The root mean square of all samples in dBFS.
  var rms: Double
  /// The largest sample in dB above the root mean square.
  var crest: Double
  /// Mean and spread of each band's level in dB by view, over the frames in which the *content* is active.
  ///
  /// Frames fixed by the content leave no gate that a small change of the result could move.
  var bands: [String: Bands]

  struct Bands: Codable, Equatable {
    var mean: [Double]
    var spread: [Double]
  }

  /// How far figures may be apart.
  ///
  /// On one machine equal code gives equal bits. Another order of sums, another processor's kernels or another phase of a
  /// frame change levels by some 0.001 dB; a twentieth of a decibel is beyond hearing. On the other side a strength that
  /// is off by 1 %, or one band by 0.1 dB, must not pass: `GoldenTests` shows that it does not.
  enum Tolerance {
    /// Of loudness and root mean square: the level is solved for to 0.01 dB, and both are means over seconds.
    static let level = 0.02
    /// Of true peak and crest: one sample decides, through a limiter whose gain is found to 0.01 dB.
    static let peak = 0.05
    /// Of a band's mean: a third of the smallest change that must be noticed, 0.1 dB in one band.
    static let mean = 0.03
    /// Of a band's spread: less than 1 % of a usual spread of 8 dB.
    static let spread = 0.05
  }

  /// Measures a result.
  ///
  /// - Parameters:
  ///   - result: The clip.
  ///   - content: The clip that it was made of, of the same length; its active frames are those that count.
  ///   - modes: The stereo modes whose views are measured; those of one channel are linked.
  init(_ result: Material, content: Material, modes: [StereoMode]) throws {
    let learner = ProfileLearner(measuresDistributions: false, measuresFrames: false)
    let profile = try learner.learn(result.source)
    let samples = result.channels.joined()
    let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    let largest = samples.reduce(0.0) { max($0, Double(abs($1))) }
    frameCount = result.frameCount
    loudness = Self.rounded(profile.loudness ?? -200)
    truePeak = Self.rounded(profile.truePeak)
    rms = Self.rounded(10 * log10(max(power, 1e-20)))
    crest = Self.rounded(20 * log10(max(largest, 1e-10)) - 10 * log10(max(power, 1e-20)))
    bands = [:]
    let own = try Self.levels(content, .linked)
    let active = Self.activeFrames(own.values)
    for mode in modes {
      let sequence = try Self.levels(result, mode)
      for (index, view) in sequence.grid.views.enumerated() {
        bands[view.name] = Bands(sequence.values, view: index, frames: active)
      }
    }
  }

  /// The levels of the bands of a clip.
  static func levels(_ clip: Material, _ mode: StereoMode) throws -> FeatureSequence {
    var options = RestyleOptions()
    options.stereo = mode
    return try Restyler(options: options).extractFeatures(from: clip.source)
  }

  /// The frames within 40 dB of the 98th percentile of the sum of a view's bands.
  static func activeFrames(_ levels: Tensor3<Float>) -> [Int] {
    let broadband = (0..<levels.shape.l).map { frame in
      10 * log10((0..<levels.shape.c).reduce(0) { $0 + pow(10, Double(levels[0, $1, frame]) / 10) })
    }
    let sorted = broadband.sorted()
    let gate = sorted[(sorted.count - 1) * 98 / 100] - 40
    return broadband.indices.filter { broadband[$0] >= gate }
  }

  static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  /// Where figures are further apart than allowed, one line each.
  func differences(from golden: Figures) -> [Difference] {
    var result: [Difference] = []
    func compare(_ name: String, _ own: Double, _ other: Double, _ tolerance: Double) {
      if !(abs(own - other) <= tolerance) {
        result.append(Difference(name: name, found: own, expected: other, tolerance: tolerance))
      }
    }
    compare("frames", Double(frameCount), Double(golden.frameCount), 0)
    compare("loudness", loudness, golden.loudness, Tolerance.level)
    compare("true peak", truePeak, golden.truePeak, Tolerance.peak)
    compare("rms", rms, golden.rms, Tolerance.level)
    compare("crest", crest, golden.crest, Tolerance.peak)
    for view in Set(bands.keys).union(golden.bands.keys).sorted() {
      let (own, other) = (bands[view], golden.bands[view])
      let counts = (Double(own?.mean.count ?? 0), Double(other?.mean.count ?? 0))
      compare("\(view) bands", counts.0, counts.1, 0)
      guard let own, let other, counts.0 == counts.1 else { continue }
      for band in own.mean.indices {
        compare("\(view) band \(band) mean", own.mean[band], other.mean[band], Tolerance.mean)
        compare("\(view) band \(band) spread", own.spread[band], other.spread[band], Tolerance.spread)
      }
    }
    return result
  }

  /// A figure that is not what it should be.
  struct Difference: CustomStringConvertible {
    let name: String
    let found: Double
    let expected: Double
    let tolerance: Double

    var isOfBand: Bool { name.contains("band ") }

    var description: String { "\(name): expected \(expected) ± \(tolerance), found \(found)" }
  }
}

extension Figures.Bands {
  /// Mean and spread over some frames of one view of a sequence.
  init(_ levels: Tensor3<Float>, view: Int, frames: [Int]) {
    (mean, spread) = ([], [])
    for channel in 0..<levels.shape.c {
      let values = frames.map { Double(levels[view, channel, $0]) }
      let average = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(values.count)
      mean.append(Figures.rounded(average))
      spread.append(Figures.rounded(variance.squareRoot()))
    }
  }
}
