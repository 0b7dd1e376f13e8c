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
  case method(RestyleMethod)

  static let all: [Treatment] = [.content, .style, .rules] + RestyleMethod.allCases.map(Treatment.method)

  init?(name: String) {
    guard let found = Self.all.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  var name: String {
    switch self {
    case .content: "content"
    case .style: "style"
    case .rules: "rules"
    case .method(let method): method.rawValue
    }
  }

  func result(_ pair: ClipPair) throws -> Clip {
    switch self {
    case .content: return pair.content
    case .style: return pair.style
    case .rules: return RuleBased.restyle(pair.content, towards: pair.style)
    case .method(let method):
      var options = RestyleOptions()
      options.method = method
      let restyler = Restyler(options: options)
      let style = try restyler.learner.learn(pair.style.source)
      let result = try restyler.restyle(pair.content.source, towards: [WeightedStyle(style)])
      return Clip(samples: result.channels[0], rate: pair.content.rate, name: pair.content.name)
    }
  }
}
