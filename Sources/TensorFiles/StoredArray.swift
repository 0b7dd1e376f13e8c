public import Tensors

/// An array as files hold it: an element type, a shape and the elements' bytes.
///
/// Bytes are little-endian and row-major (C order), whatever the order in the file was.
public struct StoredArray: Hashable, Sendable {
  /// The element type.
  public let dtype: ElementType
  /// The extents, slowest first; an empty shape is a single value.
  public let shape: [Int]
  /// The elements, little-endian, in row-major order.
  public let bytes: [UInt8]

  /// The number of elements.
  public var count: Int { bytes.count / dtype.byteCount }

  /// Creates an array from its bytes.
  ///
  /// - Throws: ``InterchangeError`` (`shape`) where the number of bytes is not that of the type and shape.
  public init(dtype: ElementType, shape: [Int], bytes: [UInt8]) throws(InterchangeError) {
    guard let needed = dtype.byteCount(of: shape), needed == bytes.count else {
      let size = dtype.byteCount(of: shape).map { "\($0) bytes" } ?? "a size that fits an Int"
      throw InterchangeError(
        .shape, source: "array", expected: "\(size) for \(dtype.rawValue) of shape \(shape)",
        found: "\(bytes.count) bytes")
    }
    self.init(checked: dtype, shape: shape, bytes: bytes)
  }

  /// Creates an array whose size has been checked.
  package init(checked dtype: ElementType, shape: [Int], bytes: [UInt8]) {
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// Creates an array of floating-point values (F16, F32 or F64, as the values are).
  ///
  /// - Parameters:
  ///   - values: The elements, in row-major order.
  ///   - shape: The extents; nil means one axis that holds all values.
  /// - Throws: ``InterchangeError`` (`shape`) where the number of values is not that of the shape.
  public init<Scalar: TensorScalar>(_ values: [Scalar], shape: [Int]? = nil) throws(InterchangeError) {
    let bytes = unsafe values.withUnsafeBytes { unsafe Array($0) }
    try self.init(dtype: Scalar.dtype, shape: shape ?? [values.count], bytes: bytes)
  }

  /// Creates an array of integers of 8 to 64 bits, under the type of the same width and sign.
  ///
  /// - Parameters:
  ///   - values: The elements, in row-major order.
  ///   - shape: The extents; nil means one axis that holds all values.
  /// - Throws: ``InterchangeError``: `shape` where the number of values is not that of the shape, `unsupported` for
  ///   integers wider than 64 bits.
  public init<Integer: FixedWidthInteger>(
    integers values: [Integer], shape: [Int]? = nil
  ) throws(InterchangeError) {
    guard let dtype = ElementType(rawValue: "\(Integer.isSigned ? "I" : "U")\(Integer.bitWidth)") else {
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
  /// - Throws: ``InterchangeError`` (`shape`) where the number of values is not that of the shape.
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

/// The element type of a ``StoredArray``, under the names that safetensors gives it.
public enum ElementType: String, CaseIterable, Hashable, Codable, Sendable {
  /// One byte, 0 or 1.
  case bool = "BOOL"
  /// Unsigned 8-bit integer.
  case u8 = "U8"
  /// Signed 8-bit integer.
  case i8 = "I8"
  /// Unsigned 16-bit integer.
  case u16 = "U16"
  /// Signed 16-bit integer.
  case i16 = "I16"
  /// Unsigned 32-bit integer.
  case u32 = "U32"
  /// Signed 32-bit integer.
  case i32 = "I32"
  /// Unsigned 64-bit integer.
  case u64 = "U64"
  /// Signed 64-bit integer.
  case i64 = "I64"
  /// IEEE 754 half precision.
  case f16 = "F16"
  /// The upper 16 bits of single precision; read and kept, never made by this library.
  case bf16 = "BF16"
  /// IEEE 754 single precision.
  case f32 = "F32"
  /// IEEE 754 double precision.
  case f64 = "F64"
  /// Two single-precision numbers, real and imaginary part; kept as bytes, not converted.
  case c64 = "C64"
  /// 8-bit float with 4 exponent bits; kept as bytes, not converted.
  case f8e4m3 = "F8_E4M3"
  /// 8-bit float with 5 exponent bits; kept as bytes, not converted.
  case f8e5m2 = "F8_E5M2"
  /// 8-bit float with 8 exponent bits; kept as bytes, not converted.
  case f8e8m0 = "F8_E8M0"

  /// The number of bytes of one element.
  public var byteCount: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2, .f8e8m0: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64, .c64: 8
    }
  }

  /// Whether the values are whole numbers, signed or not (`bool` is not among them).
  public var isInteger: Bool {
    switch self {
    case .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64: true
    default: false
    }
  }

  /// Whether the values are binary floating-point numbers that can be read as Swift numbers.
  public var isFloatingPoint: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    default: false
    }
  }

  /// The number of bytes of an array of a shape, or nil where it does not fit an `Int`.
  func byteCount(of shape: [Int]) -> Int? {
    var bytes = byteCount
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard !overflow, extent >= 0 else { return nil }
      bytes = product
    }
    return bytes
  }
}

extension TensorScalar {
  /// The stored type of this scalar type.
  package static var dtype: ElementType {
    switch MemoryLayout<Self>.size {
    case 2: .f16
    case 4: .f32
    default: .f64
    }
  }
}

extension StoredArray {
  /// All elements as floating-point values, in row-major order.
  ///
  /// Integer types and floating-point types of 16 bits and more are read. A value that the scalar type cannot hold
  /// exactly is rounded to the nearest one; beyond the type's range it becomes an infinity. NaN and infinities stay.
  ///
  /// - Throws: ``InterchangeError`` (`conversion`) for BOOL, complex and 8-bit float elements.
  public func values<Scalar: TensorScalar>(
    as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> [Scalar] {
    switch dtype {
    case Scalar.dtype: elements(Scalar.self)
    case .f16: elements(UInt16.self).map { Scalar(float(half: $0)) }
    case .bf16: elements(UInt16.self).map { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .f32: elements(Float.self).map { Scalar($0) }
    case .f64: elements(Double.self).map { Scalar($0) }
    case .u8: elements(UInt8.self).map { Scalar($0) }
    case .i8: elements(Int8.self).map { Scalar($0) }
    case .u16: elements(UInt16.self).map { Scalar($0) }
    case .i16: elements(Int16.self).map { Scalar($0) }
    case .u32: elements(UInt32.self).map { Scalar($0) }
    case .i32: elements(Int32.self).map { Scalar($0) }
    case .u64: elements(UInt64.self).map { Scalar($0) }
    case .i64: elements(Int64.self).map { Scalar($0) }
    case .bool, .c64, .f8e4m3, .f8e5m2, .f8e8m0:
      throw InterchangeError(
        .conversion, source: "array",
        expected: "a floating-point or integer type to read as \(Scalar.scalarName)",
        found: dtype.rawValue)
    }
  }

  /// All elements as integers, in row-major order.
  ///
  /// - Throws: ``InterchangeError`` (`conversion`) where the elements are no integers, or one of them does
  ///   not fit the integer type.
  @_specialize(where Integer == Int)
  @_specialize(where Integer == Int64)
  public func integers<Integer: FixedWidthInteger>(
    as type: Integer.Type = Integer.self
  ) throws(InterchangeError) -> [Integer] {
    switch dtype {
    case .u8: try integers(from: UInt8.self)
    case .i8: try integers(from: Int8.self)
    case .u16: try integers(from: UInt16.self)
    case .i16: try integers(from: Int16.self)
    case .u32: try integers(from: UInt32.self)
    case .i32: try integers(from: Int32.self)
    case .u64: try integers(from: UInt64.self)
    case .i64: try integers(from: Int64.self)
    default:
      throw InterchangeError(
        .conversion, source: "array", expected: "an integer type to read as \(Integer.self)",
        found: dtype.rawValue)
    }
  }

  /// All elements as truth values, in row-major order.
  ///
  /// - Throws: ``InterchangeError`` (`conversion`) where the type is not BOOL or a byte is neither 0 nor 1.
  public func booleans() throws(InterchangeError) -> [Bool] {
    guard dtype == .bool else {
      throw InterchangeError(
        .conversion, source: "array", expected: "BOOL elements", found: dtype.rawValue)
    }
    if let index = bytes.firstIndex(where: { $0 > 1 }) {
      throw InterchangeError(
        .conversion, source: "array", expected: "0 or 1 in BOOL element \(index)", found: "\(bytes[index])")
    }
    return bytes.map { $0 == 1 }
  }

  /// The array as a tensor: [N, C, L] as it is, [C, L] as N = 1, [L] as N = C = 1.
  ///
  /// Elements are converted as ``values(as:)`` does.
  ///
  /// - Throws: ``InterchangeError``: `shape` where the array has no axis or more than three, `conversion`
  ///   for element types that are no numbers.
  public func tensor<Scalar: TensorScalar>(
    as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> Tensor3<Scalar> {
    guard (1...3).contains(shape.count) else {
      throw InterchangeError(
        .shape, source: "array", expected: "a shape of 1 to 3 axes, [N, C, L]", found: "shape \(shape)")
    }
    let extents = Array(repeating: 1, count: 3 - shape.count) + shape
    let tensorShape = TensorShape(extents[0], extents[1], extents[2])
    let values = try values(as: Scalar.self)
    do {
      return try Tensor3(shape: tensorShape, scalars: values)
    } catch {
      throw InterchangeError(.shape, source: "array", expected: "shape \(shape)", found: error.description)
    }
  }

  private func integers<Stored: FixedWidthInteger & BitwiseCopyable, Integer: FixedWidthInteger>(
    from type: Stored.Type
  ) throws(InterchangeError) -> [Integer] {
    if Integer.self == Stored.self
      || (Integer.self == Int.self && Stored.self == Int64.self && Int.bitWidth == 64)
    {
      // Integers of the stored type need no conversion: their bytes are copied at once.
      return unsafe [Integer](unsafeUninitializedCapacity: count) { buffer, initialized in
        // SAFETY: the two types are integers of the same width, for which any bytes are a value.
        unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
        initialized = count
      }
    }
    var result: [Integer] = []
    result.reserveCapacity(count)
    for (index, value) in elements(Stored.self).enumerated() {
      guard let exact = Integer(exactly: value) else {
        throw InterchangeError(
          .conversion, source: "array", expected: "values that fit \(Integer.self)",
          found: "\(value) in element \(index)")
      }
      result.append(exact)
    }
    return result
  }

  /// The bytes as elements of a trivial type that has the stored type's size.
  private func elements<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
    precondition(MemoryLayout<Element>.stride == dtype.byteCount)
    return unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      // SAFETY: the buffer holds `count` elements, which are exactly `bytes.count` bytes.
      unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
      initialized = count
    }
  }
}

/// The single-precision value of a half-precision bit pattern; exact, with NaN payloads kept.
func float(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    // Zero and subnormals: fraction · 2⁻²⁴, exact in single precision.
    let magnitude = Float(fraction) * 0x1p-24
    return Float(bitPattern: magnitude.bitPattern | sign)
  case 0x1F:
    return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default:
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
