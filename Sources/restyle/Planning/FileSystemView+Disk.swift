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

  /// The extensions of the files that are taken from a folder of styles: those of sound files and profiles.
  static let styleSuffixes = soundSuffixes.union(["safetensors"])

  /// The sound files and profiles in a folder and below, as sorted relative paths.
  static func styleFiles(_ folder: String) -> [String] {
    files(in: folder, suffixes: styleSuffixes)
  }

  /// The real file system.
  static let disk = FileSystemView(
    isFolder: Paths.isFolder,
    soundFiles: { files(in: $0, suffixes: soundSuffixes, except: $1) },
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
  /// They are the names of a ``FolderWalk``.
  static func files(in folder: String, suffixes: Set<String>, except exception: String? = nil) -> [String] {
    FolderWalk(folder, suffixes: suffixes, except: exception).names.sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }
}
