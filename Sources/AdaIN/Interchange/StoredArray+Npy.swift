public import Foundation

/// Reading and writing NumPy's .npy files, versions 1.0 to 3.0.
extension StoredArray {
  /// Reads a .npy file, of either byte order, in C or Fortran order.
  ///
  /// - Throws: ``InterchangeError`` that names the file, what was expected and what was found.
  public init(npy url: URL) throws(InterchangeError) {
    var input = try ByteReader(url)
    try self.init(npy: &input)
  }

  /// Reads a .npy file's bytes from memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - source: The name that error messages use.
  /// - Throws: ``InterchangeError``, as for a file.
  public init(npyBytes bytes: [UInt8], source: String = "npy") throws(InterchangeError) {
    var input = ByteReader(bytes, source: source)
    try self.init(npy: &input)
  }

  /// The bytes of a .npy file of version 1.0.
  ///
  /// - Parameter fortranOrder: Whether the first extent varies fastest in the file.
  /// - Throws: ``InterchangeError`` (`unsupported`) for element types that NumPy does not have.
  public func npyBytes(fortranOrder: Bool = false) throws(InterchangeError) -> [UInt8] {
    try npyHeader(fortranOrder, source: "npy") + npyData(fortranOrder)
  }

  /// Writes a .npy file, whole or not at all.
  ///
  /// - Parameters:
  ///   - url: The file to write.
  ///   - fortranOrder: Whether the first extent varies fastest in the file.
  /// - Throws: ``InterchangeError``: `unsupported` for element types that NumPy does not have, `unwritable` where the
  ///   file cannot be written.
  public func write(npy url: URL, fortranOrder: Bool = false) throws(InterchangeError) {
    let header = try npyHeader(fortranOrder, source: url.lastPathComponent)
    try writeAtomically([header, npyData(fortranOrder)], to: url)
  }

  private init(npy input: inout ByteReader) throws(InterchangeError) {
    let source = input.source
    let start = try input.read(8, of: "magic and version")
    guard Array(start[..<6]) == NpyHeader.magic else {
      throw InterchangeError(
        .malformedHeader, source: source, expected: "\\x93NUMPY as the first 6 bytes", found: "\(start[..<6])"
      )
    }
    guard (1...3).contains(start[6]) else {
      throw InterchangeError(
        .unsupported, source: source, expected: "version 1, 2 or 3", found: "\(start[6]).\(start[7])")
    }
    let prefix = try input.read(start[6] == 1 ? 2 : 4, of: "the header's length")
    let length = prefix.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= NpyHeader.maximumLength else {
      throw InterchangeError(
        .malformedHeader, source: source, expected: "a header of at most \(NpyHeader.maximumLength) bytes",
        found: "a length of \(length)")
    }
    let header = try NpyHeader(input.read(length, of: "the header"), source: source)
    guard let size = header.dtype.byteCount(of: header.shape) else {
      throw InterchangeError(
        .shape, source: source, expected: "a size that fits an Int", found: "shape \(header.shape)")
    }
    guard size <= input.remaining else {
      throw InterchangeError(
        .truncated, source: source,
        expected: "\(size) bytes for \(header.dtype.rawValue) of shape \(header.shape)",
        found: "\(input.remaining) bytes")
    }
    var bytes = try input.read(size, of: "the array")
    guard input.remaining == 0 else {
      throw InterchangeError(
        .shape, source: source,
        expected: "\(size) bytes for \(header.dtype.rawValue) of shape \(header.shape)",
        found: "\(input.remaining) bytes more")
    }
    if header.isBigEndian {
      // A complex number is two floats, each in its own byte order.
      swapBytes(&bytes, header.dtype == .c64 ? 4 : header.dtype.byteCount)
    }
    if header.isFortranOrder {
      bytes = transposed(bytes, header.shape.reversed(), header.dtype.byteCount)
    }
    self.init(checked: header.dtype, shape: header.shape, bytes: bytes)
  }

  private func npyHeader(_ fortranOrder: Bool, source: String) throws(InterchangeError) -> [UInt8] {
    guard let code = NpyHeader.code(dtype) else {
      throw InterchangeError(
        .unsupported, source: source, expected: "an element type that NumPy has", found: dtype.rawValue)
    }
    return NpyHeader.encoded(code: code, shape: shape, fortranOrder: fortranOrder)
  }

  private func npyData(_ fortranOrder: Bool) -> [UInt8] {
    fortranOrder ? transposed(bytes, shape, dtype.byteCount) : bytes
  }
}

/// Reverses the bytes of each element.
private func swapBytes(_ bytes: inout [UInt8], _ size: Int) {
  if size == 1 { return }
  for start in stride(from: 0, to: bytes.count, by: size) {
    bytes[start..<start + size].reverse()
  }
}

/// Reverses the order of the axes of an array in row-major order.
private func transposed(_ bytes: [UInt8], _ shape: [Int], _ size: Int) -> [UInt8] {
  guard shape.count > 1, !bytes.isEmpty else { return bytes }
  var result: [UInt8] = []
  result.reserveCapacity(bytes.count)
  // Positions are counted in the new order; each axis moves by its stride in the old one.
  var strides = Array(repeating: size, count: shape.count)
  for axis in stride(from: shape.count - 2, through: 0, by: -1) {
    strides[axis] = strides[axis + 1] * shape[axis + 1]
  }
  var position = Array(repeating: 0, count: shape.count)
  var offset = 0
  for _ in 0..<bytes.count / size {
    result += bytes[offset..<offset + size]
    // The first axis of the old order varies fastest in the new one.
    for axis in shape.indices {
      position[axis] += 1
      offset += strides[axis]
      if position[axis] < shape[axis] { break }
      offset -= strides[axis] * shape[axis]
      position[axis] = 0
    }
  }
  return result
}
