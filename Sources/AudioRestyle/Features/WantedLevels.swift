import Tensors

/// The levels of a view that were made outside.
struct WantedLevels: Sendable {
  private let features: FeatureSequence
  private let view: Int
  /// Whether no level differs from the clip's own.
  let isUnchanged: Bool
  /// Mean and spread of each channel over the clip's active frames, at the reference loudness.
  let mean: [Double]
  let spread: [Double]

  init(features: FeatureSequence, view: Int, isUnchanged: Bool, mean: [Double], spread: [Double]) {
    self.features = features
    self.view = view
    self.isUnchanged = isUnchanged
    self.mean = mean
    self.spread = spread
  }

  /// The level in dB of a channel in a frame; frames outside the clip have that of the nearest one inside.
  func level(channel: Int, frame: Int) -> Float {
    features.values[view, channel, min(max(frame, 0), features.values.shape.l - 1)]
  }
}
