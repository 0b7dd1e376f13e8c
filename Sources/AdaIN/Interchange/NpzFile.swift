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
