import AudioFeatures
import Foundation
import Tensors

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
  func levels(of rows: FrameRows) -> [Double] { rows.adding(weighting).broadband(of: channels) }

  /// Makes the features (1, C + 1, L) of levels (1, C, L): the shapes, then the level.
  func features(of levels: Tensor3<Float>) -> Tensor3<Float> {
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
}

extension Tensor3<Float> {
  /// Lends the values of channel c of the first sample.
  fileprivate func withRow(_ channel: Int, _ body: (Span<Float>) -> Void) {
    unsafe scalars.withUnsafeBufferPointer { all in
      unsafe body(all.extracting(channel * shape.l..<(channel + 1) * shape.l).span)
    }
  }
}
