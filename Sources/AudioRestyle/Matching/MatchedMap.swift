import AdaIN
import Foundation
import Tensors

/// The map of matched frames: `T(x) = x + e + g(L(x + e))` with a tone curve e and a gain g of the broadband level L.
struct MatchedMap: FeatureMap, Hashable {
  /// The tone curve e in dB, for all channels; 0 where content and style do not share one.
  let curve: [Double]
  /// The channels that make up the broadband level.
  let channels: [Int]
  /// The gain g.
  let levelMap: BroadbandLevelMap
  /// How unlike the two recordings are, in dB (``Unlikeness``).
  var unlikeness = 0.0
  /// The share of the way towards the style's peaks (``PeakAim``).
  var peakShare = 0.0

  var numFeatures: Int { curve.count }

  // Called through `any FeatureMap`, it would run as generic code.
  @_specialize(where Scalar == Float)
  func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    let shape = features.shape
    guard shape.c == numFeatures else {
      throw ShapeError("expected features of \(numFeatures) channels, found \(shape.c)")
    }
    if strength == 0 { return }
    for n in 0..<shape.n {
      for l in 0..<shape.l {
        let gain = gain { Double(features[n, $0, l]) }
        for channel in 0..<shape.c {
          features[n, channel, l] += Scalar(strength * (curve[channel] + gain))
        }
      }
    }
  }

  /// The gain of a frame with these levels of channels.
  @inline(__always)
  private func gain(_ level: (Int) -> Double) -> Double {
    var power = 0.0
    for channel in channels { power += pow(10, (level(channel) + curve[channel]) / 10) }
    return levelMap(10 * log10(max(power, .leastNormalMagnitude)))
  }

  /// The mean and the spread of each channel of T(x) over rows of all channels; 0 without rows.
  func response(of content: FrameRows) -> (mean: [Double], spread: [Double]) {
    let gains = (0..<content.count).map { row in gain { Double(content[row, $0]) } }
    let moments = curve.indices.map { channel in
      Self.moments(gains.indices.map { Double(content[$0, channel]) + curve[channel] + gains[$0] })
    }
    return (moments.map(\.mean), moments.map(\.spread))
  }

  private static func moments(_ values: [Double]) -> (mean: Double, spread: Double) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0, +) / count
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
  }
}
