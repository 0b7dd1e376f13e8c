import AdaIN

/// The affine map of a channel's samples: `y = σs · (x − μc)/σc + μs`, with the options applied to μs and σs.
struct WaveformMap: Hashable, Sendable {
  /// The content's mean and spread.
  var contentMean: Double
  var contentSpread: Double
  /// The mean and spread that are asked for.
  var mean: Double
  var spread: Double

  var isIdentity: Bool { contentMean == mean && contentSpread == spread }

  /// The map as one of feature sequences (1, 1, L).
  ///
  /// A negative spread mirrors the waveform: possible where the strength extrapolates.
  func featureMap() throws -> AffineMap {
    try AffineMap(
      content: StyleStatistics(mean: [contentMean], standardDeviation: [contentSpread]),
      style: StyleMoments(scale: [spread], shift: [mean]))
  }
}
