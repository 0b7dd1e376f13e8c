import AudioRestyle

/// What to measure and how to print it.
struct QualityOptions {
  var clips = "Samples/audio"
  var pairs = 30
  var seconds = 5.5
  var seed: UInt64 = 1
  var treatments = Treatment.all
  var json = false
  /// Whether every pair is printed by itself, as JSON.
  var printsEach = false
  var isUnlike = false
  /// Whether the naturalness of the clips, which must be speech, is measured, too.
  var measuresNaturalness = false
  /// A file of numbers to try beside those of the methods.
  var variants: String?
  /// Whether what tells of likeness is printed of every pair, as JSON, in the place of measures.
  var printsLikeness = false
  /// Whether the numbers of the methods are printed, as JSON, and nothing is measured.
  var printsNumbers = false
  var output: String?

  static let help = """
    usage: quality-benchmark [--clips FOLDER] [--pairs N] [--seconds S] [--methods NAME,…] [--seed N] [--unlike]
                             [--naturalness] [--json] [--each] [--write FOLDER]
                             [--variants FILE] [--likeness] [--numbers]
    Methods: \(Treatment.all.map(\.name).joined(separator: ", ")); the library's own also with -linear, for linear phase.
    """

  /// Nil where an argument is unknown or lacks its value.
  init?(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      switch argument {
      case "--json": json = true
      case "--each": printsEach = true
      case "--unlike": isUnlike = true
      case "--naturalness": measuresNaturalness = true
      case "--likeness": printsLikeness = true
      case "--numbers": printsNumbers = true
      default:
        guard let value = rest.popFirst() else { return nil }
        switch argument {
        case "--clips": clips = value
        case "--write": output = value
        case "--variants": variants = value
        case "--pairs":
          guard let number = Int(value), number > 0 else { return nil }
          pairs = number
        case "--seed":
          guard let number = UInt64(value) else { return nil }
          seed = number
        case "--seconds":
          guard let number = Double(value), number > 0 else { return nil }
          seconds = number
        case "--methods":
          let names = value.split(separator: ",").map(String.init)
          treatments = names.compactMap(Treatment.init(name:))
          guard treatments.count == names.count else { return nil }
          if !treatments.contains(.content) { treatments.insert(.content, at: 0) }
        default: return nil
        }
      }
    }
  }
}
