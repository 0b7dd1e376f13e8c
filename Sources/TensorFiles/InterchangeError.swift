public import Foundation

/// An error met while reading or writing safetensors, npy or npz data.
///
/// It names where it was met (file and key), what was expected and what was found.
public struct InterchangeError: Error, Hashable, Sendable, CustomStringConvertible, LocalizedError {
  /// The kind of an ``InterchangeError``.
  public enum Reason: Hashable, Sendable {
    /// The file could not be opened or read.
    case unreadable
    /// The file could not be created, written or renamed.
    case unwritable
    /// The data end before the size that they announce.
    case truncated
    /// The header does not follow the format.
    case malformedHeader
    /// A key occurs twice.
    case duplicateKey
    /// An element type, version or feature that is not supported.
    case unsupported
    /// Byte ranges overlap, leave a gap or reach outside the data.
    case offsets
    /// A shape overflows, or does not fit the number of elements or bytes.
    case shape
    /// A key that was asked for does not exist.
    case missingKey
    /// Values that the type asked for cannot hold.
    case conversion
  }

  /// The kind of error.
  public let reason: Reason
  /// The file, or a name for data in memory.
  public let source: String
  /// The tensor or metadata key, where the error concerns one.
  public let key: String?
  /// What was expected.
  public let expected: String
  /// What was found.
  public let found: String

  /// Creates an error.
  public init(_ reason: Reason, source: String, key: String? = nil, expected: String, found: String) {
    self.reason = reason
    self.source = source
    self.key = key
    self.expected = expected
    self.found = found
  }

  /// One line: file, key, expected and found.
  ///
  /// Long keys and values are cut to 120 characters.
  public var description: String {
    let place = key.map { "\(source), key \"\(shortened($0))\"" } ?? source
    return "\(place): expected \(shortened(expected)), found \(shortened(found))"
  }

  /// The whole line.
  public var errorDescription: String? { description }

  private func shortened(_ text: String) -> String {
    text.count <= 120 ? text : "\(text.prefix(117))..."
  }
}

extension Error {
  /// A short text for an error of Foundation, where possible the operating system's.
  package var systemText: String {
    var error = self as NSError
    while let inner = error.userInfo[NSUnderlyingErrorKey] as? NSError { error = inner }
    if error.domain == NSPOSIXErrorDomain, let number = Int32(exactly: error.code) {
      let text = unsafe String(cString: strerror(number))
      return text.prefix(1).lowercased() + text.dropFirst()
    }
    switch (self as? CocoaError)?.code {
    case .fileNoSuchFile, .fileReadNoSuchFile: return "no such file"
    case .fileReadNoPermission, .fileWriteNoPermission: return "no permission"
    case .fileWriteFileExists: return "a file with this name exists"
    case .fileWriteOutOfSpace: return "no space left"
    default: return localizedDescription
    }
  }
}

/// Sequential reading of a file or of bytes in memory, with the whole size known beforehand.
struct ByteReader {
  /// The file's name, or a name for bytes in memory.
  let source: String
  /// The number of bytes in all.
  let size: Int
  private(set) var position = 0
  private let handle: FileHandle?
  private let memory: [UInt8]

  /// Opens a file.
  init(_ url: URL) throws(InterchangeError) {
    source = url.lastPathComponent
    memory = []
    if let values = try? url.resourceValues(forKeys: [.isDirectoryKey]), values.isDirectory == true {
      throw InterchangeError(.unreadable, source: url.relativePath, expected: "a file", found: "a folder")
    }
    do {
      let handle = try FileHandle(forReadingFrom: url)
      let end = try handle.seekToEnd()
      try handle.seek(toOffset: 0)
      self.handle = handle
      self.size = Int(clamping: end)
    } catch {
      throw InterchangeError(
        .unreadable, source: url.relativePath, expected: "a readable file", found: error.systemText)
    }
  }

  /// Reads from memory.
  init(_ bytes: [UInt8], source: String) {
    self.source = source
    self.size = bytes.count
    self.handle = nil
    self.memory = bytes
  }

  /// The number of bytes not read yet.
  var remaining: Int { size - position }

  /// Reads the next bytes; memory is allocated only after a check that so many bytes are left.
  mutating func read(_ count: Int, of part: String) throws(InterchangeError) -> [UInt8] {
    guard count <= remaining else {
      throw InterchangeError(
        .truncated, source: source, expected: "\(count) bytes of \(part) at byte \(position)",
        found: "\(remaining) bytes")
    }
    defer { position += count }
    guard let handle else { return Array(memory[position..<position + count]) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    // One system call moves less than 2 GiB; smaller pieces also bound the intermediate buffer.
    while bytes.count < count {
      let wanted = min(count - bytes.count, 1 << 24)
      let piece: Data?
      do {
        piece = try handle.read(upToCount: wanted)
      } catch {
        throw InterchangeError(
          .unreadable, source: source, expected: "\(count) bytes of \(part)",
          found: error.systemText)
      }
      guard let piece, !piece.isEmpty else {
        throw InterchangeError(
          .truncated, source: source, expected: "\(count) bytes of \(part)", found: "\(bytes.count) bytes")
      }
      bytes.append(contentsOf: piece)
    }
    return bytes
  }
}

/// Writes a file whole or not at all: into a temporary file beside it, which is then renamed.
///
/// A failure leaves an existing file as it was and removes the temporary file.
func writeAtomically(_ pieces: some Sequence<[UInt8]>, to url: URL) throws(InterchangeError) {
  let name = ".\(url.lastPathComponent).\(UInt64.random(in: .min ... .max)).partial"
  let temporary = url.deletingLastPathComponent().appendingPathComponent(name)
  do {
    try Data().write(to: temporary, options: .withoutOverwriting)
    let handle = try FileHandle(forWritingTo: temporary)
    for piece in pieces where !piece.isEmpty {
      try handle.write(contentsOf: piece)
    }
    try handle.synchronize()
    try handle.close()
    guard unsafe rename(temporary.path, url.path) == 0 else {
      throw CocoaError(
        .fileWriteUnknown, userInfo: [NSLocalizedDescriptionKey: unsafe String(cString: strerror(errno))])
    }
  } catch {
    try? FileManager.default.removeItem(at: temporary)
    throw InterchangeError(
      .unwritable, source: url.relativePath, expected: "a place to write the file",
      found: error.systemText)
  }
}
