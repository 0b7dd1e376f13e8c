import Tensors

/// What the layer demands of its input; the wording of its errors lives here.
extension AdaptiveInstanceNorm1d {
  /// Checks content, style and statistics at a public entry; the pass relies on it.
  func check(
    _ content: TensorShape, _ style: StyleMoments, _ statistics: StyleStatistics?
  ) throws(ShapeError) {
    guard content.c == numFeatures else {
      throw ShapeError(
        "expected content of numFeatures (\(numFeatures)) channels, found \(content.c) in \(content)")
    }
    try check("a style", (style.numSamples, style.numFeatures), content)
    let estimator = convention.content.estimator
    guard let statistics else {
      guard content.l >= estimator.minimumCount || content.count == 0 || strength == 0 else {
        throw ShapeError(
          "expected rows of at least \(estimator.minimumCount) positions for the \(estimator.rawValue) estimator, "
            + "found \(content.l) in \(content)")
      }
      return
    }
    try check("content statistics", (statistics.numSamples, statistics.numFeatures), content)
    let minimum = Double(estimator.minimumCount)
    guard statistics.channels.allSatisfy({ $0.count >= minimum }) || content.count == 0 else {
      let least = statistics.channels.reduce(Double.infinity) { min($0, $1.count) }
      throw ShapeError(
        "expected content statistics of at least \(estimator.minimumCount) values a channel for the "
          + "\(estimator.rawValue) estimator, found \(least)")
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
