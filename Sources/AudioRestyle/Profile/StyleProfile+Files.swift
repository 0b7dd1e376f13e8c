import AdaIN
import Foundation
public import SoundFiles

extension StyleProfile {
  /// Loads a style: a profile file is read, a sound file is measured.
  ///
  /// - Parameters:
  ///   - path: The file; `-` measures standard input.
  ///   - learner: How a sound file is measured.
  ///   - isStrict: Whether a damaged or truncated sound file is an error.
  ///   - source: Makes of the opened sound file what is measured, for example a ``ForwardingSource`` that shows progress.
  /// - Returns: The profile, and what is known of the sound file; `nil` for a profile file.
  /// - Throws: `SoundFileError` where the file cannot be opened or is no sound file, ``RestyleError`` for a damaged
  ///   profile or a clip without samples.
  public static func load(
    _ path: String, learner: ProfileLearner = ProfileLearner(), isStrict: Bool = false,
    source: (SoundFileReader) -> any FrameSource = { $0 }
  ) throws -> (profile: StyleProfile, info: SoundFileInfo?) {
    if isProfile(path) { return (try StyleProfile(contentsOf: URL(fileURLWithPath: path)), nil) }
    let reader = try SoundFileReader(path: path)
    if isStrict { try reader.requireWhole() }
    let profile = try learner.learn(source(reader))
    if isStrict { try reader.requireWhole() }
    return (profile, reader.info)
  }

  /// Loads a style as ``load(_:learner:isStrict:source:)`` does, and leaves away what is odd about a sound file.
  public init(learningFrom path: String, learner: ProfileLearner = ProfileLearner()) throws {
    self = try Self.load(path, learner: learner).profile
  }

  /// Whether a file looks like safetensors: 8 bytes of header length, then the brace that opens the header.
  public static func isProfile(_ path: String) -> Bool {
    // Reading a pipe would take its first bytes away.
    guard Paths.isRegularFile(path), let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 9), head.count == 9 else { return false }
    let length = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length < 100_000_000 && head[head.startIndex + 8] == UInt8(ascii: "{")
  }
}
