import AudioRestyle
import Tensors

/// How far a result is from a truth of the same length, in dB, by the levels of its bands in the truth's active frames.
struct LevelDistance {
  /// The root mean square over bands of the differences of mean levels, the mean of all taken away: tone.
  var tone = 0.0
  /// The root mean square over bands of the differences of spreads: dynamics.
  var spread = 0.0
  /// The root mean square over bands and frames of the differences of levels, the mean of all taken away.
  var frames = 0.0
  /// The mean of |D[b+1, t+1] − D[b+1, t] − D[b, t+1] + D[b, t]|, D the differences: gain that neither a filter nor a
  /// common compressor makes, heard as musical noise.
  var roughness = 0.0

  /// The level in dBFS that a band's mean in the truth must have to count.
  private static let quietest = -90.0

  init(_ result: Material, truth: Material) throws {
    let wanted = try Figures.levels(truth, .linked).values
    let own = try Figures.levels(result, .linked).values
    let active = Figures.activeFrames(wanted)
    let (found, aim) = (
      Figures.Bands(own, view: 0, frames: active), Figures.Bands(wanted, view: 0, frames: active)
    )
    let bands = aim.mean.indices.filter { aim.mean[$0] > Self.quietest }
    let tones = bands.map { found.mean[$0] - aim.mean[$0] }
    let level = tones.reduce(0, +) / Double(bands.count)
    tone = Self.rootMeanSquare(tones.map { $0 - level })
    spread = Self.rootMeanSquare(bands.map { found.spread[$0] - aim.spread[$0] })
    func difference(_ band: Int, _ frame: Int) -> Double {
      Double(own[0, band, frame]) - Double(wanted[0, band, frame])
    }
    frames = Self.rootMeanSquare(active.flatMap { frame in bands.map { difference($0, frame) - level } })
    let known = Set(active)
    let pairs = active.filter { known.contains($0 + 1) }
    let neighbours = bands.filter { bands.contains($0 + 1) }
    for frame in pairs {
      for band in neighbours {
        roughness += abs(
          difference(band + 1, frame + 1) - difference(band + 1, frame) - difference(band, frame + 1)
            + difference(band, frame))
      }
    }
    roughness /= Double(max(1, pairs.count * neighbours.count))
  }

  static func rootMeanSquare(_ values: [Double]) -> Double {
    (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }
}
