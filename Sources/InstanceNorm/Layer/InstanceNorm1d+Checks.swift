import Tensors

/// The checks of a layer's input, and the wording of their errors.
extension InstanceNorm1d {
  /// Checks a shape at a public entry; kernels rely on it.
  func check(_ shape: TensorShape, usesInputStatistics: Bool) throws(ShapeError) {
    guard shape.c == numFeatures else {
      throw ShapeError(
        "expected input's size at dim=1 to match numFeatures (\(numFeatures)), but got: \(shape.c) "
          + "in input size \(shape)")
    }
    if usesInputStatistics, conventions == .pytorch, shape.l == 1, shape.n > 0 {
      throw ShapeError("Expected more than 1 spatial element when training, got input size \(shape)")
    }
    let estimator = spread.estimator
    if usesInputStatistics, shape.l < estimator.minimumCount, shape.count > 0 {
      throw ShapeError(
        "expected rows of at least \(estimator.minimumCount) positions for the \(estimator.rawValue) estimator, "
          + "found \(shape.l) in \(shape)")
    }
  }

  /// Checks weight, bias and statistics that are swapped in, against the input's shape.
  func check(_ swap: AffineSwap, _ shape: TensorShape) throws(ShapeError) {
    func check(_ count: Int, _ name: StaticString) throws(ShapeError) {
      guard count == numFeatures || count == shape.rowCount else {
        let sizes = numFeatures == shape.rowCount ? "\(numFeatures)" : "\(numFeatures) or \(shape.rowCount)"
        throw ShapeError("expected \(sizes) values in the swapped-in \(name), found \(count)")
      }
    }
    try check(swap.weight.count, "weight")
    guard swap.bias.count == swap.weight.count else {
      throw ShapeError(
        "expected as many values in the swapped-in bias as in its weight (\(swap.weight.count)), found "
          + "\(swap.bias.count)")
    }
    guard swap.strength.isFinite else {
      throw ShapeError("expected a finite strength, found \(swap.strength)")
    }
    guard let statistics = swap.statistics else { return }
    try check(statistics.count, "statistics")
    let estimator = spread.estimator
    let minimum = Double(estimator.minimumCount)
    if shape.count > 0, let few = statistics.first(where: { !($0.count >= minimum) }) {
      throw ShapeError(
        "expected statistics of at least \(estimator.minimumCount) values a channel for the "
          + "\(estimator.rawValue) estimator, found \(few.count)")
    }
  }

  /// Whether a call with swapped-in values normalizes rows by their own statistics.
  func usesInputStatistics(_ swap: AffineSwap) -> Bool {
    swap.statistics == nil && !trackRunningStats && swap.strength != 0
  }

  /// Checks that the conventions accept input without a batch axis.
  func checkUnbatched(_ channels: Int, _ length: Int) throws(ShapeError) {
    guard conventions == .pytorch else {
      throw ShapeError("expected 3D input (got 2D input of size [\(channels), \(length)])")
    }
  }

  /// Checks that an output tensor has the input's shape.
  func check(output: TensorShape, input: TensorShape) throws(ShapeError) {
    guard output == input else {
      throw ShapeError("expected an output of the input's size \(input), found \(output)")
    }
  }

  /// Checks that a gradient has the output's shape, which is the input's.
  func checkGradient(_ gradient: TensorShape, input: TensorShape) throws(ShapeError) {
    guard gradient == input else {
      throw ShapeError("expected a gradient of the output's size \(input), found \(gradient)")
    }
  }

  /// Checks a shape and the swapped-in values.
  func check(_ shape: TensorShape, _ swap: AffineSwap) throws(ShapeError) {
    try check(shape, usesInputStatistics: usesInputStatistics(swap))
    try check(swap, shape)
  }

  /// Checks a shape, the swapped-in values, and the mask of its positions.
  func check(_ shape: TensorShape, _ swap: AffineSwap, _ mask: PositionMask) throws(ShapeError) {
    try check(shape, mask, usesInputStatistics: usesInputStatistics(swap))
    try check(swap, shape)
  }

  /// Checks a shape and the mask of its positions.
  func check(
    _ shape: TensorShape, _ mask: PositionMask, usesInputStatistics: Bool
  ) throws(ShapeError) {
    // The smallest number of positions is checked below, by the number of valid ones.
    try check(shape, usesInputStatistics: false)
    guard mask.spans.count == shape.n, mask.length == shape.l else {
      throw ShapeError(
        "expected a mask of size [\(shape.n), \(shape.l)], found [\(mask.spans.count), \(mask.length)]")
    }
    if usesInputStatistics, conventions == .pytorch, let sample = mask.validCounts.firstIndex(of: 1) {
      throw ShapeError(
        "Expected more than 1 spatial element when training, got 1 valid position in sample \(sample) "
          + "of input size \(shape)")
    }
    let minimum = spread.estimator.minimumCount
    if usesInputStatistics, let sample = mask.validCounts.firstIndex(where: { $0 > 0 && $0 < minimum }) {
      throw ShapeError(
        "expected at least \(minimum) valid positions for the \(spread.estimator.rawValue) estimator, "
          + "found \(mask.validCounts[sample]) in sample \(sample)")
    }
  }
}
