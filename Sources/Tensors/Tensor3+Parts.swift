/// The axes of a ``Tensor3``.
public enum TensorAxis: String, Hashable, Codable, Sendable, CaseIterable {
  /// The first axis, N.
  case samples
  /// The second axis, C.
  case channels
  /// The third axis, L.
  case positions
}

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

  /// Samples `range` of the tensor.
  ///
  /// - Precondition: The range is within 0 ..< N.
  public subscript(samples range: Range<Int>) -> Tensor3 {
    part(range, 0..<shape.c, 0..<shape.l)
  }

  /// Channels `range` of every sample.
  ///
  /// - Precondition: The range is within 0 ..< C.
  public subscript(channels range: Range<Int>) -> Tensor3 {
    part(0..<shape.n, range, 0..<shape.l)
  }

  /// Positions `range` of every row.
  ///
  /// - Precondition: The range is within 0 ..< L.
  public subscript(positions range: Range<Int>) -> Tensor3 {
    part(0..<shape.n, 0..<shape.c, range)
  }

  /// Joins tensors along an axis: the result's N, C or L is the sum of the tensors' N, C or L.
  ///
  /// - Parameters:
  ///   - tensors: The tensors to join, in order.
  ///   - axis: The axis along which the tensors follow each other.
  /// - Throws: ``ShapeError`` where there are no tensors, where they differ in an extent along another axis, or where
  ///   the result's size does not fit an `Int`.
  public init(concatenating tensors: [Tensor3], along axis: TensorAxis) throws(ShapeError) {
    guard let first = tensors.first?.shape else {
      throw ShapeError("expected at least 1 tensor to concatenate, found none")
    }
    var extents = (n: 0, c: 0, l: 0)
    for (index, tensor) in tensors.enumerated() {
      let shape = tensor.shape
      guard axis == .samples || shape.n == first.n, axis == .channels || shape.c == first.c,
        axis == .positions || shape.l == first.l
      else {
        throw ShapeError(
          "expected tensors of the shape \(first) but along \(axis.rawValue), found \(shape) in tensor \(index)"
        )
      }
      (extents.n, extents.c, extents.l) = (
        extents.n + shape.n, extents.c + shape.c, extents.l + shape.l
      )
    }
    let shape = try TensorShape(
      checking: axis == .samples ? extents.n : first.n, axis == .channels ? extents.c : first.c,
      axis == .positions ? extents.l : first.l)
    self = unsafe Tensor3(shape: shape) { target in
      var origin = (n: 0, c: 0, l: 0)
      for tensor in tensors {
        let part = tensor.shape
        unsafe tensor.withScalars { source in
          for n in 0..<part.n {
            for c in 0..<part.c {
              let from = (n * part.c + c) * part.l
              let to = ((n + origin.n) * shape.c + c + origin.c) * shape.l + origin.l
              for l in 0..<part.l {
                unsafe target.initializeElement(at: to + l, to: source[from + l])
              }
            }
          }
        }
        switch axis {
        case .samples: origin.n += part.n
        case .channels: origin.c += part.c
        case .positions: origin.l += part.l
        }
      }
    }
  }

  private func part(_ n: Range<Int>, _ c: Range<Int>, _ l: Range<Int>) -> Tensor3 {
    require(
      n.lowerBound >= 0 && n.upperBound <= shape.n && c.lowerBound >= 0 && c.upperBound <= shape.c
        && l.lowerBound >= 0 && l.upperBound <= shape.l,
      "the part [\(n), \(c), \(l)] is outside \(shape)")
    return unsafe Tensor3(shape: TensorShape(n.count, c.count, l.count)) { target in
      var at = 0
      unsafe withScalars { source in
        for sample in n {
          for channel in c {
            let start = (sample * shape.c + channel) * shape.l
            for position in l {
              unsafe target.initializeElement(at: at, to: source[start + position])
              at += 1
            }
          }
        }
      }
    }
  }
}
