import Tensors

/// The levels of a view that were made outside.
struct WantedLevels: Sendable {
  private let features: FeatureSequence
  private let view: Int
  /// The share of the way to them.
  let share: Float

  init(features: FeatureSequence, view: Int, share: Float) {
    self.features = features
    self.view = view
    self.share = share
  }

  /// The level in dB of a channel in a frame; frames outside the clip have that of the nearest one inside.
  func level(channel: Int, frame: Int) -> Float {
    features.values[view, channel, min(max(frame, 0), features.values.shape.l - 1)]
  }
}
