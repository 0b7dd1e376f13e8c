import AdaIN
import AudioFeatures
public import Tensors

/// The feature sequence of a clip: the level in dB of every band (or bin) in every frame.
///
/// Levels are relative to full scale (a mean square of 1 is 0 dB), at the clip's own level, multiples of 2⁻¹⁶ dB; the
/// lowest is −120 dB. They may be changed by any program and rendered again by a ``Restyler``: the gain of a band in a frame is its changed level
/// minus its own.
public struct FeatureSequence: Equatable, Sendable {
  /// What the numbers stand for.
  public let grid: FeatureGrid
  /// The levels, of shape (N, C, L): views, channels, frames.
  public var values: Tensor3<Float>
  /// What to call the sequence in messages.
  public var name: String

  /// The largest magnitude of a level in dB.
  public static let largestLevel: Float = 1000

  /// Joins levels with what they stand for.
  ///
  /// - Throws: ``RestyleError/featuresDoNotFit(_:)`` where shape and grid differ, or a level is not finite or beyond
  ///   ±1000 dB.
  public init(_ values: Tensor3<Float>, grid: FeatureGrid, name: String = "features") throws(RestyleError) {
    self.grid = grid
    self.values = values
    self.name = name
    try check()
  }

  /// Fails unless the values are levels of the grid.
  func check() throws(RestyleError) {
    let expected = TensorShape(grid.views.count, grid.layout.channelCount, grid.length)
    guard values.shape == expected else {
      throw .featuresDoNotFit(
        "\(name): expected features of shape \(expected) (views, channels, frames; \(grid.summary)), found "
          + "\(values.shape)")
    }
    guard let index = values.scalars.firstIndex(where: { !(abs($0) <= Self.largestLevel) }) else { return }
    let (row, frame) = index.quotientAndRemainder(dividingBy: expected.l)
    let (view, channel) = row.quotientAndRemainder(dividingBy: expected.c)
    throw .featuresDoNotFit(
      "\(name): expected levels within ±1000 dB, found \(values.scalars[index]) in view "
        + "\(grid.views[view].name), channel \(channel), frame \(frame)")
  }

  /// Fails unless the sequence is one of a clip.
  func check(fits clip: FeatureGrid, name clipName: String) throws(RestyleError) {
    try check()
    guard grid == clip else {
      throw .featuresDoNotFit(
        "\(name): expected features of \(clipName) (\(clip.summary)), found those of a clip with \(grid.summary)"
      )
    }
  }
}

extension FeatureGrid {
  /// The facts that shape and meaning follow from, for messages.
  var summary: String {
    let channels = channelCount == 1 ? "mono" : "\(channelCount) channels"
    return
      "\(features.rawValue), \(stereo.rawValue), \(Int(sampleRate)) Hz, \(channels), \(frameCount) frames"
  }
}
