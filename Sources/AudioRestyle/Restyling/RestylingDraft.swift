import AdaIN
import Foundation

/// A restyling that has not been tried yet, and what trials are to reach with it.
struct RestylingDraft: Sendable {
  var restyling: Restyling
  var aims: RefinementAims
  /// What the method made of each style, by view.
  private(set) var targets: [[(target: StyleTarget, share: Double)]] = []
  /// Whether content or a style is too short for its spread to mean anything.
  var hasFewFrames = false

  init(restyling: Restyling, aims: RefinementAims) {
    self.restyling = restyling
    self.aims = aims
  }

  mutating func add(_ view: ViewRestyling, _ targets: [(target: StyleTarget, share: Double)] = []) {
    restyling.views.append(view)
    self.targets.append(targets)
  }
}

/// What a trial is measured by.
struct RefinementAims: Sendable {
  /// Whether spreads are corrected, too; means always are.
  var matchesSpread: Bool
  /// How far peaks are lowered; `nil` where they stay as they come.
  var peaks: PeakAim?
  /// The levels that dynamics are left to envelopes for.
  var envelopes: [EnvelopeAim] = []
  /// A factor of what follows them.
  var envelopeFactor = 1.0
}

extension Restyling {
  /// How far one round may scale a spread.
  private static let spreadStep = 0.5...2.0
  /// The bounds of a refined ratio of spreads.
  private static let spreadRatios = 0.1...8.0
  /// Where the gain limits bind in more than this share of the frames, pushing further would only bind more.
  private static let largestLimitedShare = 0.25

  /// The restyling moved so that the result, not only the request, has the moments that were asked for.
  ///
  /// One application leaves a residual: bands overlap, frames overlap, and gains are interpolated. Each round compares the
  /// mean and spread of the rendered levels over the content's active frames with those requested, and moves μs and σs
  /// by the difference.
  ///
  /// - Parameters:
  ///   - trial: What was found on the rendered clip.
  ///   - requested: The mean and spread of each band of each view, before any refinement.
  ///   - aims: What the trial was to reach.
  func refined(by trial: RenderResult, requested: [BandMoments], aims: RefinementAims) -> Restyling {
    var result = self
    result.peakThreshold = aims.peaks?.threshold(for: trial)
    result.facts.refinements += 1
    // The power of bands before and after.
    var (before, after) = (0.0, 0.0)
    for index in views.indices where !views[index].isIdentity && trial.levels[index][0, 0].count > 0 {
      let levels = trial.levels[index]
      let (counts, activeCount) = trial.limited[index]
      // Only bands that all styles share: the others follow their neighbours.
      let bands = views[index].bands.shared.filter {
        Double(counts[$0]) <= Self.largestLimitedShare * Double(activeCount)
      }
      for band in bands {
        let error = requested[index].mean[band] - levels[0, band].mean
        result.views[index].style.mean[band] += error
        let power = pow(10, levels[0, band].mean / 10)
        before += power
        after += power * pow(10, error / 10)
        if aims.matchesSpread {
          result.views[index].moveSpread(
            of: band, from: levels[0, band].variance().squareRoot(), to: requested[index].spread[band])
        }
      }
      result.views[index].moveUnshared()
    }
    // What goes by the level of samples goes on at the same places.
    let change = before > 0 ? 10 * log10(after / before) : 0
    result.envelope?.follow(change)
    result.peakThreshold = result.peakThreshold.map { $0 * Float(pow(10, change / 20)) }
    return result
  }

  /// The restyling with a gain that is to follow the envelopes of the clip's samples, if one is worth it.
  func following(_ sample: EnvelopeSample?, aims: RefinementAims) -> Restyling {
    var result = self
    let gain = sample.flatMap { CompressorFit($0) }?.gain(
      towards: aims.envelopes, factor: aims.envelopeFactor, limits: gainLimits)
    result.envelope = gain?.isNegligible == false ? gain : nil
    return result
  }
}

extension ViewRestyling {
  /// Scales σs of a band by what its measured spread lacks.
  fileprivate mutating func moveSpread(of band: Int, from measured: Double, to target: Double) {
    let own = content.spread[band]
    guard measured > 0, target > 0, own > 0 else { return }
    let factor = Restyling.step(target / measured)
    style.spread[band] = own * Restyling.ratio(style.spread[band] / own * factor)
  }

  /// Lets the means of bands that no style shares move with their neighbours'.
  fileprivate mutating func moveUnshared() {
    for band in gainSource.indices where gainSource[band] != band {
      let source = gainSource[band]
      style.mean[band] = content.mean[band] + (style.mean[source] - content.mean[source])
    }
  }
}

extension Restyling {
  fileprivate static func step(_ factor: Double) -> Double { spreadStep.nearest(to: factor) }
  fileprivate static func ratio(_ ratio: Double) -> Double { spreadRatios.nearest(to: ratio) }
}
