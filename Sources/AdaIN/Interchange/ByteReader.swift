import Foundation

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

  /// Reads the next bytes; nothing is allocated before their number is known to be there.
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
