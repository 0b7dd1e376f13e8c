public import Foundation
public import Tensors

/// The content of a safetensors file: named arrays and a map of strings.
///
/// Layout: an unsigned 64-bit little-endian length, a JSON header of that length, then the arrays' bytes without gap or
/// overlap. For each array the header holds `dtype`, `shape` and `data_offsets`; strings are under `__metadata__`.
/// Reading checks every size against the file before it allocates memory. Names that Unicode regards as equivalent
/// (composed and decomposed) count as the same key.
///
/// Source: <https://github.com/huggingface/safetensors#format>.
public struct SafetensorsFile: Hashable, Sendable {
  /// The strings under `__metadata__`.
  public var metadata: [String: String] = [:]

  /// The name, for messages, of the file from which the content was read.
  package let source: String
  var arrays: [String: StoredArray] = [:]
  /// Members of an array's entry that this library does not know; they are written back.
  var unknownMembers: [String: [String]] = [:]

  /// Creates a file without arrays.
  ///
  /// - Parameter source: The name that error messages use.
  public init(source: String = "safetensors") {
    self.source = source
  }

  /// Reads a file.
  ///
  /// - Throws: ``InterchangeError`` that names the file, the key, what was expected and what was found.
  public init(contentsOf url: URL) throws(InterchangeError) {
    try self.init(ByteReader(url))
  }

  /// Reads a file's bytes from memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - source: The name that error messages use.
  /// - Throws: ``InterchangeError``, as for a file.
  public init(bytes: [UInt8], source: String = "safetensors") throws(InterchangeError) {
    try self.init(ByteReader(bytes, source: source))
  }

  private init(_ input: ByteReader) throws(InterchangeError) {
    var input = input
    source = input.source
    let prefix = try input.read(8, of: "the header's length")
    let length = prefix.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= SafetensorsHeader.maximumLength else {
      throw InterchangeError(
        .malformedHeader, source: source,
        expected: "a header of at most \(SafetensorsHeader.maximumLength) bytes",
        found: "a length of \(length)")
    }
    let bytes = try input.read(Int(length), of: "the header")
    let header = try SafetensorsHeader(bytes, dataSize: input.remaining, source: source)
    metadata = header.metadata
    arrays.reserveCapacity(header.entries.count)
    for entry in header.entries {
      let data = try input.read(entry.range.count, of: "tensor \(entry.name)")
      arrays[entry.name] = StoredArray(checked: entry.dtype, shape: entry.shape, bytes: data)
      if !entry.unknownMembers.isEmpty { unknownMembers[entry.name] = entry.unknownMembers }
    }
  }

  /// The names of all arrays, in the order of their UTF-8 bytes.
  public var names: [String] {
    arrays.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The array of a name, or nil.
  ///
  /// - Precondition: The name is not `__metadata__`, which the format reserves.
  public subscript(name: String) -> StoredArray? {
    get { arrays[name] }
    set {
      require(name != SafetensorsHeader.metadataKey, "the name \(name) is reserved for the string map")
      arrays[name] = newValue
      if newValue == nil { unknownMembers[name] = nil }
    }
  }

  /// The array of a name.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`) where there is none.
  public func array(_ name: String) throws(InterchangeError) -> StoredArray {
    if let array = arrays[name] { return array }
    let known = names.prefix(8).joined(separator: ", ")
    throw InterchangeError(
      .missingKey, source: source, key: name, expected: "a tensor of that name",
      found: arrays.isEmpty ? "no tensors" : "the names \(known)\(arrays.count > 8 ? ", ..." : "")")
  }

  /// The values of an array, converted as ``StoredArray/values(as:)`` says.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion`).
  public func values<Scalar: TensorScalar>(
    _ name: String, as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> [Scalar] {
    try located(name) { (array) throws(InterchangeError) in try array.values(as: type) }
  }

  /// The integers of an array, converted as ``StoredArray/integers(as:)`` says.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion`).
  public func integers<Integer: FixedWidthInteger>(
    _ name: String, as type: Integer.Type = Integer.self
  ) throws(InterchangeError) -> [Integer] {
    try located(name) { (array) throws(InterchangeError) in try array.integers(as: type) }
  }

  /// An array as a tensor, shaped as ``StoredArray/tensor(as:)`` says.
  ///
  /// - Throws: ``InterchangeError`` (`missingKey`, `conversion`, `shape`).
  public func tensor<Scalar: TensorScalar>(
    _ name: String, as type: Scalar.Type = Scalar.self
  ) throws(InterchangeError) -> Tensor3<Scalar> {
    try located(name) { (array) throws(InterchangeError) in try array.tensor(as: type) }
  }

  /// Runs a conversion and puts this file's name and the key into its error.
  private func located<Result>(
    _ name: String, _ convert: (StoredArray) throws(InterchangeError) -> Result
  ) throws(InterchangeError) -> Result {
    let array = try array(name)
    do {
      return try convert(array)
    } catch {
      throw InterchangeError(
        error.reason, source: source, key: name, expected: error.expected, found: error.found)
    }
  }

  /// Whether metadata, arrays and unknown members are equal; the name of the file does not count.
  public static func == (left: Self, right: Self) -> Bool {
    left.metadata == right.metadata && left.arrays == right.arrays
      && left.unknownMembers == right.unknownMembers
  }

  /// Feeds metadata and arrays into the hasher.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(metadata)
    hasher.combine(arrays)
  }
}

extension SafetensorsFile {
  /// The file's bytes: the same content always gives the same bytes.
  ///
  /// The header's keys are sorted by their UTF-8 bytes. The header is padded with spaces so that the data begin at a
  /// multiple of 8. Arrays are in order of falling element size, then by name, so each is aligned to its elements.
  ///
  /// - Throws: ``InterchangeError`` (`malformedHeader`) where the header would be longer than the format allows.
  public func encoded() throws(InterchangeError) -> [UInt8] {
    let (head, order) = try layout(source: source)
    var result = head
    result.reserveCapacity(head.count + order.reduce(0) { $0 + $1.bytes.count })
    for array in order { result += array.bytes }
    return result
  }

  /// Writes the bytes of ``encoded()`` to a file, whole or not at all: beside the target first, then renamed.
  ///
  /// - Throws: ``InterchangeError``: `unwritable` where the file cannot be written (an existing file is then as it
  ///   was), or what ``encoded()`` throws.
  public func write(to url: URL) throws(InterchangeError) {
    let (head, order) = try layout(source: url.lastPathComponent)
    try writeAtomically([head] + order.map(\.bytes), to: url)
  }

  /// Length, header and padding, and the arrays in the order of their data.
  private func layout(source: String) throws(InterchangeError) -> (head: [UInt8], order: [StoredArray]) {
    let names = names
    // Sorting is stable, so names stay in order within one element size.
    let order = names.compactMap { name in arrays[name].map { (name, $0) } }
      .sorted { $0.1.dtype.byteCount > $1.1.dtype.byteCount }
    var begins: [String: Int] = [:]
    var end = 0
    for (name, array) in order {
      begins[name] = end
      end += array.bytes.count
    }
    var members = order.map { (name, array) in
      let begin = begins[name, default: 0]
      let shape = array.shape.map(String.init).joined(separator: ",")
      let known = "\"dtype\":\"\(array.dtype.rawValue)\",\"shape\":[\(shape)]"
      let offsets = "\"data_offsets\":[\(begin),\(begin + array.bytes.count)]"
      let all = ([known, offsets] + unknownMembers[name, default: []]).joined(separator: ",")
      return (name, "{\(all)}")
    }
    if !metadata.isEmpty {
      let strings = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        .map { "\(jsonString($0.key)):\(jsonString($0.value))" }
      members.append((SafetensorsHeader.metadataKey, "{\(strings.joined(separator: ","))}"))
    }
    members.sort { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
    var text = "{" + members.map { "\(jsonString($0.0)):\($0.1)" }.joined(separator: ",") + "}"
    text += String(repeating: " ", count: (8 - text.utf8.count % 8) % 8)
    guard text.utf8.count <= SafetensorsHeader.maximumLength else {
      throw InterchangeError(
        .malformedHeader, source: source,
        expected: "a header of at most \(SafetensorsHeader.maximumLength) bytes", found: "\(text.utf8.count)")
    }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: text.utf8.count >> (8 * $0)) }
    return (length + Array(text.utf8), order.map(\.1))
  }
}
