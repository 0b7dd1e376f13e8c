import AdaIN
import Foundation
import SoundFiles

extension StyleProfile {
  /// Loads a style: a profile file is read, a sound file is measured.
  ///
  /// - Parameters:
  ///   - path: The file; `-` measures standard input.
  ///   - learner: How a sound file is measured.
  ///   - isStrict: Whether a damaged or truncated sound file is an error.
  ///   - warnings: Takes what is odd about a sound file.
  /// - Throws: `SoundFileError` where the file cannot be opened or is no sound file, ``RestyleError`` for a damaged
  ///   profile or a clip without samples.
  public init(
    learningFrom path: String, learner: ProfileLearner = ProfileLearner(), isStrict: Bool = false,
    warnings: inout [String]
  ) throws {
    if Self.isProfile(path) {
      try self.init(contentsOf: URL(fileURLWithPath: path))
      return
    }
    let reader = try SoundFileReader(path: path)
    self = try learner.learn(reader)
    if isStrict && reader.info.isTruncated {
      throw SoundFileError(.badData, path: path, reader.info.warnings.first ?? "\(path): the file is damaged")
    }
    warnings += reader.info.warnings
  }

  /// Loads a style, and leaves warnings away.
  public init(learningFrom path: String, learner: ProfileLearner = ProfileLearner()) throws {
    var warnings: [String] = []
    try self.init(learningFrom: path, learner: learner, warnings: &warnings)
  }

  /// Whether a file looks like safetensors: 8 bytes of header length, then the brace that opens the header.
  public static func isProfile(_ path: String) -> Bool {
    // Reading a pipe would take its first bytes away.
    let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
    guard type == .typeRegular || type == .typeSymbolicLink else { return false }
    guard let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 9), head.count == 9 else { return false }
    let length = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length < 100_000_000 && head[head.startIndex + 8] == UInt8(ascii: "{")
  }
}
