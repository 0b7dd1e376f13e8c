import Tensors

/// What a layer demands of its input; the wording of its errors lives here.
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
}
