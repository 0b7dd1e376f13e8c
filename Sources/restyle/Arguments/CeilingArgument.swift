import ArgumentParser
import AudioRestyle

/// The value of `--ceiling`: `auto`, `off` or a number of dBTP.
struct CeilingArgument: ExpressibleByArgument, Hashable, Sendable {
  var ceiling: PeakCeiling

  init(ceiling: PeakCeiling) {
    self.ceiling = ceiling
  }

  init?(argument: String) {
    switch argument {
    case "auto": ceiling = .automatic
    case "off": ceiling = .off
    default:
      guard let number = Double(argument) else { return nil }
      ceiling = .decibelsTruePeak(number)
    }
  }

  var defaultValueDescription: String {
    switch ceiling {
    case .automatic: "auto"
    case .off: "off"
    case .decibelsTruePeak(let value): "\(value)"
    }
  }
}
