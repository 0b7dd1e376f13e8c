import AdaIN
import Tensors

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
  func apply(to features: inout Tensor3<Float>, means: [Double]) {
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
  func scaled(by factor: Double, about centre: Double, to target: Double) -> LevelCurve {
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
