import SoundFiles
import Foundation

extension FileSystemView {
  /// The extensions of files that are taken from a folder.
  static let soundSuffixes: Set<String> = [
    "wav", "wave", "bwf", "rf64", "w64", "aif", "aiff", "aifc", "caf", "au", "snd", "flac", "ogg", "oga",
    "opus",
    "mp3",
  ]

  /// The real file system.
  static let disk = FileSystemView(
    isFolder: Paths.isFolder,
    soundFiles: { folder in
      guard let all = FileManager.default.enumerator(atPath: folder) else { return [] }
      var names: [String] = []
      while let name = all.nextObject() as? String {
        let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
        guard !isHidden, soundSuffixes.contains(Paths.suffix(name).lowercased()) else { continue }
        if !Paths.isFolder(Paths.join(folder, name)) { names.append(name) }
      }
      return names.sorted()
    },
    identity: Paths.identity)
}
