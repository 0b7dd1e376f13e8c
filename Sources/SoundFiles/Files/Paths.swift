import Foundation

/// Tests of paths, and their parts.
///
/// Paths are taken apart by own code, since Foundation's functions stop the program for names of one character on
/// Linux.
package enum Paths {
  /// The name that stands for standard input or output.
  package static let standardStream = "-"

  /// Whether a path leads to something.
  package static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether a path leads to a folder.
  package static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  /// Whether a path leads to a file with positions, which can be opened as often as needed.
  package static func isRegularFile(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether a path leads to something that can be read or written once only, in order: `-`, a pipe, a device.
  package static func isStream(_ path: String) -> Bool {
    if path == standardStream { return true }
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return false }
    return ![S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT)
  }

  /// The path, or `-` where it is another name of standard input.
  package static func standardInput(_ path: String) -> String {
    ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(path) ? standardStream : path
  }

  /// The path, or `-` where it is another name of standard output.
  package static func standardOutput(_ path: String) -> String {
    ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(path) ? standardStream : path
  }

  /// Another spelling of a path that leads to the same file.
  ///
  /// Swift regards names as equal that differ only in the composition of letters, although they name two files.
  package static func respelled(_ path: String) -> String { join(folder(path), "./" + name(path)) }

  /// The part of a path after the last slash; slashes at the end do not count.
  package static func name(_ path: String) -> String {
    String(trimmed(path).split(separator: "/", omittingEmptySubsequences: true).last ?? "")
  }

  /// The folder of a path; empty for a plain name, `/` for a path at the root.
  package static func folder(_ path: String) -> String {
    let path = trimmed(path)
    guard let slash = path.lastIndex(of: "/") else { return "" }
    let folder = trimmed(path[..<slash])
    return folder.isEmpty ? "/" : String(folder)
  }

  /// The extension without its dot; empty where there is none.
  ///
  /// A dot at the start of a name makes a hidden file, not an extension.
  package static func suffix(_ path: String) -> String {
    let name = name(path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return String(name[name.index(after: dot)...])
  }

  /// A path without its extension and the extension's dot.
  package static func withoutSuffix(_ path: String) -> String {
    let suffix = suffix(path)
    return suffix.isEmpty ? path : String(trimmed(path).dropLast(suffix.count + 1))
  }

  /// A path inside a folder; an empty folder is the current one.
  package static func join(_ folder: String, _ name: String) -> String {
    guard !folder.isEmpty else { return name }
    return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// A text that is equal for all paths to one file: absolute, with links resolved, and without case where the system's
  /// file names have none.
  package static func identity(_ path: String) -> String {
    // A file that does not exist yet is identified by the folder in which it will be.
    let parent = folder(path)
    let url =
      exists(path) || name(path).isEmpty
      ? URL(fileURLWithPath: path)
      : URL(fileURLWithPath: parent.isEmpty ? "." : parent).resolvingSymlinksInPath()
        .appendingPathComponent(name(path))
    let full = url.resolvingSymlinksInPath().standardizedFileURL.path
    #if canImport(Darwin)
    return full.lowercased()
    #else
    // Names that differ only in the composition of letters are equal texts, but two files, so their bytes are compared.
    return full.utf8.allSatisfy { $0 < 0x80 }
      ? full : full.utf8.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "%" + String($0, radix: 16) }.joined()
    #endif
  }

  private static func trimmed(_ path: some StringProtocol) -> Substring {
    var path = Substring(path)
    while path.count > 1, path.last == "/" { path = path.dropLast() }
    return path == "/" ? "" : path
  }
}
