import AdaIN
import AudioFeatures
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
  /// How unlike the two recordings are, from 0 to 1 (``Unlikeness/doubt``).
  var unlikeness = 0.0
  /// The share of the way towards the style's peaks (``PeakAim``).
  var peakShare = 0.0
  /// The share of the dynamics that envelopes are to have (``CompressorFit``) and the level map has not.
  var envelopeShare = 0.0
  /// A factor of the dynamics.
  var dynamics = 1.0
  /// The style's levels, by which envelopes are fitted.
  var styleLevels: [Double] = []

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
    unsafe features.withMutableScalars { scalars in
      for n in 0..<shape.n {
        let sample = n * shape.c * shape.l..<(n + 1) * shape.c * shape.l
        unsafe apply(to: UnsafeMutableBufferPointer(rebasing: scalars[sample]), shape.l, strength)
      }
    }
  }

  /// Changes a sample of the batch: rows of a number of frames, channel by channel.
  @inline(__always)
  private func apply<Scalar: TensorScalar>(
    to levels: UnsafeMutableBufferPointer<Scalar>, _ frameCount: Int, _ strength: Double
  ) {
    var sums = [Double](repeating: 0, count: frameCount)
    var row = [Float](repeating: 0, count: frameCount)
    for channel in channels {
      let gain = Float(curve[channel])
      for l in 0..<frameCount { row[l] = unsafe Float(levels[channel * frameCount + l]) + gain }
      Decibels.powers(inPlace: &row)
      for l in 0..<frameCount { sums[l] += Double(row[l]) }
    }
    let gains = sums.map { levelMap(10 * log10(max($0, .leastNormalMagnitude))) }
    for channel in curve.indices {
      for l in 0..<frameCount {
        unsafe levels[channel * frameCount + l] += Scalar(strength * (curve[channel] + gains[l]))
      }
    }
  }

  /// The mean and the spread of each channel of T(x) over rows of all channels; 0 without rows.
  func response(of content: FrameRows) -> (mean: [Double], spread: [Double]) {
    let moved = content.adding(curve)
    let gains = moved.broadband(of: channels).map { levelMap($0) }
    let moments = curve.indices.map { channel in
      Self.moments(gains.indices.map { Double(moved[$0, channel]) + gains[$0] })
    }
    return (moments.map(\.mean), moments.map(\.spread))
  }

  private static func moments(_ values: [Double]) -> (mean: Double, spread: Double) {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0, +) / count
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot())
  }
}
