public import Foundation

extension SafetensorsFile {
  /// The file's bytes: the same content always gives the same bytes.
  ///
  /// The header's keys are sorted by their UTF-8 bytes and padded with spaces so that the data begin at a multiple
  /// of 8. The data stand in order of falling element size, then by name, so each array is aligned to its elements.
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
