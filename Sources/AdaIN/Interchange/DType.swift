/// The element type of a ``StoredArray``, under the names that safetensors gives it.
public enum DType: String, CaseIterable, Hashable, Codable, Sendable {
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
