import Tensors

/// The positions of a sequence divided into runs in which the regions act alike.
struct RegionPlan {
  /// What happens to the positions of a run.
  enum Action: Hashable {
    /// No region acts.
    case keep
    /// One region acts with its full weight.
    case restyle(Int)
    /// Regions and content mix, with weights that change from position to position.
    case mix
  }

  /// A run of positions.
  struct Run {
    var range: Range<Int>
    let action: Action
  }

  private(set) var runs: [Run] = []

  /// The weights of every region at every position, `region · L + position`, divided by their sum where that exceeds 1.
  private(set) var weights: [Double] = []

  /// Plans the regions of a sequence.
  init(_ regions: [StyleRegion], length: Int) {
    weights = regions.flatMap(\.mask)
    for l in 0..<length {
      let sum = regions.indices.reduce(0) { $0 + weights[$1 * length + l] }
      if sum > 1 {
        for r in regions.indices { weights[r * length + l] /= sum }
      }
      let action: Action
      if sum == 0 {
        action = .keep
      } else if let full = regions.indices.first(where: { weights[$0 * length + l] == 1 }) {
        action = .restyle(full)
      } else {
        action = .mix
      }
      if let last = runs.last, last.action == action {
        runs[runs.count - 1].range = last.range.lowerBound..<l + 1
      } else {
        runs.append(Run(range: l..<l + 1, action: action))
      }
    }
  }
}
