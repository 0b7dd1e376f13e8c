import AdaIN
import Foundation
import SoundFiles

/// Lists of paths in files.
enum PathList {
  /// The paths in a list: separated by NUL if it has any (as `find -print0` writes them), otherwise one a line.
  ///
  /// Lines may end in CR LF, and empty lines are skipped. All other characters belong to the path, also blanks and `#`.
  static func paths(in data: Data) -> [String] {
    let isNULSeparated = data.contains(0)
    return data.split(separator: isNULSeparated ? 0 : UInt8(ascii: "\n")).compactMap { line in
      let path = !isNULSeparated && line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      return path.isEmpty ? nil : String(decoding: path, as: UTF8.self)
    }
  }

  /// Reads a list; `-` is standard input.
  ///
  /// - Throws: ``Failure`` where it cannot be read, ``UsageError`` where it has no path.
  static func read(_ path: String, option: String) throws -> [String] {
    let data: Data?
    do {
      // This also reads pipes and devices to their end.
      let file =
        path == Paths.standardStream
        ? FileHandle.standardInput : try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      data = try file.readToEnd()
    } catch {
      throw Failure(.noInput, "\(option): cannot read the list '\(path)': \(error.systemText)")
    }
    let paths = paths(in: data ?? Data())
    guard !paths.isEmpty else { throw UsageError("\(option) \(path): expected paths, found none") }
    return paths
  }
}
