import AudioFeatures
import Foundation
import StyleProfiles

/// Estimates the tone curve between two recordings from frames that are alike.
///
/// The difference of two mean spectra also holds the difference of what was said or played. So in each round content
/// frames, moved by the curve, are compared with the style frames of the nearest shape (levels less their mean over the
/// bands), and style frames with their nearest content frames. The curve then moves by the mean of both directions, in
/// which close pairs have the largest weight. This is the iterative closest point method (Besl and McKay 1992,
/// doi:10.1109/34.121791) for one translation a band, with the weights of robust estimators. The idea is that of
/// stochastic matching (Sankar and Lee 1996, doi:10.1109/89.496215).
struct ToneMatcher {
  /// The threads that search; the curve does not depend on their number.
  var team = ThreadTeam(1)
  /// The weights of pairs and the smoothing of the curve.
  ///
  /// Rounds go from coarse to fine, so that frames find similar ones before details count.
  var numbers = MatchNumbers.standard.tone

  /// Finds the curve that makes the content's frames like the style's, and the share of mutually nearest frames.
  ///
  /// - Precondition: Both have at least one frame, and the same number of bands.
  func match(from content: FrameRows, to style: FrameRows) throws -> MatchedTone {
    var tone = try matched(from: content.shapes, to: style.shapes)
    guard numbers.powerShare > 0 else { return tone }
    let change = zip(style.meanPower, content.adding(tone.curve).meanPower).map { $0 - $1 }.centered
    for band in tone.curve.indices { tone.curve[band] += numbers.powerShare * change[band] }
    return tone
  }

  private func matched(from content: FrameRows, to style: FrameRows) throws -> MatchedTone {
    // The curve starts at 0 dB: from the difference of means, wrong pairs could keep it far off.
    var tone = MatchedTone(curve: [Double](repeating: 0, count: content.width), mutualShare: 0)
    // The style's frames do not move, so their blocks are made once.
    let fine = (content, style, RowBlocks(style))
    let thinned = style.thinned(to: numbers.coarseRows)
    let coarse = (content.thinned(to: numbers.coarseRows), thinned, RowBlocks(thinned))
    var last: NearestRows?
    for width in numbers.widths {
      let (content, style, blocks) = width >= numbers.coarseWidth ? coarse : fine
      let moved = content.adding(tone.curve)
      let nearest = try NearestRows(moved, blocks, team: team)
      let forward = meanDifference(from: moved, to: style, nearest.fromFirst)
      let backward = meanDifference(from: style, to: moved, nearest.fromSecond)
      for band in tone.curve.indices { tone.curve[band] += (forward[band] - backward[band]) / 2 }
      tone.curve = Self.smoothed(tone.curve, width: width).centered
      last = nearest
    }
    tone.mutualShare = last?.mutualShare ?? 0
    return tone
  }

  /// The weighted mean over the matches of the difference between a row's match and the row.
  ///
  /// A match at the distance d has the weight 1/(1 + d²/q²)⁴ or 1/(1 + d²/q²)², and ``MatchNumbers/Tone/closeShare`` of
  /// the matches lie within q. Frames that sound alike show the equipment; frames without a similar one show what was
  /// recorded.
  private func meanDifference(
    from rows: FrameRows, to others: FrameRows, _ matches: [NearestRows.Match]
  ) -> [Double] {
    let closest = Int(numbers.closeShare * Double(matches.count))
    let isSharp = numbers.isSharp
    // A closure, as a key path would be evaluated at run time.
    let scale = max(numbers.leastDistance, matches.map { $0.distance }.ranked(closest))
    let width = rows.width
    var sums = [Double](repeating: 0, count: width)
    var total = 0.0
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe rows.values.withUnsafeBufferPointer { rows in
        unsafe others.values.withUnsafeBufferPointer { others in
          for (row, match) in matches.enumerated() {
            let (start, end) = (row * width, match.index * width)
            let root = Double(scale / (scale + max(0, match.distance)))
            let weight = isSharp ? (root * root) * (root * root) : root * root
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

  /// A curve smoothed by a Gaussian over the bands; near the ends the weights of the existing bands sum to 1.
  ///
  /// - Parameters:
  ///   - curve: One value a band.
  ///   - width: The standard deviation in bands; 0 returns the curve.
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

/// The frames of a sample in order of their level.
///
/// A compressor lifts pauses into the active range, so the active frames of two recordings of the same voice may be
/// half of one and all of the other. Equal shares of the loudest frames stay comparable, as a compressor keeps the
/// order of levels.
struct LoudestFrames {
  /// All frames within 60 dB of the 98th percentile of the level, the loudest first.
  let all: FrameRows
  /// The share of these frames that lies within 40 dB of the 98th percentile.
  let activeShare: Double

  /// Orders frames; nil where there are none.
  init?(_ rows: FrameRows, numbers: MatchNumbers.Frames = MatchNumbers.standard.frames) {
    let levels = rows.broadband
    guard !levels.isEmpty else { return nil }
    let top = levels.ranked((levels.count - 1) * 98 / 100)
    // Frames of equal level stay in the sample's order.
    let order = levels.indices.filter { levels[$0] >= top - numbers.range }
      .sorted { levels[$0] != levels[$1] ? levels[$0] > levels[$1] : $0 < $1 }
    all = rows.rows(order)
    activeShare = Double(order.count { levels[$0] >= top - numbers.activeRange }) / Double(order.count)
  }

  /// The loudest frames of two recordings: of both, the smaller one of their active shares.
  static func comparable(_ first: LoudestFrames, _ second: LoudestFrames) -> (FrameRows, FrameRows) {
    let share = min(first.activeShare, second.activeShare)
    return (first.rows(share: share), second.rows(share: share))
  }

  /// The loudest frames: a share of all, at least one.
  func rows(share: Double) -> FrameRows {
    all.rows(Array(0..<max(1, Int((share * Double(all.count)).rounded(.up)))))
  }
}

/// The tone curve between two recordings, and how well their frames match after it was applied.
struct MatchedTone {
  /// The gain in dB of each band; its mean is 0.
  var curve: [Double]
  /// The share of mutually nearest frames: each is the nearest one of its own nearest frame; the mean of both sides.
  ///
  /// Where both recordings hold the same sounds, similar frames are nearest to each other. Frames without a similar one
  /// mostly choose frames that are nearer to others.
  var mutualShare: Double
}
