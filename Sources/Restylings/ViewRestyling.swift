package import AdaIN
import AudioFeatures
import Foundation
public import StyleProfiles
package import Tensors

/// What happens to one view of a clip: AdaIN of its features, and what mean and spread cannot say.
///
/// For a frame with the features x, the layer makes
///
///     y = σs · (T(x) − μc)/σc + μs
///
/// with T the ``reshaping`` (T(x) = x where there is none), which leaves mean and spread as they are. The requested gain
/// of a band is its level in y less its level in x.
public struct ViewRestyling: Hashable, Codable, Sendable {
  /// The signal that is measured and changed.
  public var view: StereoView
  /// Whether anything is done to it.
  public var state: State
  /// μc and σc: mean and biased spread of each feature over the clip's active frames, what the layer removes.
  public var content: FeatureMoments
  /// μs and σs: what the layer gives each feature, as bias and weight.
  public var style: FeatureMoments
  /// How the features are made of the levels of C bands: one broadband level and C shapes; `nil` where the levels of the
  /// bands are the features.
  public var level: BroadbandLevel?
  /// T: what changes of the features' distribution beside mean and spread; `nil` for nothing.
  public var reshaping: Reshaping?
  /// The band whose gain, beside its mean, each band takes: itself where content and style share it, else the nearest
  /// shared one.
  public var gainSource: [Int]
  /// Which frames are active, and where the clip's noise floor lies.
  public var gate: ActivityGate
  /// By how many dB beside the tone pauses may be raised; `nil` where they get what the layer asks for.
  public var pauseAllowance: Double?
  /// What bands are too wide to say of the tone: a gain in dB for each third octave from 31 Hz to 20 kHz, applied by the
  /// filter; `nil` for nothing.
  public var equaliser: [Double]?
  /// The bands' statistics, for reports and refinement.
  public var bands: BandStatistics

  /// Whether and from where a view gets its levels.
  public enum State: String, Hashable, Codable, Sendable {
    /// By the layer.
    case restyled
    /// From a feature file, frame by frame; the moments say what follows from them.
    case levelsFromOutside
    /// It stays as it is.
    case untouched
    /// It stays as it is, as there is no sound, or next to none beside the middle.
    case silent
  }

  /// Statistics of the C bands over the clip's active frames, in dB at the reference loudness.
  public struct BandStatistics: Hashable, Codable, Sendable {
    /// The mean of each band of the clip.
    public var contentMean: [Double]
    /// The biased spread of each band of the clip.
    public var contentSpread: [Double]
    /// The mean that was asked for, before any refinement and gain limits.
    public var requestedMean: [Double]
    /// The spread that was asked for; that of a band that is not shared is stated as the clip's.
    public var requestedSpread: [Double]
    /// The bands that the clip shares with every style of a weight above 0.
    public var shared: [Int]

    /// Creates a value of its parts.
    package init(
      contentMean: [Double], contentSpread: [Double], requestedMean: [Double], requestedSpread: [Double],
      shared: [Int]
    ) {
      self.contentMean = contentMean
      self.contentSpread = contentSpread
      self.requestedMean = requestedMean
      self.requestedSpread = requestedSpread
      self.shared = shared
    }
  }

  /// The gain in dB of each band in the mean over the clip's active frames: μs − μc.
  public var tone: [Double] {
    let changes = zip(style.mean, content.mean).map { $0 - $1 }
    guard level != nil, let last = changes.last else { return changes }
    return changes.dropLast().map { $0 + last }
  }

  /// ``tone`` with what the ``equaliser`` adds to bands of these frequencies in Hz.
  public func tone(at frequencies: [Double]) -> [Double] {
    guard let equaliser, frequencies.count == tone.count else { return tone }
    let fine = ToneCurves.values(of: equaliser, at: ThirdOctaves.frequencies, for: frequencies)
    return zip(tone, fine).map { $0 + $1 }
  }

  /// Whether the view's gains are all exactly 0 dB.
  public var isIdentity: Bool {
    switch state {
    case .untouched, .silent: true
    case .levelsFromOutside: false
    case .restyled: reshaping == nil && content == style && equaliser == nil
    }
  }

  /// What was asked for, by band.
  package var requested: BandMoments { BandMoments(mean: bands.requestedMean, spread: bands.requestedSpread) }

  /// The layer's statistics of the content.
  ///
  /// A feature without spread has no ratio; any equal pair of spreads leaves its deviations as they are.
  package func contentStatistics() throws -> StyleStatistics {
    try StyleStatistics(mean: content.mean, standardDeviation: content.spread.map { $0 > 0 ? $0 : 1 })
  }

  /// What the layer is called with: σs, and as bias μs, or μc where the tone is applied elsewhere.
  package func styleMoments(withTone: Bool) throws -> StyleMoments {
    try StyleMoments(
      scale: zip(content.spread, style.spread).map { $0 > 0 ? $1 : 1 },
      shift: withTone ? style.mean : content.mean)
  }

  /// Creates a value of its parts.
  package init(
    view: StereoView, state: State, content: FeatureMoments, style: FeatureMoments,
    level: BroadbandLevel? = nil, reshaping: Reshaping? = nil, gainSource: [Int], gate: ActivityGate,
    pauseAllowance: Double? = nil, equaliser: [Double]? = nil, bands: BandStatistics
  ) {
    self.view = view
    self.state = state
    self.content = content
    self.style = style
    self.level = level
    self.reshaping = reshaping
    self.gainSource = gainSource
    self.gate = gate
    self.pauseAllowance = pauseAllowance
    self.equaliser = equaliser
    self.bands = bands
  }
}

/// Mean and spread of each feature, in dB.
public struct FeatureMoments: Hashable, Codable, Sendable {
  /// The mean of each feature.
  public var mean: [Double]
  /// The spread of each feature.
  public var spread: [Double]

  /// Joins means and spreads.
  public init(mean: [Double], spread: [Double]) {
    self.mean = mean
    self.spread = spread
  }
}

/// Mean and spread of each band, in dB.
package struct BandMoments: Hashable, Sendable {
  package var mean: [Double]
  package var spread: [Double]

  /// Creates a value of its parts.
  package init(mean: [Double], spread: [Double]) {
    self.mean = mean
    self.spread = spread
  }
}

/// How the levels of C bands become C + 1 features: C shapes and one broadband level.
///
///     L = 10 · log₁₀ Σ 10^((xᵦ + wᵦ)/10)    over the channels β,    sᵦ = xᵦ − L
///
/// A gain of all bands changes L alone, a tone the shapes alone. w is the side-chain weighting in dB: the level is heard
/// as it will be after the tone.
public struct BroadbandLevel: Hashable, Codable, Sendable {
  /// w, for all C bands.
  public var weighting: [Double]
  /// The bands that make up the level.
  public var channels: [Int]

  /// The level of each frame, for rows of C levels.
  package func levels(of rows: FrameRows) -> [Double] { rows.adding(weighting).broadband(of: channels) }

  /// Makes the features (1, C + 1, L) of levels (1, C, L): the shapes, then the level.
  package func features(of levels: Tensor3<Float>) -> Tensor3<Float> {
    let (bands, count) = (levels.shape.c, levels.shape.l)
    var sums = [Double](repeating: 0, count: count)
    var row = [Float](repeating: 0, count: count)
    for band in channels {
      let weight = Float(weighting[band])
      levels.withRow(band) { source in
        for l in 0..<count { row[l] = source[l] + weight }
      }
      Decibels.powers(inPlace: &row)
      for l in 0..<count { sums[l] += Double(row[l]) }
    }
    let broadband = sums.map { Float(10 * log10(max($0, .leastNormalMagnitude))) }
    return unsafe Tensor3(shape: TensorShape(1, bands + 1, count)) { target in
      for band in 0..<bands {
        levels.withRow(band) { source in
          for l in 0..<count { unsafe target[band * count + l] = source[l] - broadband[l] }
        }
      }
      for l in 0..<count { unsafe target[bands * count + l] = broadband[l] }
    }
  }

  /// Creates a value of its parts.
  package init(weighting: [Double], channels: [Int]) {
    self.weighting = weighting
    self.channels = channels
  }
}

extension Tensor3<Float> {
  /// Lends the values of channel c of the first sample.
  fileprivate func withRow(_ channel: Int, _ body: (Span<Float>) -> Void) {
    unsafe scalars.withUnsafeBufferPointer { all in
      unsafe body(all.extracting(channel * shape.l..<(channel + 1) * shape.l).span)
    }
  }
}

/// What a method changes of the features' distribution beside mean and spread, which it leaves as they are.
public enum Reshaping: Hashable, Codable, Sendable {
  /// Of the broadband level, the last feature.
  case level(curve: LevelCurve)
  /// Of each band by itself.
  case bands(curves: [LevelCurve])
  /// Of all bands together: `T(x) = μc + A (x − μc)` with the C × C matrix A in row-major order.
  case frames(matrix: [Double])

  /// Replaces the features of each frame by T of them.
  ///
  /// - Parameters:
  ///   - features: Features of shape (1, F, L).
  ///   - means: μc.
  package func apply(to features: inout Tensor3<Float>, means: [Double]) {
    switch self {
    case .level(let curve): curve.apply(to: &features, channel: features.shape.c - 1)
    case .bands(let curves):
      for (channel, curve) in curves.enumerated() { curve.apply(to: &features, channel: channel) }
    case .frames(let matrix): Self.multiply(&features, by: matrix, about: means)
    }
  }

  private static func multiply(_ features: inout Tensor3<Float>, by matrix: [Double], about means: [Double]) {
    let (channels, count) = (features.shape.c, features.shape.l)
    precondition(matrix.count == channels * channels)
    unsafe features.withMutableScalars { scalars in
      var frame = [Double](repeating: 0, count: channels)
      for l in 0..<count {
        for channel in 0..<channels {
          frame[channel] = unsafe Double(scalars[channel * count + l]) - means[channel]
        }
        for row in 0..<channels {
          var sum = means[row]
          for column in 0..<channels { sum += matrix[row &* channels &+ column] * frame[column] }
          unsafe scalars[row * count + l] = Float(sum)
        }
      }
    }
  }
}

/// A rising map of levels in dB: straight between its knots, of a constant slope beyond them.
public struct LevelCurve: Hashable, Codable, Sendable {
  private let line: PiecewiseLinear

  /// The levels in dB at which the pieces meet, ascending.
  public var inputs: [Double] { line.xs }
  /// What becomes of each of them, in dB.
  public var outputs: [Double] { line.ys }
  /// The slope beyond the first and the last knot.
  public var endSlope: Double { line.endSlope }

  /// Joins knots.
  ///
  /// - Precondition: There are as many outputs as inputs, and the inputs do not fall.
  public init(inputs: [Double], outputs: [Double], endSlope: Double) {
    line = PiecewiseLinear(xs: inputs, ys: outputs, endSlope: endSlope)
  }

  private enum CodingKeys: CodingKey {
    case inputs, outputs, endSlope
  }

  /// Reads a curve.
  ///
  /// - Throws: `DecodingError` for numbers that are no curve.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let inputs = try values.decode([Double].self, forKey: .inputs)
    let outputs = try values.decode([Double].self, forKey: .outputs)
    guard inputs.count == outputs.count, inputs.count < 1 << 20,
      zip(inputs, inputs.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw DecodingError.dataCorruptedError(
        forKey: .inputs, in: values,
        debugDescription:
          "expected rising inputs and as many outputs, found \(inputs.count) and \(outputs.count)"
      )
    }
    self.init(inputs: inputs, outputs: outputs, endSlope: try values.decode(Double.self, forKey: .endSlope))
  }

  /// Writes the knots.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(inputs, forKey: .inputs)
    try values.encode(outputs, forKey: .outputs)
    try values.encode(endSlope, forKey: .endSlope)
  }

  /// The level that a level becomes.
  public func callAsFunction(_ level: Double) -> Double { line(level) }

  /// The curve whose outputs have a factor about a level and then move to another.
  package func scaled(by factor: Double, about centre: Double, to target: Double) -> LevelCurve {
    LevelCurve(
      inputs: inputs, outputs: outputs.map { target + factor * ($0 - centre) }, endSlope: factor * endSlope)
  }

  /// Replaces the values of a feature.
  fileprivate func apply(to features: inout Tensor3<Float>, channel: Int) {
    let count = features.shape.l
    unsafe features.withMutableScalars { scalars in
      for l in channel * count..<(channel + 1) * count { unsafe scalars[l] = Float(line(Double(scalars[l]))) }
    }
  }
}
