import AudioRestyle
import SoundFiles

/// Sound files as inputs, with the program's rules for damage.
enum SoundInput {
  /// Opens a file.
  ///
  /// - Throws: ``SoundFileError``; ``Failure`` (65) for a truncated file where `isStrict`.
  static func open(_ path: String, isStrict: Bool) throws -> SoundFileReader {
    let reader = try SoundFileReader(path: path)
    try check(reader, isStrict: isStrict)
    return reader
  }

  /// Learns the profile of a file from its beginning to its end.
  static func learn(
    _ reader: SoundFileReader, _ learner: ProfileLearner, _ bar: ProgressBar, isStrict: Bool = false
  ) throws -> StyleProfile {
    let profile = try learner.learn(ProgressSource(reader, bar))
    try check(reader, isStrict: isStrict)
    return profile
  }

  /// Prints what is odd about a file.
  static func printWarnings(of reader: SoundFileReader) {
    for warning in reader.info.warnings { Console.warning("\(reader.info.path): \(warning)") }
  }

  /// Refuses a truncated file where `isStrict`; damage inside a compressed file shows only while it is decoded.
  static func check(_ reader: SoundFileReader, isStrict: Bool) throws(Failure) {
    guard isStrict, reader.info.isTruncated else { return }
    throw Failure(.data, "\(reader.info.path): \(reader.info.warnings.joined(separator: "; ")) (--strict)")
  }
}
