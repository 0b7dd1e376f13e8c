/// The number of channels and positions of content and style.
struct Size: Hashable {
  var channels: Int
  var length: Int
}

/// What to measure and how to print it.
struct Options {
  var json = false
  var names: Set<String> = []
  /// Three lengths at 32 channels and three numbers of channels at 10 000 positions.
  var sizes = [(32, 1000), (32, 10_000), (32, 100_000), (8, 10_000), (128, 10_000)].map {
    Size(channels: $0, length: $1)
  }
  /// The least time in seconds that goes into each measurement.
  var seconds = 0.3
  /// A file with the layers of a network to compare with; nil measures times.
  var layers: String?
  /// How many values to measure the errors of streams over; nil measures times.
  var errorCount: Int?

  static let help = """
    usage: adain-benchmark [--json] [--only NAME,…] [--size C,L] [--seconds S]
           adain-benchmark --error [COUNT] [--json]
           adain-benchmark --layers FILE
    Every line: the median time of the operation on C × L Float values, on one thread, and that of a memory copy of the
    content, taken in turn. With --error: errors of statistics over COUNT (10⁹) values against exact ones.
    With --layers: AdaIN against a network's own, as one JSON object.
    """

  /// Nil where an argument is unknown or lacks its value.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": json = true
      case "--error":
        errorCount = rest.first.flatMap { Int($0) } ?? 1_000_000_000
        if rest.first.flatMap({ Int($0) }) != nil { rest.removeFirst() }
      case "--layers":
        guard let path = rest.popFirst() else { return nil }
        layers = path
      case "--only":
        guard let value = rest.popFirst() else { return nil }
        names = Set(value.split(separator: ",").map(String.init))
      case "--size":
        let extents = rest.popFirst()?.split(separator: ",").compactMap { Int($0) } ?? []
        guard extents.count == 2, extents.allSatisfy({ $0 > 0 }) else { return nil }
        sizes = [Size(channels: extents[0], length: extents[1])]
      case "--seconds":
        guard let number = rest.popFirst().flatMap({ Double($0) }) else { return nil }
        seconds = number
      default: return nil
      }
    }
  }
}
