import AdaIN
import Foundation
import SoundFiles

/// Lists of paths in files.
enum PathList {
  /// The paths in a list: separated by NUL if it has any (as `find -print0` writes them), otherwise one a line.
  ///
  /// Lines may end in CR LF, and empty lines are skipped. A byte order mark of UTF-8 at the start is skipped, too. All
  /// other characters belong to the path, also blanks and `#`.
  static func paths(in data: Data) -> [String] {
    let data = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data
    let isNULSeparated = data.contains(0)
    return data.split(separator: isNULSeparated ? 0 : UInt8(ascii: "\n")).compactMap { line in
      let path = !isNULSeparated && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }
  }

  /// Reads a list; `-` is standard input.
  ///
  /// - Throws: ``Failure`` where it cannot be read, ``UsageError`` where it is no list or has no path.
  static func read(_ path: String, option: String) throws -> [String] {
    let data: Data
    do {
      // This also reads pipes and devices to their end.
      let file: FileHandle
      if path == Paths.standardStream {
        file = .standardInput
      } else {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXError.Code(rawValue: errno) ?? .EIO) }
        file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
      }
      data = try file.readToEnd() ?? Data()
    } catch {
      throw Failure(.noInput, "\(option): cannot read the list '\(path)': \(error.systemText)")
    }
    guard ![[0xFF, 0xFE], [0xFE, 0xFF]].contains(where: { data.starts(with: $0) }) else {
      throw UsageError("\(option) \(path): expected a list in UTF-8, found UTF-16")
    }
    let paths = paths(in: data)
    guard !paths.isEmpty else { throw UsageError("\(option) \(path): expected paths, found none") }
    // A sound file by mistake, for instance. A name may have such characters, but then the file is there.
    guard !paths.contains(where: { hasControl($0) && !Paths.exists($0) }) else {
      throw UsageError(
        "\(option) \(path): expected a text file of paths, one a line or each ended by NUL, found other data")
    }
    return paths
  }

  /// Whether a path has control characters other than tabs and ends of lines.
  private static func hasControl(_ path: String) -> Bool {
    path.utf8.contains { $0 < 0x20 && ![0x09, 0x0A, 0x0D].contains($0) }
  }
}
