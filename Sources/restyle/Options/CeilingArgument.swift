import ArgumentParser
import AudioRestyle

/// The value of `--ceiling`: `auto`, `off` or a number of dBTP.
struct CeilingArgument: ExpressibleByArgument, Hashable, Sendable {
  var ceiling: PeakCeiling

  init?(argument: String) {
    switch argument {
    case "auto": ceiling = .automatic
    case "off": ceiling = .off
    default:
      guard let number = Double(argument) else { return nil }
      ceiling = .decibelsTruePeak(number)
    }
  }
}
