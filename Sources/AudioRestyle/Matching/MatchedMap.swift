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

  var numFeatures: Int { curve.count }

  func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    let shape = features.shape
    guard shape.c == numFeatures else {
      throw ShapeError("expected features of \(numFeatures) channels, found \(shape.c)")
    }
    if strength == 0 { return }
    for n in 0..<shape.n {
      var power = [Double](repeating: 0, count: shape.l)
      for channel in channels {
        for l in 0..<shape.l {
          power[l] += pow(10, (Double(features[n, channel, l]) + curve[channel]) / 10)
        }
      }
      let gains = power.map { levelMap(10 * log10(max($0, .leastNormalMagnitude))) }
      for channel in 0..<shape.c {
        for l in 0..<shape.l {
          features[n, channel, l] = Scalar(
            Double(features[n, channel, l]) + strength * (curve[channel] + gains[l]))
        }
      }
    }
  }

  /// The mean and the spread of each channel of T(x) over rows of all channels.
  func response(of content: FrameRows) -> (mean: [Double], spread: [Double]) {
    let gains = FrameRows(
      width: channels.count,
      values: content.values.indices.filter { channels.contains($0 % content.width) }.map {
        content.values[$0] + Float(curve[$0 % content.width])
      }
    ).broadband.map { levelMap($0) }
    let moments = (0..<content.width).map { channel in
      Self.moments(
        (0..<content.count).map { row in
          Double(content.values[row * content.width + channel]) + curve[channel] + gains[row]
        })
    }
    return (moments.map(\.mean), moments.map(\.spread))
  }

  private static func moments(_ values: [Double]) -> (mean: Double, spread: Double) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0, +) / count
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
  }
}
