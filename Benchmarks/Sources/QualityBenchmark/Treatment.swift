@_spi(Calibration) import AudioRestyle

/// A way to make a result from a content and a style.
enum Treatment: Hashable, Sendable {
  /// Nothing is done.
  case content
  /// The style itself is taken for the result.
  case style
  /// Match equaliser and compressor.
  case rules
  /// A method of this library, with its numbers or others.
  case method(RestyleMethod, TonePhase = .minimum, RestyleAim = .style, Variant? = nil)

  static let all: [Treatment] = [.content, .style, .rules] + RestyleMethod.allCases.map { .method($0) }

  /// What a method's name ends with for linear phase, and for the aim at equipment.
  private static let linear = "-linear"
  private static let equipment = "-equipment"

  init?(name: String) {
    let linear = RestyleMethod.allCases.map { Treatment.method($0, .linear) }
    let equipment: [Treatment] = [
      .method(.match, .minimum, .equipment), .method(.match, .linear, .equipment),
    ]
    guard let found = (Self.all + linear + equipment).first(where: { $0.name == name }) else { return nil }
    self = found
  }

  var name: String {
    switch self {
    case .content: "content"
    case .style: "style"
    case .rules: "rules"
    case .method(let method, let phase, let aim, let variant):
      method.rawValue + (phase == .linear ? Self.linear : "") + (aim == .equipment ? Self.equipment : "")
        + (variant.map { ":\($0.name)" } ?? "")
    }
  }

  /// The treatment with other numbers; `nil` where it has none.
  func with(_ variant: Variant) -> Treatment? {
    guard case .method(let method, let phase, let aim, nil) = self else { return nil }
    return .method(method, phase, aim, variant)
  }

  func result(_ pair: ClipPair) throws -> Clip {
    switch self {
    case .content: return pair.content
    case .style: return pair.style
    case .rules: return RuleBased.restyle(pair.content, towards: pair.style)
    case .method(let method, let phase, let aim, let variant):
      var options = RestyleOptions()
      options.method = method
      options.aim = aim
      options.phase = phase
      options.numbers = variant?.numbers
      let restyler = Restyler(options: options)
      let style = try restyler.learner.learn(pair.style.source)
      let result = try restyler.restyle(pair.content.source, towards: [WeightedStyle(style)])
      return Clip(samples: result.channels[0], rate: pair.content.rate, name: pair.content.name)
    }
  }
}
