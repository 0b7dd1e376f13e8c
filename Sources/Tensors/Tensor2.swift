/// A dense matrix of shape (C, L) in row-major order: one sample without a batch axis.
///
/// PyTorch's one-dimensional layers take such input as a batch of one; ``batched`` is that batch, and
/// ``Tensor3/sample(_:)`` takes one sample out of a batch.
public struct Tensor2<Scalar: TensorScalar>: Equatable, Sendable {
  /// The same scalars as a tensor of shape (1, C, L).
  public private(set) var batched: Tensor3<Scalar>

  /// The number of channels C.
  public var channels: Int { batched.shape.c }

  /// The length L of each row.
  public var length: Int { batched.shape.l }

  /// The scalars in row-major order.
  public var scalars: ContiguousArray<Scalar> { batched.scalars }

  /// Creates a matrix whose scalars all have one value.
  public init(channels: Int, length: Int, repeating value: Scalar = 0) {
    batched = Tensor3(shape: TensorShape(1, channels, length), repeating: value)
  }

  /// Creates a matrix from scalars in row-major order.
  ///
  /// - Throws: ``ShapeError`` where the number of scalars is not `channels · length`.
  public init(channels: Int, length: Int, scalars: some Sequence<Scalar>) throws(ShapeError) {
    batched = try Tensor3(shape: TensorShape(1, channels, length), scalars: scalars)
  }

  /// Creates a matrix from nested arrays `[channel][position]`.
  ///
  /// - Throws: ``ShapeError`` where rows differ in length.
  public init(_ nested: [[Scalar]]) throws(ShapeError) {
    batched = try Tensor3([nested])
  }

  /// Creates a matrix from a tensor of one sample.
  ///
  /// - Throws: ``ShapeError`` where the tensor does not have exactly one sample.
  public init(_ tensor: Tensor3<Scalar>) throws(ShapeError) {
    guard tensor.shape.n == 1 else {
      throw ShapeError("expected a tensor of 1 sample, found shape \(tensor.shape)")
    }
    batched = tensor
  }

  /// The scalar at channel `c` and position `l`.
  public subscript(c: Int, l: Int) -> Scalar {
    get { batched[0, c, l] }
    set { batched[0, c, l] = newValue }
  }

  /// Row `c` as a slice of the matrix's scalars.
  public func row(_ c: Int) -> ArraySlice<Scalar> { batched.row(0, c) }

  /// Calls a closure with all scalars in row-major order, for writing.
  public mutating func withMutableScalars<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe try batched.withMutableScalars(body)
  }
}

extension Tensor2 {
  /// Channels `range` of the matrix.
  ///
  /// - Precondition: The range is within 0 ..< C.
  public subscript(channels range: Range<Int>) -> Tensor2 { batched[channels: range].sample(0) }

  /// Positions `range` of every row.
  ///
  /// - Precondition: The range is within 0 ..< L.
  public subscript(positions range: Range<Int>) -> Tensor2 { batched[positions: range].sample(0) }
}

extension Tensor2: CustomStringConvertible {
  /// The type, the shape and the first eight scalars.
  public var description: String {
    Tensor3<Scalar>.text("Tensor2<\(Scalar.scalarName)>", "[\(channels), \(length)]", scalars)
  }
}
