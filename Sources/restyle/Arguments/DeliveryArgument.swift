import ArgumentParser
import AudioRestyle

/// The value of `--for`: the name of a delivery target.
struct DeliveryArgument: ExpressibleByArgument, Hashable, Sendable {
  var target: DeliveryTarget

  init?(argument: String) {
    guard let target = DeliveryTarget(name: argument) else { return nil }
    self.target = target
  }

  static let allValueStrings = DeliveryTarget.all.map(\.name)

  static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
}
