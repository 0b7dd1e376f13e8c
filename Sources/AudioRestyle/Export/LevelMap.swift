import AudioFeatures
import Foundation
import Rendering
import Restylings
import StyleProfiles

/// A map of levels of a restyling, as points on the curve of a compressor or an expander.
///
/// A restyling has up to four such maps, which act one after the other: of the level of frames, of two envelopes, and
/// of the momentary loudness. Methods that move each band separately (`adain`, `efdm`, `transport`) have no map of
/// frames, as a compressor of one band cannot follow them.
public struct LevelMap: Hashable, Codable, Sendable {
  /// The detectors that give the level.
  public enum Detector: String, Hashable, Codable, Sendable {
    /// The level of frames of 43 ms, over all bands.
    case frames
    /// The momentary loudness over 400 ms (ITU-R BS.1770-4).
    case loudness
    /// An envelope of the samples.
    case envelope
  }

  /// The detector that gives the level.
  public var detector: Detector
  /// The unit of the levels: `LUFS` or `dBFS`.
  public var unit: String
  /// The time of falling gains (attack) in seconds.
  public var attack: Double
  /// The time of rising gains (release) in seconds.
  public var release: Double
  /// The input levels: those of the clip after its tone and before its last gain, ascending.
  public var inputs: [Double]
  /// The output level of each input level, in the same unit.
  public var outputs: [Double]
  /// The compressor or expander with one threshold that fits the points best.
  public var nearest: CompressorSetting

  /// The least range of gains in dB; maps with a smaller one are left out.
  private static let smallestRange = 0.5

  init?(
    _ detector: Detector, unit: String, attack: Double, release: Double, inputs: [Double], gains: [Double]
  ) {
    guard let nearest = CompressorSetting(inputs: inputs, gains: gains), let highest = gains.max(),
      let lowest = gains.min(), highest - lowest >= Self.smallestRange
    else { return nil }
    self.detector = detector
    self.unit = unit
    (self.attack, self.release) = (attack, release)
    (self.inputs, outputs) = (inputs, zip(inputs, gains).map { $0 + $1 })
    self.nearest = nearest
  }

  /// The maps of a restyling, in the order in which they act.
  public static func maps(of restyling: Restyling) throws -> [LevelMap] {
    let frames = restyling.views.filter { $0.state == .restyled }.max {
      ($0.bands.contentMean.max() ?? 0) < ($1.bands.contentMean.max() ?? 0)
    }.flatMap { LevelMap(frames: $0, referenceBuckets: restyling.referenceBuckets) }
    let envelopes = restyling.envelope.map { LevelMap.maps(of: $0) } ?? []
    let loudness = try restyling.loudness.flatMap { try LevelMap(loudness: $0) }
    return [frames].compactMap(\.self) + envelopes + [loudness].compactMap(\.self)
  }

  /// The map of the broadband level of a view: y − x of its last feature, with the bias μc so that it has no tone.
  private init?(frames view: ViewRestyling, referenceBuckets: Int) {
    guard view.level != nil, let content = view.content.mean.last, let spread = view.content.spread.last,
      let styleSpread = view.style.spread.last
    else { return nil }
    var curve = LevelCurve(inputs: [], outputs: [], endSlope: 1)
    if case .level(let own)? = view.reshaping { curve = own }
    let levels =
      curve.inputs.isEmpty
      ? stride(from: -3.0, through: 3, by: 0.5).map { content + $0 * spread } : curve.inputs
    let ratio = spread > 0 ? styleSpread / spread : 1
    let gains = levels.map { ratio * (curve($0) - content) + content - $0 }
    let shift = Double(referenceBuckets) / 2
    let time = STFTGeometry.windowDuration
    self.init(
      .frames, unit: "dBFS", attack: time, release: time, inputs: levels.map { $0 - shift }, gains: gains)
  }

  private static func maps(of envelope: EnvelopeGain) -> [LevelMap] {
    zip(EnvelopeMeter.times, envelope.tables).compactMap { times, table in
      LevelMap(
        .envelope, unit: "dBFS", attack: times.attack, release: times.release,
        inputs: table.indices.map { envelope.lowestLevel + Double($0) * EnvelopeGain.step }, gains: table)
    }
  }

  private init?(loudness: LoudnessRestyling) throws {
    let levels = loudness.reshaping.inputs
    self.init(
      .loudness, unit: "LUFS", attack: LoudnessRider.attack, release: LoudnessRider.release,
      inputs: levels.map { $0 + loudness.anchor }, gains: try loudness.gains(levels))
  }
}

/// The settings of a compressor or an expander with one threshold.
///
///     g = M + (s − 1) · max(0, x − T)    acts above the threshold
///     g = M + (s − 1) · min(0, x − T)    acts below the threshold
///
/// g: gain in dB; x: level; T: threshold; s = 1/ratio: slope; M: make-up gain in dB. The settings have the least sum of
/// squared errors over the points of a map, of thresholds 0.25 dB apart; on a map over more than 250 dB they stand
/// further apart.
public struct CompressorSetting: Hashable, Codable, Sendable {
  /// Whether it acts above its threshold, rather than below.
  public var actsAbove: Bool
  /// The threshold T, in the unit of the levels.
  public var threshold: Double
  /// The ratio 1/s: the rise of the input level in dB for 1 dB of the output level; below 1 it expands.
  public var ratio: Double
  /// The make-up gain M in dB.
  public var makeUp: Double
  /// The root mean square of the error over the points in dB.
  public var rmsError: Double
  /// The largest error over the points in dB.
  public var largestError: Double

  private static let slopes = 0.02...10.0
  private static let step = 0.25
  /// The largest number of steps between thresholds, and of thresholds times points; maps from files have any range.
  private static let (mostSteps, mostWork) = (1000, 1 << 22)

  /// Fits the settings to gains in dB at ascending levels; `nil` for fewer than 3 levels.
  init?(inputs: [Double], gains: [Double]) {
    guard inputs.count > 2, let first = inputs.first, let last = inputs.last, last > first,
      (last - first).isFinite
    else { return nil }
    let most = max(1, min(Self.mostSteps, Self.mostWork / inputs.count))
    let step = max(Self.step, (last - first) / Double(most))
    let count = Int((last - first) / step)
    var best: CompressorSetting?
    for actsAbove in [true, false] {
      for number in 0...count {
        let setting = CompressorSetting(
          inputs, gains, actsAbove: actsAbove, threshold: first + Double(number) * step)
        if setting.rmsError < best?.rmsError ?? .infinity { best = setting }
      }
    }
    guard let best else { return nil }
    self = best
  }

  /// Fits slope and make-up gain for a threshold.
  private init(_ inputs: [Double], _ gains: [Double], actsAbove: Bool, threshold: Double) {
    let parts = inputs.map { actsAbove ? max(0, $0 - threshold) : min(0, $0 - threshold) }
    let count = Double(inputs.count)
    let (meanPart, meanGain) = (parts.reduce(0, +) / count, gains.reduce(0, +) / count)
    let variance = parts.reduce(0) { $0 + ($1 - meanPart) * ($1 - meanPart) }
    let product = zip(parts, gains).reduce(0) { $0 + ($1.0 - meanPart) * ($1.1 - meanGain) }
    let slope = Self.slopes.nearest(to: 1 + (variance > 0 ? product / variance : 0))
    let makeUp = meanGain - (slope - 1) * meanPart
    let errors = zip(parts, gains).map { makeUp + (slope - 1) * $0 - $1 }
    self.actsAbove = actsAbove
    self.threshold = threshold
    ratio = 1 / slope
    self.makeUp = makeUp
    rmsError = (errors.reduce(0) { $0 + $1 * $1 } / count).squareRoot()
    largestError = errors.map(abs).max() ?? 0
  }

  /// The gain in dB for a level.
  public func gain(at level: Double) -> Double {
    makeUp + (1 / ratio - 1) * (actsAbove ? max(0, level - threshold) : min(0, level - threshold))
  }
}
