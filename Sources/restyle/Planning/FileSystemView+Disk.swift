import SoundFiles
import Foundation

extension FileSystemView {
  /// The extensions of files that are taken from a folder.
  static let soundSuffixes: Set<String> = [
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "caf", "au", "snd", "flac", "ogg", "oga",
    "opus",
    "mp3",
  ]

  /// The styles in a folder of the real file system and below: sound files and profiles, as relative paths, sorted.
  static func styleFiles(_ folder: String) -> [String] {
    files(in: folder, suffixes: soundSuffixes.union(["safetensors"]))
  }

  /// The real file system.
  static let disk = FileSystemView(
    isFolder: Paths.isFolder,
    soundFiles: { files(in: $0, suffixes: soundSuffixes) },
    identity: Paths.identity)

  /// The files in a folder and below that have one of some extensions and are not hidden, relative to it, sorted.
  static func files(in folder: String, suffixes: Set<String>) -> [String] {
    guard let all = FileManager.default.enumerator(atPath: folder) else { return [] }
    var names: [String] = []
    while let name = all.nextObject() as? String {
      let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      guard !isHidden, suffixes.contains(Paths.suffix(name).lowercased()) else { continue }
      if !Paths.isFolder(Paths.join(folder, name)) { names.append(name) }
    }
    return names.sorted()
  }
}
