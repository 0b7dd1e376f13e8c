import Tensors

/// What the layer demands of its input; the wording of its errors lives here.
extension AdaptiveInstanceNorm1d {
  /// Checks the numbers of channels and samples of content, style and statistics; the norm checks the rest.
  func check(
    _ content: TensorShape, _ style: StyleMoments, _ statistics: StyleStatistics?
  ) throws(ShapeError) {
    guard content.c == numFeatures else {
      throw ShapeError(
        "expected content of numFeatures (\(numFeatures)) channels, found \(content.c) in \(content)")
    }
    try check("a style", (style.numSamples, style.numFeatures), content)
    if let statistics {
      try check("content statistics", (statistics.numSamples, statistics.numFeatures), content)
    }
  }

  private func check(
    _ what: String, _ shape: (samples: Int, features: Int), _ content: TensorShape
  ) throws(ShapeError) {
    guard shape.features == numFeatures else {
      throw ShapeError("expected \(what) of numFeatures (\(numFeatures)) channels, found \(shape.features)")
    }
    guard shape.samples == 1 || shape.samples == content.n else {
      throw ShapeError("expected \(what) of 1 or \(content.n) samples, found \(shape.samples)")
    }
  }
}
