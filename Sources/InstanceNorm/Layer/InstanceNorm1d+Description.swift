import Tensors

extension InstanceNorm1d: CustomStringConvertible {
  /// The layer's configuration in one line, like PyTorch's `extra_repr`.
  public var description: String {
    let momentumText = momentum.map { "\($0)" } ?? "nil"
    let estimatorText = spread.estimator == .biased ? "" : ", estimator: \(spread.estimator.rawValue)"
    let placementText =
      spread.placement == .insideRoot ? "" : ", epsPlacement: \(spread.placement.rawValue)"
    let conventionsText = conventions == .pytorch ? "" : ", conventions: \(conventions.rawValue)"
    return "InstanceNorm1d<\(Scalar.scalarName)>(\(numFeatures), eps: \(eps), momentum: \(momentumText), "
      + "affine: \(affine), trackRunningStats: \(trackRunningStats)\(estimatorText)\(placementText)\(conventionsText))"
  }
}

extension StreamingInstanceNorm1d: CustomStringConvertible {
  /// The stream's configuration in one line, without its statistics.
  public var description: String {
    "StreamingInstanceNorm1d(\(norm), samples: \(samples), memory: \(memory))"
  }
}

extension LazyInstanceNorm1d: CustomStringConvertible {
  /// The layer in one line, or that there is none yet.
  public var description: String {
    layer.map { "LazyInstanceNorm1d(\($0))" } ?? "LazyInstanceNorm1d<\(Scalar.scalarName)>(no input yet)"
  }
}
