import AdaIN
import Foundation
import SoundFiles

extension FileSystemView {
  /// The extensions of the sound files that are taken from a folder.
  static let soundSuffixes: Set<String> = [
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "caf", "au", "snd", "flac", "ogg", "oga",
    "opus",
    "mp3",
  ]

  /// The sound files and profiles in a folder and below, as sorted relative paths.
  static func styleFiles(_ folder: String) -> [String] {
    files(in: folder, suffixes: soundSuffixes.union(["safetensors"]))
  }

  /// The real file system.
  static let disk = FileSystemView(
    isFolder: Paths.isFolder,
    soundFiles: { files(in: $0, suffixes: soundSuffixes) },
    identity: Paths.identity, isStream: Paths.isStream)

  /// Creates a missing folder and the missing folders above it.
  static func createFolder(_ folder: String) throws(Failure) {
    guard !folder.isEmpty, !Paths.isFolder(folder) else { return }
    try refuseFile(folder)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(.cannotCreate, "cannot create the folder '\(folder)': \(error.systemText)")
    }
  }

  /// Whether a path, or a name in it, is longer than the file system allows; usually 255 bytes for a name.
  static func isNameTooLong(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) != 0 && errno == ENAMETOOLONG
  }

  /// Throws where a file has the path of a folder that must be created, or of one above it.
  private static func refuseFile(_ folder: String) throws(Failure) {
    var place = folder
    while !place.isEmpty, place != "/", !Paths.isFolder(place) {
      // Without a slash at the end, which would stand for a folder.
      let name = Paths.join(Paths.folder(place), Paths.name(place))
      guard !Paths.exists(name) || Paths.isFolder(name) else {
        throw Failure(.cannotCreate, "cannot create the folder '\(folder)': '\(name)' is a file")
      }
      place = Paths.folder(place)
    }
  }

  /// The files in a folder and below with one of some extensions, as relative paths sorted by their bytes.
  ///
  /// Hidden files are left out, and so are pipes, devices and sockets, which would keep the program waiting. A folder
  /// that cannot be read is listed itself, so that opening it fails.
  static func files(in folder: String, suffixes: Set<String>) -> [String] {
    FolderWalk(folder, suffixes: suffixes).names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The relative paths that ``files(in:suffixes:)`` leaves out.
  ///
  /// They are files with none of the extensions, and pipes, devices and sockets with one of them. Hidden files are not
  /// listed.
  static func filesLeftOut(in folder: String, suffixes: Set<String>) -> [String] {
    FolderWalk(folder, suffixes: suffixes).leftOut
  }
}

/// A walk over the files in a folder and below; links are followed, but never in a circle.
private struct FolderWalk {
  let suffixes: Set<String>
  /// The files with one of the extensions, relative to the folder.
  var names: [String] = []
  /// The files with another extension, and what has one of them and is no file, relative to the folder.
  var leftOut: [String] = []
  private var open: Set<[UInt64]> = []

  init(_ folder: String, suffixes: Set<String>) {
    self.suffixes = suffixes
    visit(folder, below: "")
  }

  private mutating func visit(_ folder: String, below name: String) {
    let path = Paths.join(folder, name)
    var status = stat()
    guard unsafe stat(path, &status) == 0, let entries = Self.entries(path) else {
      names.append(name)
      return
    }
    let identity = [UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino)]
    guard open.insert(identity).inserted else { return }
    defer { open.remove(identity) }
    for entry in entries where !entry.hasPrefix(".") {
      let below = Paths.join(name, entry)
      let path = Paths.join(folder, below)
      let isWanted = suffixes.contains(Paths.suffix(entry).lowercased())
      if Paths.isFolder(path) {
        visit(folder, below: below)
      } else if isWanted, !Paths.isStream(path) {
        // Also a link that leads nowhere: opening it says so.
        names.append(below)
      } else if isWanted || Paths.isRegularFile(path) {
        leftOut.append(below)
      }
    }
  }

  /// The names in a folder; `nil` where it cannot be read.
  ///
  /// Invalid UTF-8 in a name is replaced, so that the name cannot be opened.
  private static func entries(_ path: String) -> [String]? {
    guard let folder = unsafe opendir(path.isEmpty ? "." : path) else { return nil }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      names.append(name)
    }
    return names
  }
}

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
