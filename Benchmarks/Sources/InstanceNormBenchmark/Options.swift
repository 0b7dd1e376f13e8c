/// What to measure and how to print it.
struct Options {
  var json = false
  var names: Set<String> = []
  var shapes: [[Int]] = [
    [8, 32, 100], [16, 128, 1000], [8, 512, 4096], [1, 80, 20000], [2, 64, 500_000], [64, 256, 1000],
    // A speech network's generator for 10 s of sound.
    [1, 256, 8000], [1, 128, 48010],
  ]
  var scalars = ["Float", "Double", "Float16"]
  var threads = [1, 2]
  /// The least time in seconds that goes into each measurement.
  var seconds = 0.4

  static let help = """
    usage: instance-norm-benchmark [--json] [--only NAME,…] [--shape N,C,L] [--scalar TYPE,…] [--threads T,…]
                                   [--seconds S]
    Names: \(Measurement.allCases.map(\.rawValue).joined(separator: ", ")).
    Every line: the median time of the operation and of a memory copy of the tensor, taken in turn.
    """

  /// Nil where an argument is unknown or lacks its value.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--json" {
        json = true
        continue
      }
      guard let value = rest.popFirst() else { return nil }
      let parts = value.split(separator: ",").map(String.init)
      switch argument {
      case "--only":
        names = Set(parts)
        guard names.isSubset(of: Measurement.allCases.map(\.rawValue)) else { return nil }
      case "--shape":
        let extents = parts.compactMap(Int.init)
        guard extents.count == 3 else { return nil }
        shapes = [extents]
      case "--scalar": scalars = parts
      case "--threads": threads = parts.compactMap(Int.init)
      case "--seconds":
        guard let number = Double(value) else { return nil }
        seconds = number
      default: return nil
      }
    }
  }
}
