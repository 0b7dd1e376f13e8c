import ArgumentParser
import AudioRestyle

/// Checks for options that have no effect beside others.
extension MethodArguments {
  /// Throws for an option that would change nothing; its default may be given.
  func checkEffects() throws(ValidationError) {
    let (options, defaults) = (self.options, RestyleOptions())
    if options.method != .match {
      let way = detail.method == nil ? "--features \(options.features)" : "--method \(options.method)"
      for (name, isChanged) in [
        ("--aim", options.aim != defaults.aim), ("--range", options.toneRange != nil),
        ("--smoothing", options.smoothing != defaults.smoothing),
      ] where isChanged {
        throw ValidationError(
          "\(name): has no meaning with \(way); only --method match treats another voice or piece in a way of its own"
        )
      }
    }
    if options.features == .waveform {
      for (name, isChanged) in [
        ("--phase", options.phase != defaults.phase),
        ("--refine", options.refinements > defaults.refinements),
      ] where isChanged {
        throw ValidationError(
          "\(name): has no meaning with --features waveform, which scales the samples without filters and trials"
        )
      }
    }
    if options.ceiling == .off, options.peaks != defaults.peaks {
      throw ValidationError("--peaks: has no meaning with --ceiling off, which holds no peaks")
    }
  }
}
