public import Tensors

/// An array as files hold it: an element type, a shape and the elements' bytes.
///
/// Bytes are little-endian and row-major (C order), whatever file they came from.
public struct StoredArray: Hashable, Sendable {
  /// The element type.
  public let dtype: DType
  /// The extents, slowest first; an empty shape is a single value.
  public let shape: [Int]
  /// The elements, little-endian, in row-major order.
  public let bytes: [UInt8]

  /// The number of elements.
  public var count: Int { bytes.count / dtype.byteCount }

  /// Creates an array from its bytes.
  ///
  /// - Throws: ``InterchangeError`` (`shape`) where the bytes are not as many as type and shape ask for.
  public init(dtype: DType, shape: [Int], bytes: [UInt8]) throws(InterchangeError) {
    guard let needed = dtype.byteCount(of: shape), needed == bytes.count else {
      let size = dtype.byteCount(of: shape).map { "\($0) bytes" } ?? "a size that fits an Int"
      throw InterchangeError(
        .shape, source: "array", expected: "\(size) for \(dtype.rawValue) of shape \(shape)",
        found: "\(bytes.count) bytes")
    }
    self.init(checked: dtype, shape: shape, bytes: bytes)
  }

  /// Creates an array whose size has been checked.
  init(checked dtype: DType, shape: [Int], bytes: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates an array of floating-point values (F16, F32 or F64, as the values are).
  ///
  /// - Parameters:
  ///   - values: The elements, in row-major order.
  ///   - shape: The extents; nil means one axis that holds all values.
  /// - Throws: ``InterchangeError`` (`shape`) where the values are not as many as the shape asks for.
  public init<Scalar: TensorScalar>(_ values: [Scalar], shape: [Int]? = nil) throws(InterchangeError) {
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    try self.init(dtype: Scalar.dtype, shape: shape ?? [values.count], bytes: bytes)
  }

  /// Creates an array of integers of 8 to 64 bits, under the type of the same width and sign.
  ///
  /// - Parameters:
  ///   - values: The elements, in row-major order.
  ///   - shape: The extents; nil means one axis that holds all values.
  /// - Throws: ``InterchangeError``: `shape` where the values are not as many as the shape asks for,
  ///   `unsupported` for integers wider than 64 bits.
  public init<Integer: FixedWidthInteger>(
    integers values: [Integer], shape: [Int]? = nil
  ) throws(InterchangeError) {
    guard let dtype = DType(rawValue: "\(Integer.isSigned ? "I" : "U")\(Integer.bitWidth)") else {
      throw InterchangeError(
        .unsupported, source: "array", expected: "integers of 8, 16, 32 or 64 bits",
        found: "\(Integer.self) of \(Integer.bitWidth) bits")
    }
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    try self.init(dtype: dtype, shape: shape ?? [values.count], bytes: bytes)
  }

  /// Creates an array of truth values (BOOL).
  ///
  /// - Parameters:
  ///   - values: The elements, in row-major order.
  ///   - shape: The extents; nil means one axis that holds all values.
  /// - Throws: ``InterchangeError`` (`shape`) where the values are not as many as the shape asks for.
  public init(booleans values: [Bool], shape: [Int]? = nil) throws(InterchangeError) {
    try self.init(dtype: .bool, shape: shape ?? [values.count], bytes: values.map { $0 ? 1 : 0 })
  }

  /// Creates an array of shape [N, C, L] from a tensor.
  public init<Scalar: TensorScalar>(_ tensor: Tensor3<Scalar>) {
    let bytes = unsafe tensor.withScalars { unsafe Array(UnsafeRawBufferPointer($0)) }
    self.init(checked: Scalar.dtype, shape: [tensor.shape.n, tensor.shape.c, tensor.shape.l], bytes: bytes)
  }
}

#if _endian(big)
#error("stored arrays are little-endian; this platform needs byte swaps in StoredArray")
#endif
