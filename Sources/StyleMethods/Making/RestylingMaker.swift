import AdaIN
package import AudioFeatures
import Foundation
import InstanceNorm
import Restylings
package import StyleProfiles

/// Makes a ``Restyling`` from the statistics of a content and its styles.
package struct RestylingMaker {
  let options: RestyleOptions
  let content: StyleProfile
  let styles: [WeightedStyle]
  /// Whether the content is a pool of short sounds, which get one static tone (``PoolMethod``).
  var isPool = false
  /// The threads that work; the restyling does not depend on their number.
  var team = ThreadTeam(1)

  private var numbers: MethodNumbers { options.numbers ?? .standard }

  /// The distance in dB under the middle from which on a side is left untouched.
  private static let silentSide = 60.0

  /// Styles with a weight above 0, with their shares, which sum to 1.
  private typealias Shares = [(style: WeightedStyle, share: Double)]

  /// Makes the restyling and the aims of trials.
  ///
  /// - Throws: ``RestyleError`` for options, styles or weights that do not fit.
  package func draft() throws(RestyleError) -> RestylingDraft {
    try options.validate()
    let shares = try shares()
    var warnings: [RestyleWarning] = []
    let stereo = stereoMode(&warnings)
    var draft: RestylingDraft
    do {
      let views = stereo.views(channelCount: channelCount)
      draft = RestylingDraft(
        restyling: restyling(stereo, views: [], shares),
        aims: RefinementAims(matchesSpread: rule.refinesSpreads, numbers: numbers))
      if options.features == .waveform {
        draft.restyling.views = views.map { waveformView($0, shares) }
      } else {
        for view in views { try add(view, shares, to: &draft) }
      }
    } catch let error as RestyleError {
      throw error
    } catch {
      throw .incompatibleProfiles("\(error)")
    }
    draft.aims.peaks = PeakAim(
      draft.targets, stylePeakRatio: stylePeakRatio(shares), numbers: numbers.match.peaks)
    draft.aims.envelopes = draft.targets.flatMap(\.self).compactMap { target, share in
      target.envelope.map { EnvelopeAim(quantiles: $0.quantiles, share: share * $0.share) }
    }
    draft.aims.envelopeFactor = Knobs(options).envelopeFactor
    draft.aims.loudness = LoudnessAim(draft.targets.flatMap(\.self))
    if let aim = draft.aims.loudness {
      draft.aims.loudness?.contentRange =
        aim.usesShortTerms ? content.shortTerm?.loudnessRange : content.momentary?.sound()?.range
    }
    draft.restyling.soundingBand = draft.targets.lazy.flatMap(\.self).compactMap(\.target.soundingBand).first
    draft.aims.tones = draft.targets.map { FineTone(blending: $0) }
    if options.features != .waveform { warnings += summary(of: draft) }
    warnings += MaterialWarnings(options: options, content: content, styles: shares.map(\.style)).all
    draft.restyling.facts.warnings = warnings
    draft.restyling.facts.unlikeness = unlikeness(draft)
    // One gain for all: a limiter would change the attacks of the loudest sounds only.
    if isPool { draft.restyling.level.peaks = .gain }
    return draft
  }

  private func shares() throws(RestyleError) -> Shares {
    let total = styles.reduce(0) { $0 + $1.weight }
    guard total > 0, total.isFinite, styles.allSatisfy({ $0.weight >= 0 }) else {
      throw .invalidOption("style weights: expected numbers of at least 0 with a finite sum above 0")
    }
    for style in styles {
      guard style.profile.hasActiveSound else { throw .silentStyle(style.name) }
      if options.features != .waveform && style.profile.layout != content.layout {
        throw .incompatibleProfiles(
          "\(style.name): expected a style with \(content.layout.summary) as the content has, found "
            + style.profile.layout.summary)
      }
      if let dynamics = style.dynamics { try check(dynamics) }
    }
    return styles.filter { $0.weight > 0 }.map { ($0, $0.weight / total) }
  }

  private func check(_ dynamics: DynamicsStyle) throws(RestyleError) {
    guard rule.hasDynamics else {
      throw .invalidOption(
        "dynamics of another style: have no meaning with the method \(options.method.rawValue), which keeps all dynamics"
      )
    }
    guard dynamics.profile.hasActiveSound else { throw .silentStyle(dynamics.name) }
    if options.features != .waveform && dynamics.profile.layout != content.layout {
      throw .incompatibleProfiles(
        "\(dynamics.name): expected a style with \(content.layout.summary) as the content has, found "
          + dynamics.profile.layout.summary)
    }
  }

  /// The restyling before its views are made.
  private func restyling(_ stereo: StereoMode, views: [ViewRestyling], _ shares: Shares) -> Restyling {
    let loudness = Self.mean(shares) { $0.profile.loudness }
    return Restyling(
      features: options.features, layout: content.layout, stereo: stereo, phase: options.phase,
      referenceBuckets: content.gateShift, views: views, lowestGain: options.lowestGain,
      highestGain: options.highestGain,
      level: LevelAim(
        options, content: content, styleLoudness: loudness,
        styleShift: shares.reduce(0) { $0 + $1.style.profile.levelShift * $1.share }),
      facts: RestylingFacts(
        method: options.method, aim: options.method == .match ? options.aim : nil, content: content.sources,
        contentLoudness: content.loudness,
        contentTruePeak: content.truePeak.isFinite ? content.truePeak : nil,
        activeSeconds: content.activeSeconds,
        styles: shares.map {
          RestylingFacts.Style(
            name: $0.style.name, share: $0.share, loudness: $0.style.profile.loudness,
            dynamics: $0.style.dynamics?.name)
        }, styleLoudness: loudness, pauses: pauses(shares), warnings: []))
  }

  /// The level difference of sound and pauses in content and styles; `nil` where the content has no real pauses.
  private func pauses(_ shares: Shares) -> RestylingFacts.Pauses? {
    guard let own = content.loudnessOverPauses() else { return nil }
    let styles = shares.compactMap { $0.style.profileOfDynamics.loudnessOverPauses(areSteady: false) }
    return RestylingFacts.Pauses(content: own, styles: styles.min() ?? own)
  }

  /// The mean of a value over the styles that have it, by weight; `nil` where none has it.
  private static func mean(_ shares: Shares, _ value: (WeightedStyle) -> Double?) -> Double? {
    let known = shares.compactMap { style, share in value(style).map { ($0, share) } }
    let total = known.reduce(0) { $0 + $1.1 }
    return total > 0 ? known.reduce(0) { $0 + $1.0 * $1.1 } / total : nil
  }

  /// The ratio of true peak to loudness in dB of the recordings whose dynamics are taken: the mean by weight.
  ///
  /// It is `nil` where none has both.
  private func stylePeakRatio(_ shares: Shares) -> Double? {
    Self.mean(shares) { $0.profileOfDynamics.peakRatio }
  }

  private var channelCount: Int { content.sources.first?.channelCount ?? 1 }

  private func stereoMode(_ warnings: inout [RestyleWarning]) -> StereoMode {
    if options.stereo != .linked, Set(content.sources.map(\.channelCount)).count > 1 {
      warnings.append(.channelCountsDiffer)
      return .linked
    }
    if options.stereo == .midSide && channelCount != 2 {
      warnings.append(.contentHasNoSide(channelCount: channelCount))
      return .linked
    }
    if options.stereo == .midSide, let style = styles.first(where: { $0.profile.levels[.side] == nil }) {
      warnings.append(.styleHasNoSide(style: style.name))
      return .linked
    }
    if options.stereo == .independent, channelCount > 1,
      let style = styles.first(where: { $0.profile.levels[.channel(0)] == nil })
    {
      warnings.append(.styleHasNoChannels(style: style.name))
    }
    return options.stereo
  }

  /// Creates a value of its parts.
  package init(
    options: RestyleOptions, content: StyleProfile, styles: [WeightedStyle], isPool: Bool = false,
    team: ThreadTeam = ThreadTeam(1)
  ) {
    self.options = options
    self.content = content
    self.styles = styles
    self.isPool = isPool
    self.team = team
  }
}

/// The views of level features.
extension RestylingMaker {
  /// Makes the changes of a view and adds them to the draft.
  private func add(_ view: StereoView, _ shares: Shares, to draft: inout RestylingDraft) throws {
    let statistics = content.statistics(of: view)
    let gate = statistics?.gate ?? ActivityGate(LevelStatistics(numFeatures: 0), shiftInBuckets: 0)
    func keep(_ state: ViewRestyling.State) {
      draft.add(
        ViewRestyling(
          untouched: view, state, moments: statistics?.moments, bandCount: content.layout.channelCount,
          gate: gate))
    }
    guard let statistics, statistics.activeCount > 0, !Self.isSilentSide(view, content),
      let own = try MeasuredView(view, of: content, name: "the content", for: options.method)
    else { return keep(.silent) }
    var targets: [(target: StyleTarget, share: Double)] = []
    for (style, share) in shares {
      // A style with another number of channels gives each channel its view `linked`.
      let styleView = Self.styleView(view, style.profile, channelCount)
      guard !Self.isSilentSide(view, style.profile),
        let other = try MeasuredView(styleView, of: style.profile, name: style.name, for: options.method)
      else { return keep(.untouched) }
      var moving: MeasuredView?
      if let dynamics = style.dynamics {
        let view = Self.styleView(view, dynamics.profile, channelCount)
        // A silent side has no dynamics, so those of the style are taken.
        if !Self.isSilentSide(view, dynamics.profile) {
          moving = try MeasuredView(view, of: dynamics.profile, name: dynamics.name, for: options.method)
        }
      }
      targets.append((try target(from: own, to: other, moving: moving, &draft), share))
    }
    var made = ViewRestyling(own, targets, gate: gate)
    if rule.calmsPauses { made.pauseAllowance = 0 }
    draft.add(made, targets)
  }

  /// The method's target for a style; means alone where there are too few frames, and no change without shared bands.
  private func target(
    from own: MeasuredView, to other: MeasuredView, moving: MeasuredView?, _ draft: inout RestylingDraft
  ) throws -> StyleTarget {
    let bands = content.layout.channelCount
    let nyquist = numbers.match.styleTone.passband * min(own.statistics.nyquist, other.statistics.nyquist)
    // A pool is compared by mean powers, so all bands below the Nyquist frequencies count.
    let shared = (0..<bands).filter {
      isPool ? own.frequencies[$0] < nyquist : own.statistics.shares($0, with: other.statistics)
    }
    let isShort =
      !isPool
      && [other, moving].contains {
        $0.map { own.independentFrames(with: $0) < numbers.spreads.fewestFrames } ?? false
      }
    if isShort { draft.hasFewFrames = true }
    let knobs = Knobs(options)
    guard !shared.isEmpty, !knobs.takesNothing else {
      return StyleTarget(unchanged: bands, shared: shared)
    }
    let request = TargetRequest(
      shared: shared, knobs: knobs, dynamics: moving,
      usesEnvelopes: options.refinements > 0 && own.view == .linked,
      aim: options.aim,
      smoothing: options.smoothing, toneRange: options.toneRange, numbers: numbers, team: team)
    return isShort
      ? MeanMethod().target(from: own, to: other, request)
      : try rule.target(from: own, to: other, request)
  }

  private var rule: any StyleMethod { isPool ? PoolMethod() : options.method.rule }

  private static func styleView(_ view: StereoView, _ style: StyleProfile, _ channelCount: Int) -> StereoView
  {
    if case .channel = view, style.sources.contains(where: { $0.channelCount != channelCount }) {
      return .linked
    }
    return view
  }

  private static func isSilentSide(_ view: StereoView, _ profile: StyleProfile) -> Bool {
    guard view == .side else { return false }
    guard let side = profile.statistics(of: .side), let mid = profile.statistics(of: .mid) else {
      return true
    }
    return side.activeCount == 0 || side.broadbandMean < mid.broadbandMean - silentSide
  }

  /// The warnings about the targets.
  private func summary(of draft: RestylingDraft) -> [RestyleWarning] {
    let views = draft.restyling.views
    func isKept(_ view: ViewRestyling) -> Bool { view.state != .restyled }
    if views.allSatisfy(isKept) { return [.contentIsSilent] }
    var warnings: [RestyleWarning] = []
    if draft.hasFewFrames { warnings.append(.fewFrames) }
    let limited = draft.targets.reduce(0) { $0 + $1.reduce(0) { $0 + $1.target.limitedCount } }
    // Without dynamics, none of the difference is taken anyway.
    if limited > 0, options.dynamics != 0 {
      warnings.append(.spreadsLimited(count: limited, isOfDirections: options.method == .transport))
    }
    for view in views where !isKept(view) && view.bands.shared.isEmpty {
      warnings.append(.noSharedBands(view: view.view.name))
    }
    return warnings
  }

  private func unlikeness(_ draft: RestylingDraft) -> Double? {
    zip(draft.restyling.views, draft.targets).filter { $0.0.view != .side }
      .flatMap { $0.1.compactMap(\.target.unlikeness) }.max()
  }
}

/// The views of `waveform` features: the samples of one signal are the feature.
extension RestylingMaker {
  private func waveformView(_ view: StereoView, _ shares: Shares) -> ViewRestyling {
    let own = content.moments[view] ?? content.moments[.linked] ?? ChannelMoments()
    let spread = own.variance().squareRoot()
    var made = ViewRestyling(
      untouched: view, .restyled, moments: ([own.mean], [spread.isFinite ? spread : 0]), bandCount: 1,
      gate: ActivityGate(LevelStatistics(numFeatures: 0), shiftInBuckets: 0))
    // A constant has no spread to scale, and silence must stay silence.
    guard own.count > 0, spread > 0, !Self.isSilentSide(view, content) else { return made }
    let knobs = Knobs(options)
    let limits = pow(10, options.lowestGain / 20)...pow(10, options.highestGain / 20)
    for (style, share) in shares {
      let styleView = Self.styleView(view, style.profile, channelCount)
      guard !Self.isSilentSide(view, style.profile) else { continue }
      guard let other = style.profile.moments[styleView] ?? style.profile.moments[.linked] else { continue }
      let moving = style.dynamics.flatMap { dynamics in
        let view = Self.styleView(view, dynamics.profile, channelCount)
        return dynamics.profile.moments[view] ?? dynamics.profile.moments[.linked]
      }
      let source = moving ?? other
      let ratio = source.variance().squareRoot() / spread
      let keepsSpread = source == own || !options.method.rule.hasDynamics
      let bounded = keepsSpread ? 1 : limits.nearest(to: pow(ratio, knobs.exponent(trust: 1)))
      made.style.mean[0] += share * knobs.shift(other.mean - own.mean)
      made.style.spread[0] += share * knobs.part((bounded - 1) * spread)
    }
    return made
  }
}

extension LevelAim {
  /// The level target and the ceiling that follow from options.
  ///
  /// - Parameters:
  ///   - options: The options.
  ///   - content: The content's profile.
  ///   - styleLoudness: The styles' loudness in LUFS, averaged by weight; `nil` where none has one.
  ///   - styleShift: The styles' mean level shift in dB, by weight.
  package init(_ options: RestyleOptions, content: StyleProfile, styleLoudness: Double?, styleShift: Double) {
    self.init()
    let knobs = Knobs(options)
    switch options.loudness {
    case .off: gain = options.features == .waveform ? 0 : knobs.part(content.levelShift - styleShift)
    case .keep: loudness = content.loudness
    case .lufs(let value): loudness = value
    case .metered(let value, let mono):
      let isMono = content.sources.allSatisfy { $0.channelCount == 1 }
      loudness = isMono ? mono + LoudnessTarget.monoDifference : value
    case .level(let value): rms = value
    case .style:
      // A content without active sound is not raised, as its noise would be heard.
      if content.hasActiveSound, let own = content.loudness, let style = styleLoudness {
        loudness = own + knobs.part(style - own)
      }
    }
    ceiling =
      switch options.ceiling {
      case .off: nil
      case .automatic: max(LevelAim.defaultCeiling, content.truePeak)
      case .decibelsTruePeak(let value): value
      }
    peaks = options.peaks
  }
}
