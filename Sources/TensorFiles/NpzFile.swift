public import Foundation

/// The content of a NumPy .npz file: named arrays in a zip archive.
///
/// Reads what `numpy.savez` and `numpy.savez_compressed` write; writes uncompressed archives, with sorted names and
/// fixed dates, so that the same arrays give the same bytes.
public struct NpzFile: Hashable, Sendable {
  private var arrays: [String: StoredArray] = [:]

  /// Creates a file without arrays.
  public init() {}

  /// Reads a file.
  ///
  /// - Throws: ``InterchangeError`` that names the file, the member, what was expected and what was found.
  public init(contentsOf url: URL) throws(InterchangeError) {
    var input = try ByteReader(url)
    try self.init(bytes: input.read(input.size, of: "the archive"), source: input.source)
  }

  /// Reads some of a file's arrays; the others are not unpacked.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - names: The names of the arrays; those that the file does not have are left out.
  /// - Throws: ``InterchangeError``, as for the whole file.
  public init(contentsOf url: URL, only names: Set<String>) throws(InterchangeError) {
    var input = try ByteReader(url)
    try self.init(
      bytes: input.read(input.size, of: "the archive"), source: input.source,
      isWanted: { $0.hasSuffix(".npy") && names.contains(String($0.dropLast(4))) })
  }

  /// The names of a file's arrays, none of which is unpacked.
  ///
  /// - Throws: ``InterchangeError``, as for the whole file.
  public static func names(inFileAt url: URL) throws(InterchangeError) -> [String] {
    var input = try ByteReader(url)
    var names: [String] = []
    _ = try NpzFile(
      bytes: input.read(input.size, of: "the archive"), source: input.source,
      isWanted: { member in
        names.append(member.hasSuffix(".npy") ? String(member.dropLast(4)) : member)
        return false
      })
    return names
  }

  /// Reads a file's bytes from memory.
  ///
  /// - Parameters:
  ///   - bytes: The file's bytes.
  ///   - source: The name that error messages use.
  /// - Throws: ``InterchangeError``, as for a file.
  public init(bytes: [UInt8], source: String = "npz") throws(InterchangeError) {
    try self.init(bytes: bytes, source: source, isWanted: { _ in true })
  }

  private init(
    bytes: [UInt8], source: String, isWanted: (String) -> Bool
  ) throws(InterchangeError) {
    var arrays: [String: StoredArray] = [:]
    try ZipArchive.forEachMember(of: bytes, source: source, isWanted: isWanted) {
      (member, data) throws(InterchangeError) in
      guard member.hasSuffix(".npy") else {
        throw InterchangeError(
          .unsupported, source: source, key: member, expected: "members named *.npy", found: "another name")
      }
      let name = String(member.dropLast(4))
      guard arrays[name] == nil else {
        throw InterchangeError(
          .duplicateKey, source: source, key: name, expected: "every name once", found: "it twice")
      }
      arrays[name] = try StoredArray(npyBytes: data, source: "\(source)/\(member)")
    }
    self.arrays = arrays
  }

  /// The names of all arrays, in the order of their UTF-8 bytes.
  public var names: [String] {
    arrays.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The array of a name, or nil.
  public subscript(name: String) -> StoredArray? {
    get { arrays[name] }
    set { arrays[name] = newValue }
  }

  /// The file's bytes.
  ///
  /// - Throws: ``InterchangeError`` (`unsupported`) for element types that NumPy does not have, and from 4 GiB on.
  public func encoded() throws(InterchangeError) -> [UInt8] {
    var members: [(name: String, bytes: [UInt8])] = []
    for name in names {
      if let array = arrays[name] { members.append(("\(name).npy", try array.npyBytes())) }
    }
    return try ZipArchive.encoded(members, source: "npz")
  }

  /// Writes the bytes of ``encoded()`` to a file, whole or not at all.
  ///
  /// - Throws: ``InterchangeError``: what ``encoded()`` throws, and `unwritable` where the file cannot be written.
  public func write(to url: URL) throws(InterchangeError) {
    try writeAtomically([try encoded()], to: url)
  }
}

/// A zip archive with stored or deflated members, the form of .npz files.
///
/// Source: PKWARE's APPNOTE 6.3.
enum ZipArchive {
  /// A member as the central directory lists it.
  private struct Entry {
    let name: String
    let method: Int
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    let offset: Int
  }

  /// Reads an archive and calls a closure with the name and the content of each member, one at a time.
  ///
  /// - Parameter isWanted: Whether a member is unpacked; the others take no memory.
  static func forEachMember(
    of bytes: [UInt8], source: String, isWanted: (String) -> Bool = { _ in true },
    _ body: (String, [UInt8]) throws(InterchangeError) -> Void
  ) throws(InterchangeError) {
    let view = ZipBytes(bytes, source: source)
    let entries = try Self.entries(view)
    var end = 0
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      // The local header repeats the entry; only its variable lengths are needed.
      guard try view.u32(entry.offset) == 0x0403_4B50 else {
        throw view.error(
          .malformedHeader, entry.name, "a local header at byte \(entry.offset)", "other bytes")
      }
      let start = try entry.offset + 30 + view.u16(entry.offset + 26) + view.u16(entry.offset + 28)
      guard entry.offset >= end else {
        throw view.error(.offsets, entry.name, "data that begin at \(end) or later", "\(entry.offset)")
      }
      guard start <= bytes.count, entry.packedSize <= bytes.count - start else {
        throw view.error(
          .truncated, entry.name, "\(entry.packedSize) bytes at byte \(start)",
          "\(max(0, bytes.count - start)) bytes")
      }
      end = start + entry.packedSize
      guard isWanted(entry.name) else { continue }
      let packed = bytes[start..<end]
      let content: [UInt8]
      switch entry.method {
      case 0:
        guard entry.size == entry.packedSize else {
          throw view.error(.shape, entry.name, "a stored size of \(entry.packedSize)", "\(entry.size)")
        }
        content = Array(packed)
      case 8: content = try Inflate.decoded(packed, size: entry.size, source: source)
      default:
        throw view.error(
          .unsupported, entry.name, "method 0 (stored) or 8 (deflated)", "method \(entry.method)")
      }
      guard crc32(content) == entry.checksum else {
        throw view.error(
          .malformedHeader, entry.name, "a checksum of \(entry.checksum)", "\(crc32(content))")
      }
      try body(entry.name, content)
    }
  }

  private static func entries(_ view: ZipBytes) throws(InterchangeError) -> [Entry] {
    let (directory, count) = try directory(view)
    var entries: [Entry] = []
    var at = directory
    for _ in 0..<count {
      guard try view.u32(at) == 0x0201_4B50 else {
        throw view.error(.malformedHeader, nil, "a directory entry at byte \(at)", "other bytes")
      }
      let (nameLength, extraLength) = (try view.u16(at + 28), try view.u16(at + 30))
      let name = String(decoding: try view.slice(at + 46, nameLength), as: UTF8.self)
      guard try view.u16(at + 8) & 1 == 0 else {
        throw view.error(.unsupported, name, "a member without encryption", "an encrypted one")
      }
      var sizes = [try view.u32(at + 24), try view.u32(at + 20), try view.u32(at + 42)]
      try readZip64(&sizes, view, at + 46 + nameLength, extraLength)
      entries.append(
        Entry(
          name: name, method: try view.u16(at + 10), checksum: UInt32(try view.u32(at + 16)),
          packedSize: sizes[1],
          size: sizes[0], offset: sizes[2]))
      at += try 46 + nameLength + extraLength + view.u16(at + 32)
    }
    return entries
  }

  /// Replaces sizes and offsets of 0xFFFFFFFF by those of the zip64 extra field.
  private static func readZip64(
    _ sizes: inout [Int], _ view: ZipBytes, _ start: Int, _ length: Int
  ) throws(InterchangeError) {
    var at = start
    while at + 4 <= start + length {
      let (kind, count) = (try view.u16(at), try view.u16(at + 2))
      if kind == 1 {
        var field = at + 4
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard field + 8 <= at + 4 + count else { break }
          sizes[index] = try view.u64(field)
          field += 8
        }
        return
      }
      at += 4 + count
    }
  }

  /// The offset of the central directory, and the number of its entries.
  private static func directory(_ view: ZipBytes) throws(InterchangeError) -> (offset: Int, count: Int) {
    let last = view.count - 22
    var at = last
    while at >= 0, at >= last - 0xFFFF {
      if try view.u32(at) == 0x0605_4B50 {
        let (count, offset) = (try view.u16(at + 10), try view.u32(at + 16))
        if count == 0xFFFF || offset == 0xFFFF_FFFF, at >= 20, try view.u32(at - 20) == 0x0706_4B50 {
          let record = try view.u64(at - 12)
          return (try view.u64(record + 48), try view.u64(record + 32))
        }
        return (offset, count)
      }
      at -= 1
    }
    throw view.error(.malformedHeader, nil, "the end record of a zip archive", "none")
  }

  /// The bytes of an archive of stored members; the same members give the same bytes.
  static func encoded(
    _ members: [(name: String, bytes: [UInt8])], source: String
  ) throws(InterchangeError) -> [UInt8] {
    var (result, directory): ([UInt8], [UInt8]) = ([], [])
    for (name, bytes) in members {
      let text = Array(name.utf8)
      guard result.count + bytes.count + text.count + 100 < 0xFFFF_FFFF, text.count < 0xFFFF,
        members.count < 0xFFFF
      else {
        throw InterchangeError(
          .unsupported, source: source, key: name, expected: "less than 4 GiB in fewer than 65535 members",
          found: "\(result.count + bytes.count) bytes, \(members.count) members")
      }
      // Version 2.0, UTF-8 names, stored, 1 January 1980.
      let common =
        little(20, 2) + little(0x800, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
        + little(Int(crc32(bytes)), 4) + little(bytes.count, 4) + little(bytes.count, 4)
        + little(text.count, 2)
        + little(0, 2)
      directory +=
        little(0x0201_4B50, 4) + little(20, 2) + common + little(0, 2) + little(0, 2) + little(0, 2)
      directory += little(0, 4) + little(result.count, 4) + text
      result += little(0x0403_4B50, 4) + common + text + bytes
    }
    let end = little(0x0605_4B50, 4) + little(0, 4) + little(members.count, 2) + little(members.count, 2)
    return result + directory + end + little(directory.count, 4) + little(result.count, 4) + little(0, 2)
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}

/// Little-endian numbers at checked positions.
private struct ZipBytes {
  private let bytes: [UInt8]
  private let source: String
  var count: Int { bytes.count }

  init(_ bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  func slice(_ at: Int, _ length: Int) throws(InterchangeError) -> ArraySlice<UInt8> {
    guard at >= 0, at <= bytes.count, length <= bytes.count - at else {
      throw error(.truncated, nil, "\(length) bytes at byte \(at)", "\(bytes.count) bytes in all")
    }
    return bytes[at..<at + length]
  }

  func u16(_ at: Int) throws(InterchangeError) -> Int { try number(at, 2) }

  func u32(_ at: Int) throws(InterchangeError) -> Int { try number(at, 4) }

  func u64(_ at: Int) throws(InterchangeError) -> Int {
    let value = try slice(at, 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let exact = Int(exactly: value), exact < 1 << 62 else {
      throw error(.offsets, nil, "a size or offset below 2⁶²", "\(value)")
    }
    return exact
  }

  private func number(_ at: Int, _ length: Int) throws(InterchangeError) -> Int {
    try slice(at, length).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  func error(
    _ reason: InterchangeError.Reason, _ key: String?, _ expected: String, _ found: String
  ) -> InterchangeError {
    InterchangeError(reason, source: source, key: key, expected: expected, found: found)
  }
}

/// The CRC-32 of zip (polynomial 0xEDB88320, reflected).
func crc32(_ bytes: [UInt8]) -> UInt32 {
  ~bytes.reduce(~UInt32(0)) { crcTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
}

private let crcTable: [UInt32] = (0..<256).map { byte in
  (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
}
