extension Tensor3 {
  /// Sample `n` as a matrix of shape (C, L).
  public func sample(_ n: Int) -> Tensor2<Scalar> {
    require(n >= 0 && n < shape.n, "sample \(n) is outside \(shape)")
    var matrix = Tensor2<Scalar>(channels: shape.c, length: shape.l)
    let count = shape.c * shape.l
    unsafe matrix.withMutableScalars { target in
      unsafe withScalars { source in
        _ = unsafe target.update(fromContentsOf: source[n * count..<(n + 1) * count])
      }
    }
    return matrix
  }
}
