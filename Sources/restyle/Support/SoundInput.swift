import AudioRestyle
import SoundFiles

/// The reader of sound files and profiles, with a progress bar and the program's rules for damage.
struct SoundInput {
  /// Whether a truncated file is an error.
  var isStrict: Bool
  /// Whether only errors are printed.
  var isQuiet: Bool

  /// Opens a sound file.
  func open(_ path: String) throws(SoundFileError) -> SoundFileReader {
    let reader = try SoundFileReader(path: path)
    if isStrict { try reader.requireWhole() }
    return reader
  }

  /// Reads a profile, or learns one from a sound file.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - learner: The learner that measures a sound file.
  ///   - label: The text of the progress bar; `nil` is the path.
  ///   - printsWarnings: Whether the warnings about a sound file are printed.
  /// - Returns: The profile, and the properties of the sound file, which are `nil` for a profile.
  func profile(
    _ path: String, _ learner: ProfileLearner, label: String? = nil, printsWarnings: Bool = true
  ) throws -> (profile: StyleProfile, info: SoundFileInfo?) {
    let bar = ProgressBar(label ?? path, isWanted: !isQuiet)
    defer { bar.clear() }
    let loaded = try StyleProfile.load(path, learner: learner, isStrict: isStrict) {
      ProgressSource($0) { bar.update($0) }
    }
    if printsWarnings, let info = loaded.info {
      printWarnings(of: info)
      if let count = loaded.profile.sources.first?.unusableSampleCount, !isQuiet {
        Console.warning(RestyleWarning.styleValuesAreNoSound(style: path, count: count).text)
      }
    }
    return loaded
  }

  /// Extracts the features of a sound file; warnings are printed.
  func features(_ path: String, _ restyler: Restyler) throws -> FeatureSequence {
    let bar = ProgressBar(path, isWanted: !isQuiet)
    defer { bar.clear() }
    let reader = try open(path)
    let features = try restyler.extractFeatures(from: ProgressSource(reader) { bar.update($0) })
    if isStrict { try reader.requireWhole() }
    printWarnings(of: reader.info)
    return features
  }

  /// Prints the warnings about a sound file, which are complete after it was read.
  func printWarnings(of info: SoundFileInfo) {
    guard !isQuiet else { return }
    for warning in info.warnings { Console.warning("\(info.path): \(warning)") }
  }
}

/// A source that reports how much of a sound file has been read.
final class ProgressSource: ForwardingSource {
  private let total: Int
  private let update: (Double) -> Void
  private var done = 0

  init(_ reader: SoundFileReader, _ update: @escaping (Double) -> Void) {
    total = max(reader.info.frameCount, 1)
    self.update = update
    super.init(reader)
  }

  override func rewind() throws {
    done = 0
    try super.rewind()
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    done += count
    update(Double(done) / Double(total))
    return count
  }
}
