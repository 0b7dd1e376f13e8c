import Foundation

/// Questions about paths, and their parts.
enum Paths {
  /// The name that stands for standard input or output.
  static let standardStream = "-"

  /// Whether a path leads to something.
  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  /// Whether a path leads to a folder.
  static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      && isDirectory.boolValue
  }

  /// The part of a path after the last slash.
  static func name(_ path: String) -> String { (path as NSString).lastPathComponent }

  /// The folder a path is in; empty for a plain name.
  static func folder(_ path: String) -> String { (path as NSString).deletingLastPathComponent }

  /// The extension without its dot; empty where there is none.
  static func suffix(_ path: String) -> String { (path as NSString).pathExtension }

  /// A path without its extension.
  static func withoutSuffix(_ path: String) -> String { (path as NSString).deletingPathExtension }

  /// A path inside a folder.
  static func join(_ folder: String, _ name: String) -> String {
    folder.isEmpty ? name : (folder as NSString).appendingPathComponent(name)
  }

  /// What two paths to one file have in common: absolute, links resolved, and without case where the system's
  /// file names have none.
  static func identity(_ path: String) -> String {
    // A file that does not exist yet is identified by its folder's.
    let folder = URL(fileURLWithPath: folder(path).isEmpty ? "." : folder(path)).resolvingSymlinksInPath()
    let full =
      exists(path)
      ? URL(fileURLWithPath: path).resolvingSymlinksInPath() : folder.appendingPathComponent(name(path))
    #if canImport(Darwin)
    return full.standardizedFileURL.path.lowercased()
    #else
    return full.standardizedFileURL.path
    #endif
  }
}
