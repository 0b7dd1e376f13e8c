package import AdaIN
import AudioFeatures
import Foundation
public import StyleProfiles
package import Tensors

/// The changes of one view of a clip: AdaIN of its features, and a map for what mean and spread cannot say.
///
/// For a frame with the features x, the layer makes
///
///     y = σs · (T(x) − μc)/σc + μs
///
/// with T the ``reshaping``, which keeps mean and spread (T(x) = x where there is none). The requested gain of a band
/// is its level in y less its level in x, in dB.
public struct ViewRestyling: Hashable, Codable, Sendable {
  /// The signal that is measured and changed.
  public var view: StereoView
  /// Whether the view is changed, and where its levels come from.
  public var state: State
  /// μc and σc, which the layer removes: mean and biased spread of each feature over the clip's active frames.
  public var content: FeatureMoments
  /// μs and σs, which the layer gives each feature as bias and weight.
  public var style: FeatureMoments
  /// The broadband level, where the features are C shapes and this level; `nil` where the levels of C bands are the
  /// features.
  public var level: BroadbandLevel?
  /// T: the change of the shape of the features' distribution, which keeps mean and spread; `nil` for none.
  public var reshaping: Reshaping?
  /// For each band, the band whose deviation gain it takes: itself where content and style share it, otherwise the
  /// nearest shared band below, or the lowest shared one.
  public var gainSource: [Int]
  /// The gate of active frames and the clip's noise floor.
  public var gate: ActivityGate
  /// By how many dB pauses may be raised beside the tone; `nil` where pauses get the gain that the layer asks for.
  public var pauseAllowance: Double?
  /// The details of the tone that are finer than the bands; `nil` for none.
  ///
  /// A gain in dB for each third octave from 31 Hz to 20 kHz, applied by the filter.
  public var equaliser: [Double]?
  /// The bands' statistics, for reports and refinement.
  public var bands: BandStatistics

  /// The source of a view's levels.
  public enum State: String, Hashable, Codable, Sendable {
    /// The layer makes the levels.
    case restyled
    /// A feature file gives the levels frame by frame; the moments are those that follow from them.
    case levelsFromOutside
    /// The view stays as it is.
    case untouched
    /// The view stays as it is: it has no sound, or is a side far under the middle.
    case silent
  }

  /// Statistics of the C bands over the clip's active frames, in dB at the reference loudness.
  public struct BandStatistics: Hashable, Codable, Sendable {
    /// The mean of each band of the clip.
    public var contentMean: [Double]
    /// The biased spread of each band of the clip.
    public var contentSpread: [Double]
    /// The mean that each band was to get, before refinement and gain limits.
    public var requestedMean: [Double]
    /// The spread that each band was to get; for a band that is not shared it is the clip's own.
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

  /// The mean gain in dB of each band over the clip's active frames: μs − μc.
  public var tone: [Double] {
    let changes = zip(style.mean, content.mean).map { $0 - $1 }
    guard level != nil, let last = changes.last else { return changes }
    return changes.dropLast().map { $0 + last }
  }

  /// The sum of ``tone`` and ``equaliser`` in dB, for bands of these frequencies in Hz.
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

  /// The moments that each band was to get.
  package var requested: BandMoments { BandMoments(mean: bands.requestedMean, spread: bands.requestedSpread) }

  /// The layer's statistics of the content.
  ///
  /// A feature without spread gets σc = 1, and σs = 1 in ``styleMoments(withTone:)``, so its deviations stay as they
  /// are.
  package func contentStatistics() throws -> StyleStatistics {
    try StyleStatistics(mean: content.mean, standardDeviation: content.spread.map { $0 > 0 ? $0 : 1 })
  }

  /// The layer's style: σs as weight, and as bias μs, or μc where the tone is applied elsewhere.
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

/// The map from the levels x of C bands to C + 1 features: C shapes s and one broadband level L.
///
///     L = 10 · log₁₀ Σ 10^((xᵦ + wᵦ)/10)    over the bands β of channels,    sᵦ = xᵦ − L
///
/// A gain of all bands changes L alone. w is a side-chain weighting in dB, the gains of the tone: L is the level that
/// the clip will have after the tone.
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

/// A change of the shape of the features' distribution, which keeps mean and spread.
public enum Reshaping: Hashable, Codable, Sendable {
  /// A curve for the broadband level, the last feature.
  case level(curve: LevelCurve)
  /// A curve for each band.
  case bands(curves: [LevelCurve])
  /// A matrix for all bands: `T(x) = μc + A (x − μc)` with the C × C matrix A in row-major order.
  case frames(matrix: [Double])

  /// Replaces the features x of each frame by T(x).
  ///
  /// - Parameters:
  ///   - features: Features of shape (1, F, L), with F features and L frames.
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

/// A map of levels in dB: linear between its knots, and of a constant slope beyond them.
public struct LevelCurve: Hashable, Codable, Sendable {
  private let line: PiecewiseLinear

  /// The input levels of the knots in dB, not falling.
  public var inputs: [Double] { line.xs }
  /// The output level of each knot in dB.
  public var outputs: [Double] { line.ys }
  /// The slope beyond the first and the last knot, in dB for 1 dB.
  public var endSlope: Double { line.endSlope }

  /// Creates a curve from its knots.
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
  /// - Throws: `DecodingError` where the numbers of inputs and outputs differ or inputs fall.
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

  /// The output level in dB for an input level in dB.
  public func callAsFunction(_ level: Double) -> Double { line(level) }

  /// The curve with each output y replaced by target + factor · (y − centre).
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
