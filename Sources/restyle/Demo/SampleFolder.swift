import SoundFiles
import Foundation

/// Where the bundled samples are.
enum SampleFolder {
  /// The folder of the samples in a checkout.
  static let name = "Samples/audio"

  /// Finds the folder.
  ///
  /// It is looked for in the current folder and those above it, in those above the program (a build of a checkout),
  /// and in `share/restyle` beside the program's `bin` (an installation).
  ///
  /// - Throws: ``Failure`` (66) where there is none.
  static func find(given folder: String?) throws(Failure) -> String {
    if let folder {
      guard Paths.isFolder(folder) else {
        throw Failure(.noInput, "cannot open the folder of samples '\(folder)'")
      }
      return folder
    }
    let program = Bundle.main.executableURL?.resolvingSymlinksInPath().path ?? ""
    let current = FileManager.default.currentDirectoryPath
    let candidates =
      [name] + folders(above: current).map { Paths.join($0, name) }
      + folders(above: program).map { Paths.join($0, name) }
      + folders(above: program).map { Paths.join($0, "share/restyle/samples") }
    guard let found = candidates.first(where: Paths.isFolder) else {
      throw Failure(
        .noInput, "the samples are not here: expected the folder \(name) of the checkout (--samples FOLDER)")
    }
    return found
  }

  /// The folders that contain a path, the innermost first.
  static func folders(above path: String) -> [String] {
    var result: [String] = []
    var folder = Paths.folder(path)
    while !folder.isEmpty, result.last != folder {
      result.append(folder)
      folder = Paths.folder(folder)
    }
    return result
  }
}
