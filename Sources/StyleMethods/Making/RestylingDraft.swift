import AudioFeatures
import AdaIN
import Foundation
package import Restylings
import StyleProfiles

/// A restyling before any trial, and the aims of trials.
package struct RestylingDraft: Sendable {
  package var restyling: Restyling
  package var aims: RefinementAims
  /// The targets that the method made for each style, by view.
  private(set) var targets: [[(target: StyleTarget, share: Double)]] = []
  /// Whether content or a style has too few frames for spreads.
  var hasFewFrames = false

  package init(restyling: Restyling, aims: RefinementAims) {
    self.restyling = restyling
    self.aims = aims
  }

  mutating func add(_ view: ViewRestyling, _ targets: [(target: StyleTarget, share: Double)] = []) {
    restyling.views.append(view)
    self.targets.append(targets)
  }
}

/// The aims that a trial is compared with.
package struct RefinementAims: Sendable {
  /// Whether spreads are corrected; means always are.
  var matchesSpread: Bool
  /// The numbers that corrections rest on.
  var numbers = MethodNumbers.standard
  /// The aim of peaks; `nil` where they are not lowered.
  package var peaks: PeakAim?
  /// The levels of the styles whose dynamics compressors on envelopes make.
  package var envelopes: [EnvelopeAim] = []
  /// A factor of the gain that follows envelopes.
  var envelopeFactor = 1.0
  /// The dynamics of the momentary loudness; `nil` where it is not changed.
  package var loudness: LoudnessAim?
  /// The tone of each view in third octaves; `nil` where bands suffice.
  package var tones: [FineTone?] = []

  /// Whether the first trial is a tone pass: gains that follow the samples are made for the clip after its tone.
  package var needTonePass: Bool { !envelopes.isEmpty || loudness != nil }

  /// Creates a value of its parts.
  package init(
    matchesSpread: Bool, numbers: MethodNumbers = .standard, peaks: PeakAim? = nil,
    envelopes: [EnvelopeAim] = [], envelopeFactor: Double = 1.0, loudness: LoudnessAim? = nil,
    tones: [FineTone?] = []
  ) {
    self.matchesSpread = matchesSpread
    self.numbers = numbers
    self.peaks = peaks
    self.envelopes = envelopes
    self.envelopeFactor = envelopeFactor
    self.loudness = loudness
    self.tones = tones
  }
}

extension Restyling {
  /// The restyling corrected by a trial, so that the result has the moments that were asked for.
  ///
  /// One application leaves an error: bands overlap, frames overlap, and gains are interpolated. Each round compares
  /// the mean and spread of the rendered levels over the content's active frames with those requested. It adds the
  /// error of the mean to μs, and multiplies σs by the ratio of spreads.
  ///
  /// - Parameters:
  ///   - trial: The measurements of the rendered clip.
  ///   - requested: The mean and spread of each band of each view, before any refinement.
  ///   - aims: The aims of the trial.
  package func refined(by trial: RenderResult, requested: [BandMoments], aims: RefinementAims) -> Restyling {
    refinement(by: trial, requested: requested, aims: aims).restyling
  }

  /// The result of ``refined(by:requested:aims:)``, and by how many dB the change of tone moves the level.
  package func refinement(
    by trial: RenderResult, requested: [BandMoments], aims: RefinementAims
  ) -> (restyling: Restyling, change: Double) {
    var result = self
    // A threshold of an earlier trial stays where this trial needs no lower one.
    let threshold = aims.peaks?.threshold(for: trial, isLimited: peakThreshold != nil)
    if peakThreshold == nil || threshold != nil { result.peakThreshold = threshold }
    result.facts.refinements += 1
    // The power of all corrected bands before and after the correction.
    var (before, after) = (0.0, 0.0)
    for index in views.indices where !views[index].isIdentity && trial.levels[index][0, 0].count > 0 {
      let levels = trial.levels[index]
      let (counts, activeCount) = trial.limited[index]
      // Only bands that all styles share: the others follow their neighbours.
      let bands = views[index].bands.shared.filter {
        Double(counts[$0]) <= aims.numbers.spreads.largestLimitedShare * Double(activeCount)
      }
      let tone = aims.tones.indices.contains(index) ? aims.tones[index] : nil
      for band in bands {
        let error = (1 - (tone?.share ?? 0)) * (requested[index].mean[band] - levels[0, band].mean)
        result.views[index].style.mean[band] += error
        let power = pow(10, levels[0, band].mean / 10)
        before += power
        after += power * pow(10, error / 10)
        if aims.matchesSpread {
          result.views[index].moveSpread(
            of: band, from: levels[0, band].variance().squareRoot(), to: requested[index].spread[band],
            aims.numbers.spreads)
        }
      }
      result.views[index].moveUnshared()
    }
    let louder = result.refineTones(by: trial, aims)
    let change = (before > 0 ? 10 * log10(after / before) : 0) + louder.sound
    if let loudness = aims.loudness {
      result.loudness?.refine(by: trial, loudness, aims.numbers)
      result.lowerNoise(by: trial, aims)
    }
    result.follow(change, ofPauses: louder.pauses - louder.sound)
    return (result, change)
  }

  /// Moves the equalisers by the errors of a trial's tone.
  ///
  /// - Returns: By how many dB the loudness of sound and of pauses moves with it.
  private mutating func refineTones(
    by trial: RenderResult, _ aims: RefinementAims
  ) -> (sound: Double, pauses: Double) {
    var louder = (sound: 0.0, pauses: 0.0)
    for (index, tone) in aims.tones.enumerated() {
      guard let tone, !views[index].isIdentity, trial.levels[index][0, 0].count > 0,
        trial.spectra.result.indices.contains(index)
      else { continue }
      let before = views[index]
      let reached = trial.spectra.result[index].spectrum
      views[index].refineTone(
        tone, from: trial.spectra.content[index].spectrum, to: reached, frequencies,
        aims.numbers.match.refinement)
      if index == 0 {
        louder.sound = before.louder(reached.soundLevels, after: views[index])
        louder.pauses = before.louder(reached.pauseLevels, after: views[index])
      }
    }
    return louder
  }

  /// Moves the thresholds for the levels of samples with the level of the clip after its tone.
  ///
  /// - Parameters:
  ///   - change: The change of the level of sound in dB.
  ///   - pauses: By how many dB pauses rise more than sound.
  private mutating func follow(_ change: Double, ofPauses pauses: Double) {
    loudness?.anchor += change
    loudness?.gate += max(0, pauses)
    envelope?.follow(change)
    peakThreshold = peakThreshold.map { $0 * Float(pow(10, change / 20)) }
  }

  /// The restyling with the gains that follow the clip's samples, from a trial that measured them.
  ///
  /// One gain follows the envelopes, unless it is negligible; the other follows the momentary loudness.
  package func following(_ trial: RenderResult, aims: RefinementAims) -> Restyling {
    var result = self
    if !aims.envelopes.isEmpty {
      let gain = trial.envelopes.flatMap { CompressorFit($0, numbers: aims.numbers.match) }?.gain(
        towards: aims.envelopes, factor: aims.envelopeFactor, limits: gainLimits)
      result.envelope = gain?.isNegligible == false ? gain : nil
    }
    if let aim = aims.loudness, let momentary = trial.momentaryAfterTone,
      let anchor = trial.loudness(afterGain: 0)
    {
      var loudness = LoudnessRestyling(
        momentary.moved(by: -anchor), towards: aim, anchor: anchor, range: trial.range(by: aim),
        numbers: aims.numbers.match.loudness)
      loudness?.lowerPauses(by: trial, aim, aims.numbers.match.refinement)
      // Kept even where negligible if pauses are too loud, as a later trial may have to lower them.
      let isMissed = aim.missing(in: trial, aims.numbers.match.refinement) != nil
      result.loudness = loudness?.isNegligible == false || isMissed ? loudness : nil
      result.lowerNoise(by: trial, aims)
      if aim.share > 0 { result.peakThreshold = aims.peaks?.threshold(for: trial) }
    }
    return result
  }

  /// The restyling with its tone corrected by a trial, before the next one measures its dynamics.
  package func toned(by trial: RenderResult, aims: RefinementAims) -> Restyling {
    var result = self
    let louder = result.refineTones(by: trial, aims)
    result.follow(louder.sound, ofPauses: louder.pauses - louder.sound)
    return result
  }

  /// Whether a gain follows the clip's samples.
  package var followsSamples: Bool { envelope != nil || loudness != nil }
}

extension ViewRestyling {
  /// Scales σs of a band by the ratio of the target to the measured spread, within bounds.
  fileprivate mutating func moveSpread(
    of band: Int, from measured: Double, to target: Double, _ numbers: SpreadNumbers
  ) {
    let own = content.spread[band]
    guard measured > 0, target > 0, own > 0 else { return }
    let factor = numbers.refinementSteps.nearest(to: target / measured)
    style.spread[band] = own * numbers.refinedLimits.nearest(to: style.spread[band] / own * factor)
  }

  /// Moves the means of bands that no style shares with those of their source bands.
  fileprivate mutating func moveUnshared() {
    for band in gainSource.indices where gainSource[band] != band {
      let source = gainSource[band]
      style.mean[band] = content.mean[band] + (style.mean[source] - content.mean[source])
    }
  }
}

extension ViewRestyling {
  /// By how many dB the K-weighted level of third octaves changes from this view's equaliser to another's.
  fileprivate func louder(_ levels: [Double], after other: ViewRestyling) -> Double {
    let none = [Double](repeating: 0, count: levels.count)
    let (own, next) = (equaliser ?? none, other.equaliser ?? none)
    let moved = levels.indices.map { levels[$0] + next[$0] - own[$0] }
    return LongTermSpectrum.weightedLevel(moved) - LongTermSpectrum.weightedLevel(levels)
  }

  /// Moves the equaliser by the error of a trial's tone.
  ///
  /// - Parameter frequencies: The frequencies of the bands in Hz.
  fileprivate mutating func refineTone(
    _ tone: FineTone, from content: LongTermSpectrum, to result: LongTermSpectrum, _ frequencies: [Double],
    _ numbers: MatchNumbers.Refinement
  ) {
    let missing = tone.missing(from: content, to: result)
    let changes = -numbers.largestChange...numbers.largestChange
    var moved = equaliser ?? [Double](repeating: 0, count: missing.count)
    let coarse = ToneCurves.values(of: self.tone, at: frequencies, for: ThirdOctaves.frequencies)
    for band in moved.indices where tone.isUsable[band] {
      // The gain of the tone and all its corrections stay under the bound together.
      let change = changes.nearest(to: tone.share * missing[band])
      moved[band] += min(change, max(0, tone.highest[band] - coarse[band] - moved[band]))
    }
    equaliser = moved
  }
}

extension LoudnessRestyling {
  /// Corrects σs by the loudness range of a trial, and the depth of pauses by the level difference of sound and pauses.
  fileprivate mutating func refine(
    by trial: RenderResult, _ aim: LoudnessAim, _ numbers: MethodNumbers
  ) {
    let refinement = numbers.match.refinement
    guard let loudness = trial.loudness(afterGain: 0) else { return }
    let result = MomentaryLoudness(trial.loudness, about: loudness)
    if aim.share > 0, let sound = result.sound(), let own = ownRange, let range = trial.range(by: aim),
      range > 0.5
    {
      let wanted = aim.wantedRange(own: own, isExcerpt: trial.isExcerpt)
      let factor = pow(wanted / range, refinement.rangeExponent)
      let ratio = numbers.spreads.limits.nearest(to: factor * style.spread[0] / content.spread[0])
      // The level of the mean power stays.
      style.mean[0] -= sound.levelChange(spreadingBy: ratio * content.spread[0] / style.spread[0])
      style.spread[0] = ratio * content.spread[0]
    }
    lowerPauses(by: trial, aim, refinement)
  }

  /// Lowers pauses by the missing level difference between sound and pauses in a trial.
  fileprivate mutating func lowerPauses(
    by trial: RenderResult, _ aim: LoudnessAim, _ numbers: MatchNumbers.Refinement
  ) {
    guard let missing = aim.missing(in: trial, numbers) else { return }
    pauseDepth = min(max(0, pauseDepth + numbers.pauseStep * missing), numbers.largestPauseDepth)
  }
}

extension LoudnessAim {
  /// The loudness range in LU that a trial is to reach; at least 0.
  ///
  /// An excerpt has a smaller range than the whole clip. Its target is the same fraction of the style's range.
  ///
  /// - Parameters:
  ///   - own: The range in LU of the rendered part, before the change.
  ///   - isExcerpt: Whether an excerpt of a long clip was rendered.
  func wantedRange(own: Double, isExcerpt: Bool) -> Double {
    let part = isExcerpt ? contentRange.map { min(1, own / max($0, 0.5)) } ?? 1 : 1
    // A share above 1 of a style with a small range would give a negative range.
    return max(0, part * range + (1 - share) * own)
  }

  /// The missing level difference in dB between sound and pauses in a trial; `nil` where the rule on noise does not
  /// apply.
  fileprivate func missing(in trial: RenderResult, _ numbers: MatchNumbers.Refinement) -> Double? {
    guard leastSoundOverPauses.isFinite, let result = trial.spectra.result.first else {
      return nil
    }
    return leastSoundOverPauses - numbers.pauseMargin - result.spectrum.soundOverPauses
  }
}

extension FineTone {
  /// The error of a trial's tone in dB in each third octave, less its mean; 0 where the tone is not compared.
  fileprivate func missing(from content: LongTermSpectrum, to result: LongTermSpectrum) -> [Double] {
    let errors = zip(gains, zip(result.soundLevels, content.soundLevels)).map { $0 - ($1.0 - $1.1) }
    let usable = isUsable.indices.filter { isUsable[$0] }
    let mean = usable.reduce(0) { $0 + errors[$1] } / Double(max(1, usable.count))
    return errors.indices.map { isUsable[$0] ? errors[$0] - mean : 0 }
  }
}

extension RefinementAims {
  /// Whether a trial misses so much that its correction needs another trial.
  package func misses(in trial: RenderResult) -> Bool {
    let refinement = numbers.match.refinement
    if let missing = loudness?.missing(in: trial, refinement), missing > refinement.toleratedPauses {
      return true
    }
    return tones.enumerated().contains { index, tone in
      guard let tone, trial.spectra.result.indices.contains(index) else { return false }
      let missing = tone.missing(
        from: trial.spectra.content[index].spectrum, to: trial.spectra.result[index].spectrum)
      let square = missing.reduce(0) { $0 + $1 * $1 } / Double(max(1, tone.isUsable.count { $0 }))
      return tone.share * square.squareRoot() > refinement.toleratedTone
    }
  }
}

extension Restyling {
  /// Lowers bands that hold nothing but noise by the missing level difference between sound and pauses in a trial.
  fileprivate mutating func lowerNoise(by trial: RenderResult, _ aims: RefinementAims) {
    let numbers = aims.numbers.match.refinement
    guard let missing = aims.loudness?.missing(in: trial, numbers), missing > 0 else { return }
    for (index, tone) in aims.tones.enumerated() {
      guard let tone, var equaliser = views[index].equaliser ?? Optional(tone.gains.map { _ in 0 }) else {
        continue
      }
      for band in equaliser.indices where tone.highest[band] == 0 && !tone.isUsable[band] {
        equaliser[band] -= min(missing, numbers.largestHold)
      }
      views[index].equaliser = equaliser
    }
  }
}

/// The aim of the peaks of a result: the style's ratio of true peak to loudness.
///
/// Compressors and limiters also act within a frame of 43 ms, and change the ratio of true peak to loudness. Where the
/// result's ratio is larger than the style's, its peaks are lowered by a share of the difference. The share is the mean
/// over the styles by weight, and the least of all views. Peaks are never raised.
package struct PeakAim: Sendable {
  private let share: Double
  private let styleRatio: Double
  private let numbers: MatchNumbers.Peaks

  /// Creates the aim from the targets of all views; `nil` where the share is 0 or the styles' ratio is unknown.
  ///
  /// - Parameters:
  ///   - targets: The target of each style with its share, by view.
  ///   - stylePeakRatio: The styles' ratio of true peak to loudness in dB; `nil` if unknown.
  ///   - numbers: The bounds of the reduction.
  init?(
    _ targets: [[(target: StyleTarget, share: Double)]], stylePeakRatio: Double?, numbers: MatchNumbers.Peaks
  ) {
    self.numbers = numbers
    share = targets.map { $0.reduce(0) { $0 + $1.share * $1.target.peakShare } }.min() ?? 0
    guard share > 0, let ratio = stylePeakRatio else { return nil }
    styleRatio = ratio
  }

  /// The ratio of true peak to loudness in dB; `nil` for silence.
  private static func ratio(of result: RenderResult) -> Double? {
    guard let loudness = result.loudness(afterGain: 0), result.truePeak.isFinite else { return nil }
    return result.truePeak - loudness
  }

  /// The largest magnitude that the result's samples are to have; `nil` where its peaks are low enough.
  ///
  /// - Parameters:
  ///   - trial: The measurements of the rendered clip.
  ///   - isLimited: Whether the trial had a threshold already.
  func threshold(for trial: RenderResult, isLimited: Bool = false) -> Float? {
    guard let ratio = Self.ratio(of: trial) else { return nil }
    let factor = isLimited ? share * numbers.overshoot : share
    let reduction = min(numbers.limit, factor * (ratio - styleRatio))
    return reduction > numbers.smallest ? Float(pow(10, (trial.samplePeak - reduction) / 20)) : nil
  }
}
