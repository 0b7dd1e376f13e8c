import AudioRestyle
import SoundFiles

/// Measures what `inspect` and `compare` tell of a sound file or a profile.
struct Inspector {
  /// Whether a truncated file is an error.
  var isStrict: Bool
  /// Whether only errors are told.
  var isQuiet: Bool
  /// How many threads measure; `nil` is one for each processor.
  var threads: Int?
  /// Whether a profile has to be one of bands.
  var measuresBands = false

  /// What is known of a file.
  struct Inspected {
    var path: String
    var profile: StyleProfile
    var info: SoundFileInfo?
    /// What meters read; `nil` for profiles and for what can be read once only.
    var measured: DeliveryMeasurement?

    var summary: ProfileSummary { ProfileSummary(profile) }
  }

  /// Reads a profile, or measures a sound file in two passes.
  func inspect(_ path: String) throws -> Inspected {
    let input = SoundInput(isStrict: isStrict, isQuiet: isQuiet)
    var learner = ProfileLearner(measuresDistributions: false)
    learner.threads = threads
    // The report tells of warnings itself.
    let (profile, info) = try input.profile(path, learner, printsWarnings: false)
    var inspected = Inspected(path: path, profile: profile, info: info)
    if info != nil, path != Paths.standardStream, !Paths.isStream(path) {
      let bar = ProgressBar(path, isWanted: !isQuiet)
      defer { bar.clear() }
      let reader = try input.open(path)
      let total = Double(max(1, reader.info.frameCount))
      inspected.measured = try DeliveryMeasurement(of: reader, threads: threads) {
        bar.update(Double($0) / total)
      }
    }
    return inspected
  }
}
