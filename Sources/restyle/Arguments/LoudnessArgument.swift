import ArgumentParser
import AudioRestyle

/// The value of `--loudness`: `style`, `keep`, `off` or a number of LUFS.
struct LoudnessArgument: ExpressibleByArgument, Hashable, Sendable {
  var target: LoudnessTarget

  init(target: LoudnessTarget) {
    self.target = target
  }

  init?(argument: String) {
    switch argument {
    case "style": target = .style
    case "keep": target = .keep
    case "off": target = .off
    default:
      guard let number = Double(argument) else { return nil }
      target = .lufs(number)
    }
  }

  var defaultValueDescription: String {
    switch target {
    case .style: "style"
    case .keep: "keep"
    case .off: "off"
    case .lufs(let value), .metered(let value, _), .level(let value): "\(value)"
    }
  }
}
