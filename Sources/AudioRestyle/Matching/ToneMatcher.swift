import Foundation

/// Estimates the tone curve between two recordings from frames that are alike.
///
/// A difference of two means also holds what the recordings say differently. Here content frames, moved by the curve, are
/// compared with the style frames that are nearest to them in shape (levels without their mean over the bands), and style
/// frames with their nearest content frames; how the curve has to move is told by both directions, by close pairs above all. It is
/// the iterative closest point method (Besl and McKay 1992, doi:10.1109/34.121791) with weights that fall off as those of robust
/// estimators do, for one translation a band; the idea of stochastic matching (Sankar and Lee 1996, doi:10.1109/89.496215).
struct ToneMatcher {
  /// The threads that search; the curve does not depend on their number.
  var team = ThreadTeam(1)
  /// The width in bands of the Gaussian that smooths the curve in each round: from coarse to fine, so that frames find their
  /// like before details count.
  static let widths = [
    3, 3, 3, 2.5, 2.5, 2.5, 2, 2, 2, 1.5, 1.5, 1.5, 1, 1, 1, 0.7, 0.7, 0.7, 0.7, 0.5, 0.5, 0.4, 0.4,
  ]
  /// Rounds of at least this width find their way with fewer rows of each recording.
  private static let coarseWidth = 0.7
  /// How many they take at most, spread evenly.
  private static let coarseRows = 512
  /// The share of what the mean powers still differ by that is added at the end.
  private static let powerShare = 0.15
  /// The width of the Gaussian for that.
  private static let powerSmoothing = 0.5
  /// The share of pairs that are closer than the one whose weight is 1/16.
  private static let closeShare = 0.3
  /// The least squared distance in dB² that it has: below, pairs are equal but for rounding.
  private static let leastDistance: Float = 0.1

  /// Finds the curve that makes the content's frames like the style's, and how well they go together then.
  ///
  /// - Precondition: Both have at least one frame, and the same number of bands.
  func match(from content: FrameRows, to style: FrameRows) throws -> MatchedTone {
    var tone = try matched(from: content.shapes, to: style.shapes)
    let rest = zip(style.meanPower, content.adding(tone.curve).meanPower).map { $0 - $1 }
    let change = Self.smoothed(rest, width: Self.powerSmoothing).centered
    for band in tone.curve.indices { tone.curve[band] += Self.powerShare * change[band] }
    return tone
  }

  private func matched(from content: FrameRows, to style: FrameRows) throws -> MatchedTone {
    // From nothing: the difference of means can lie so far off that wrong pairs hold it there.
    var tone = MatchedTone(curve: [Double](repeating: 0, count: content.width), mutualShare: 0)
    // The style stays where it is, so its blocks are made once.
    let fine = (content, style, RowBlocks(style))
    let thinned = style.thinned(to: Self.coarseRows)
    let coarse = (content.thinned(to: Self.coarseRows), thinned, RowBlocks(thinned))
    var last: NearestRows?
    for width in Self.widths {
      let (content, style, blocks) = width >= Self.coarseWidth ? coarse : fine
      let moved = content.adding(tone.curve)
      let nearest = try NearestRows(moved, blocks, team: team)
      let forward = Self.meanDifference(from: moved, to: style, nearest.fromFirst)
      let backward = Self.meanDifference(from: style, to: moved, nearest.fromSecond)
      for band in tone.curve.indices { tone.curve[band] += (forward[band] - backward[band]) / 2 }
      tone.curve = Self.smoothed(tone.curve, width: width).centered
      last = nearest
    }
    tone.mutualShare = last?.mutualShare ?? 0
    return tone
  }

  /// The weighted mean over the matches of what is to be added to a row to reach its match.
  ///
  /// A match at a squared distance of d² has the weight 1/(1 + d²/q²)⁴, where the closest 30 % lie within q: frames that sound alike tell
  /// of the equipment, and those that have no like in the other recording of what it says.
  private static func meanDifference(
    from rows: FrameRows, to others: FrameRows, _ matches: [NearestRows.Match]
  ) -> [Double] {
    let closest = Int(closeShare * Double(matches.count))
    // A key path would be followed at run time.
    let scale = max(leastDistance, matches.map { $0.distance }.ranked(closest))
    let width = rows.width
    var sums = [Double](repeating: 0, count: width)
    var total = 0.0
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe rows.values.withUnsafeBufferPointer { rows in
        unsafe others.values.withUnsafeBufferPointer { others in
          for (row, match) in matches.enumerated() {
            let (start, end) = (row * width, match.index * width)
            let root = Double(scale / (scale + max(0, match.distance)))
            let weight = (root * root) * (root * root)
            for band in 0..<width {
              unsafe sums[band] += weight * Double(others[end &+ band] - rows[start &+ band])
            }
            total += weight
          }
        }
      }
    }
    return sums.map { $0 / total }
  }

  /// A curve after a Gaussian over the bands, whose weights are those of the bands that exist.
  static func smoothed(_ curve: [Double], width: Double) -> [Double] {
    guard width > 0 else { return curve }
    let weights = curve.indices.map {
      let distance = Double($0) / width
      return exp(-distance * distance / 2)
    }
    return curve.indices.map { band in
      var (sum, total) = (0.0, 0.0)
      for other in curve.indices {
        let weight = weights[abs(other - band)]
        sum += weight * curve[other]
        total += weight
      }
      return sum / total
    }
  }
}
