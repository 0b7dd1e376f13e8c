import AudioRestyle

/// A way to make a result from a content and a style.
enum Treatment: Hashable, Sendable {
  /// Nothing is done.
  case content
  /// The style itself is taken for the result.
  case style
  /// Match equaliser and compressor.
  case rules
  /// A method of this library.
  case method(RestyleMethod, TonePhase = .minimum, RestyleAim = .style)

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
    case .method(let method, let phase, let aim):
      method.rawValue + (phase == .linear ? Self.linear : "") + (aim == .equipment ? Self.equipment : "")
    }
  }

  func result(_ pair: ClipPair) throws -> Clip {
    switch self {
    case .content: return pair.content
    case .style: return pair.style
    case .rules: return RuleBased.restyle(pair.content, towards: pair.style)
    case .method(let method, let phase, let aim):
      var options = RestyleOptions()
      options.method = method
      options.aim = aim
      options.phase = phase
      let restyler = Restyler(options: options)
      let style = try restyler.learner.learn(pair.style.source)
      let result = try restyler.restyle(pair.content.source, towards: [WeightedStyle(style)])
      return Clip(samples: result.channels[0], rate: pair.content.rate, name: pair.content.name)
    }
  }
}
