import Foundation
public import Tensors

/// A part of a sequence with a style of its own: where content is measured, where the style is applied, how strongly.
///
/// Both places are given as weights of the positions 0 ..< L, from 0 (outside) to 1 (inside), the same for every sample
/// and channel.
public struct StyleRegion: Hashable, Sendable {
  /// The weight of each position in the output; between 0 and 1.
  public let mask: [Double]
  /// The weight of each position in the content's statistics; between 0 and 1.
  public let measured: [Double]
  /// The style of the region.
  public var style: StyleMoments
  /// A factor on the layer's strength within this region.
  public var strength: Double

  /// Creates a region from weights.
  ///
  /// - Parameters:
  ///   - mask: Where the style is applied: one weight from 0 to 1 for each position.
  ///   - measured: Where the content's statistics are taken; nil for the same weights.
  ///   - style: The style of the region.
  ///   - strength: A factor on the layer's strength.
  /// - Throws: ShapeError where a weight is outside 0 ... 1, or `mask` and `measured` differ in length.
  public init(
    mask: [Double], measured: [Double]? = nil, style: StyleMoments, strength: Double = 1
  ) throws(ShapeError) {
    let measured = measured ?? mask
    guard mask.count == measured.count else {
      throw ShapeError(
        "expected \(mask.count) measuring weights, as many as mask weights, found \(measured.count)")
    }
    if let weight = (mask + measured).first(where: { !($0 >= 0 && $0 <= 1) }) {
      throw ShapeError("expected region weights from 0 to 1, found \(weight)")
    }
    self.init(checked: mask, measured: measured, style: style, strength: strength)
  }

  /// Creates a region from spans of positions, with hard or cross-faded borders.
  ///
  /// Statistics are taken over the spans themselves, without the fades. At a border b the weight follows a raised
  /// cosine over `fade` positions centred on b. The weights of two regions that meet at b with equal fades sum to 1 at
  /// every position, however short the spans are. The ends of the sequence are no borders.
  ///
  /// - Parameters:
  ///   - spans: Ranges of positions; parts outside 0 ..< length are ignored, and overlapping parts count once.
  ///   - length: The number of positions L.
  ///   - fade: The width of a border in positions; 0 for a hard one.
  ///   - style: The style of the region.
  ///   - strength: A factor on the layer's strength.
  /// - Precondition: `length` and `fade` are not negative.
  public init(
    spans: [Range<Int>], length: Int, fade: Int = 0, style: StyleMoments, strength: Double = 1
  ) {
    require(
      length >= 0 && fade >= 0, "expected a length and a fade of 0 or more, found \(length), \(fade)")
    var mask = Array(repeating: 0.0, count: length)
    var measured = mask
    for span in Self.joined(spans, length: length) {
      for l in 0..<length {
        let rise = span.lowerBound == 0 ? 1 : Self.step(from: span.lowerBound, at: l, fade: fade)
        let fall = span.upperBound == length ? 0 : Self.step(from: span.upperBound, at: l, fade: fade)
        mask[l] += rise - fall
      }
      for l in span { measured[l] = 1 }
    }
    self.init(
      checked: mask.map { min(max($0, 0), 1) }, measured: measured, style: style, strength: strength)
  }

  private init(checked mask: [Double], measured: [Double], style: StyleMoments, strength: Double) {
    require(strength.isFinite, "expected a finite strength, found \(strength)")
    self.mask = mask
    self.measured = measured
    self.style = style
    self.strength = strength
  }

  /// The spans in order, cut to 0 ..< length; spans that touch or overlap are joined.
  private static func joined(_ spans: [Range<Int>], length: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    for span in spans.map({ $0.clamped(to: 0..<length) }).sorted(by: { $0.lowerBound < $1.lowerBound })
    where !span.isEmpty {
      if let last = result.last, span.lowerBound <= last.upperBound {
        result[result.count - 1] = last.lowerBound..<max(last.upperBound, span.upperBound)
      } else {
        result.append(span)
      }
    }
    return result
  }

  /// The value at the centre of position `l` of a raised-cosine step from 0 to 1 over `fade` positions about a border.
  private static func step(from border: Int, at l: Int, fade: Int) -> Double {
    guard fade > 0 else { return l >= border ? 1 : 0 }
    let t = (Double(l - border) + 0.5) / Double(fade) + 0.5
    if t <= 0 { return 0 }
    if t >= 1 { return 1 }
    return 0.5 - 0.5 * cos(.pi * t)
  }
}

/// The positions of a sequence divided into runs in which the regions act alike.
struct RegionPlan {
  /// The operation on the positions of a run.
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

  /// The weight of each region at each position, at `region · L + position`; weights whose sum at a position exceeds 1
  /// are divided by the sum.
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
