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

  /// A text that is equal for all paths to one place, whether or not there is a file yet.
  ///
  /// It is the device and the number of an existing folder, with the names below it. The system resolves the path, so
  /// that `..` stands for the folder above the one that a link leads to, and a folder that is mounted twice is one
  /// folder. Where the system's file names have no case, neither has the text. Hard links are two places: a file is
  /// replaced by renaming, which leaves its other names as they are.
  package static func identity(_ path: String) -> String { identity(path, linkCount: 0) }

  private static func identity(_ path: String, linkCount: Int) -> String {
    if let folder = folderNumber(path.isEmpty ? "." : path) { return folder }
    if linkCount < 40, let link = link(path) {
      return identity(link.hasPrefix("/") ? link : join(folder(path), link), linkCount: linkCount + 1)
    }
    let plain = withoutDots(path)
    if plain != path { return identity(plain, linkCount: linkCount) }
    let parent = folder(path)
    // The current folder and the root have no number where the system fails to say it.
    guard parent != path else { return path }
    return identity(parent, linkCount: linkCount) + "/" + spelled(name(path))
  }

  /// A path without `.` and `..` among the names of folders that do not exist yet.
  private static func withoutDots(_ path: String) -> String {
    if path.isEmpty || isFolder(path) { return path }
    let parent = withoutDots(folder(path))
    switch name(path) {
    case ".": return parent
    case "..": return parent.isEmpty || isFolder(parent) ? join(parent, "..") : folder(parent)
    case let name: return join(parent, name)
    }
  }

  /// The device and the number of a folder; `nil` where the path leads to none.
  private static func folderNumber(_ path: String) -> String? {
    var status = stat()
    guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return "\(status.st_dev):\(status.st_ino)"
  }

  /// The path in a symbolic link; `nil` for anything else.
  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4096)
    let length = unsafe readlink(String(trimmed(path)), &buffer, buffer.count)
    guard length > 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A name as a text that is equal for equal names only.
  private static func spelled(_ name: String) -> String {
    #if canImport(Darwin)
    return name.lowercased()
    #else
    // Names that differ only in the composition of letters are equal texts, but two files, so their bytes are compared.
    return name.utf8.allSatisfy { $0 < 0x80 }
      ? name : name.utf8.map { $0 < 0x80 ? String(UnicodeScalar($0)) : "%" + String($0, radix: 16) }.joined()
    #endif
  }

  private static func trimmed(_ path: some StringProtocol) -> Substring {
    var path = Substring(path)
    while path.count > 1, path.last == "/" { path = path.dropLast() }
    return path == "/" ? "" : path
  }
}
