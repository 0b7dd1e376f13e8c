import AudioRestyle

/// Checks for options of `restyle learn` that have no effect.
extension LearnCommand {
  /// Throws for options of measuring where nothing is measured, since all inputs are profiles.
  func checkMeasuring(_ paths: [String]) throws(UsageError) {
    let options = [("--channels", channels), ("--features", features != .bands)].filter { $0.1 }
    guard let (option, _) = options.first, paths.allSatisfy({ StyleProfile.isProfile($0) }) else { return }
    throw UsageError(
      "\(option): expected at least one sound file to measure, found only profiles, which are merged as they are"
    )
  }

  /// Tells that the statistics of single channels were lost in merging.
  ///
  /// - Parameters:
  ///   - profile: The merged profile.
  ///   - wereThere: Whether a part of it had them.
  func tellOfLostChannels(_ profile: StyleProfile, wereThere: Bool) {
    guard channels, wereThere, !profile.hasChannels, !report.quiet else { return }
    Console.warning(
      "\(output): no statistics of single channels are kept, since not all inputs have them; with --stereo "
        + "independent, every channel goes towards the mean of all")
  }
}

extension StyleProfile {
  /// Whether it has statistics of single channels.
  var hasChannels: Bool {
    views.contains { if case .channel = $0 { true } else { false } }
  }
}
