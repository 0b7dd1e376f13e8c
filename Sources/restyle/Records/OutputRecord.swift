import Foundation
import SoundFiles

/// What a result was made of, as it stands in a file beside it: `.restyle/NAME.json` in the result's folder.
struct OutputRecord: Codable, Hashable, Sendable {
  /// What decides over the bytes of a result.
  struct Origin: Codable, Hashable, Sendable {
    /// SHA-256 of the content.
    var content: String
    /// SHA-256 of all settings, with those of the styles' files.
    var settings: String
    /// SHA-256 of the contents that it was planned with; `nil` where it was planned by itself.
    var programme: String?
  }

  /// The program and its version.
  var program = "restyle \(RestyleCommand.version)"
  /// The content's path as it was given, for people.
  var contentPath: String
  var origin: Origin
  /// SHA-256 of the result, and of the one that it replaces, which stays until the new one is whole.
  var outputs: [String]

  /// The folder of records, in that of the results.
  static let folderName = ".restyle"

  /// Where the record of a result lies.
  static func path(of output: String) -> String {
    let name = Paths.name(output)
    // A long name with an extension could pass the usual limit of 255 bytes.
    let stem = name.utf8.count <= 200 ? name : SHA256.hex(of: name.utf8)
    return Paths.join(Paths.join(Paths.folder(output), folderName), stem + ".json")
  }

  /// Reads the record of a result; `nil` where there is none, or where it is damaged.
  static func read(of output: String) -> OutputRecord? {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path(of: output))) else { return nil }
    return try? JSONDecoder().decode(OutputRecord.self, from: data)
  }

  /// Writes the record of a result.
  func write(of output: String) throws {
    let path = Self.path(of: output)
    try FileSystemView.createFolder(Paths.folder(path))
    try OutputFile.write(Array((JSONText.encode(self) + "\n").utf8), to: path, overwrites: true)
  }
}
