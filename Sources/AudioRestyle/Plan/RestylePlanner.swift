import AdaIN
import AudioFeatures
import Foundation

/// Makes a ``RestylePlan`` from the statistics of a content and its styles.
struct RestylePlanner {
  let options: RestyleOptions
  let content: StyleProfile
  let styles: [WeightedStyle]
  /// The threads that work; the plan does not depend on their number.
  var team = ThreadTeam(1)

  /// By how many dB a side must lie under the middle to be left untouched.
  private static let silentSide = 60.0

  func plan() throws(RestyleError) -> RestylePlan {
    try options.validate()
    let total = styles.reduce(0) { $0 + $1.weight }
    guard total > 0, styles.allSatisfy({ $0.weight >= 0 && $0.weight.isFinite }) else {
      throw .invalidOption("style weights: expected numbers of at least 0 with a sum above 0")
    }
    for style in styles {
      guard style.profile.hasActiveSound else { throw .silentStyle(style.name) }
      if options.features != .waveform && style.profile.layout != content.layout {
        throw .incompatibleProfiles(
          "\(style.name): expected a style with \(content.layout.summary) as the content has, found "
            + style.profile.layout.summary)
      }
    }
    var warnings: [String] = []
    let stereo = stereoMode(&warnings)
    let shares = styles.map { ($0, $0.weight / total) }
    if options.method.needsFrames, content.frameSamples.isEmpty {
      warnings.append(
        "the content's profile holds no sample of frames, which the method match needs: adain is used")
    }
    for style in styles where options.method.needsFrames && style.profile.frameSamples.isEmpty {
      warnings.append(
        "\(style.name) holds no sample of frames, which the method match needs: adain is used; learn it again from its clips"
      )
    }
    let views: [ViewPlan]
    do {
      views = try stereo.views(channelCount: channelCount).map { try viewPlan($0, shares) }
    } catch let error as RestyleError {
      throw error
    } catch {
      throw .incompatibleProfiles("\(error)")
    }
    let loudnesses = shares.compactMap { style, share in style.profile.loudness.map { ($0, share) } }
    let known = loudnesses.reduce(0) { $0 + $1.1 }
    let ratios = shares.compactMap { style, share in style.profile.peakRatio.map { ($0, share) } }
    let peaks = ratios.reduce(0) { $0 + $1.1 }
    let styleShift = shares.reduce(0) { $0 + $1.0.profile.levelShift * $1.1 }
    if options.features != .waveform { warnings += Self.summary(of: views, method: options.method) }
    warnings += MaterialWarnings(options: options, content: content, styles: styles).all
    return RestylePlan(
      options: options, stereo: stereo, content: content,
      styleLoudness: known > 0 ? loudnesses.reduce(0) { $0 + $1.0 * $1.1 } / known : nil,
      stylePeakRatio: peaks > 0 ? ratios.reduce(0) { $0 + $1.0 * $1.1 } / peaks : nil, warnings: warnings,
      views: views, broadbandGain: content.levelShift - styleShift,
      waveformMaps: options.features == .waveform ? waveformMaps(stereo, shares) : [])
  }

  /// The distribution of a view, where the method needs it.
  private func distribution(
    of view: StereoView, in profile: StyleProfile, name: String
  ) throws(RestyleError) -> FrameDistribution? {
    guard options.method.needsDistributions else { return nil }
    if let distribution = profile.distribution(of: view) { return distribution }
    throw .incompatibleProfiles(
      "\(name): the method \(options.method.rawValue) needs the distribution of levels (histograms and covariance of "
        + "the active frames, view \(view.name)), and this profile holds none; learn it again from its clips")
  }

  /// The sample of a view's frames, where the method takes one.
  private func frames(of view: StereoView, in profile: StyleProfile) -> FrameSample? {
    options.method.needsFrames ? profile.frameSample(of: view) : nil
  }

  private var channelCount: Int { content.sources.first?.channelCount ?? 1 }

  private func stereoMode(_ warnings: inout [String]) -> StereoMode {
    if options.stereo != .linked, Set(content.sources.map(\.channelCount)).count > 1 {
      warnings.append(
        "the clips differ in their number of channels: all channels of a clip share one gain (linked)")
      return .linked
    }
    if options.stereo == .midSide && channelCount != 2 {
      warnings.append(
        "mid-side needs a content of 2 channels, found \(channelCount): all channels share one gain (linked)")
      return .linked
    }
    if options.stereo == .midSide, let style = styles.first(where: { $0.profile.levels[.side] == nil }) {
      warnings.append(
        "mid-side needs styles of 2 channels, and \(style.name) has no side: all channels share one gain (linked)"
      )
      return .linked
    }
    if options.stereo == .independent, channelCount > 1,
      let style = styles.first(where: { $0.profile.levels[.channel(0)] == nil })
    {
      warnings.append(
        "\(style.name) has no statistics of single channels: every channel goes towards its mean")
    }
    return options.stereo
  }

  private func viewPlan(
    _ view: StereoView, _ shares: [(WeightedStyle, Double)]
  ) throws -> ViewPlan {
    let statistics = content.statistics(of: view)
    let zeros = [Double](repeating: 0, count: content.layout.channelCount)
    let (mean, spread) = statistics?.moments ?? (zeros, zeros)
    var plan = ViewPlan(
      view: view, contentMean: mean, contentSpread: spread,
      gate: statistics?.gate ?? ActivityGate(LevelStatistics(numFeatures: 0), shiftInBuckets: 0),
      maps: [], isUntouched: false)
    guard let statistics, statistics.activeCount > 0, !Self.isSilentSide(view, content) else {
      (plan.isUntouched, plan.isSilent) = (true, true)
      return plan
    }
    plan.contentDistribution = try distribution(of: view, in: content, name: "the content")
    for (style, share) in shares {
      // A style of other width gives each channel its mean.
      let styleView = Self.styleView(view, style.profile, channelCount)
      guard let other = style.profile.statistics(of: styleView), !Self.isSilentSide(view, style.profile)
      else {
        plan.isUntouched = true
        return plan
      }
      let map = try StyleMap(
        content: StyleMap.Side(
          statistics: statistics, distribution: plan.contentDistribution,
          frames: frames(of: view, in: content), fineSpectrum: content.fineSpectrum(of: view)),
        style: StyleMap.Side(
          statistics: other,
          distribution: try distribution(of: styleView, in: style.profile, name: style.name),
          frames: frames(of: styleView, in: style.profile),
          fineSpectrum: style.profile.fineSpectrum(of: styleView)),
        options: options, usesEnvelopes: options.refinements > 0 && view == .linked, team: team)
      let frames = min(statistics.independentFrameCount, other.independentFrameCount)
      if frames < StyleMap.fewestIndependentFrames { plan.hasFewFrames = true }
      plan.maps.append((map, share))
    }
    return plan
  }

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

  private func waveformMaps(_ stereo: StereoMode, _ shares: [(WeightedStyle, Double)]) -> [WaveformMap] {
    stereo.views(channelCount: channelCount).map { view in
      let own = content.moments[view] ?? content.moments[.linked] ?? ChannelMoments()
      let spread = own.variance().squareRoot()
      var map = WaveformMap(contentMean: own.mean, contentSpread: spread, mean: own.mean, spread: spread)
      // A constant has no spread to scale, and silence must stay silence.
      guard own.count > 0, spread > 0, !Self.isSilentSide(view, content) else { return map }
      for (style, share) in shares {
        let styleView = Self.styleView(view, style.profile, channelCount)
        guard !Self.isSilentSide(view, style.profile) else { continue }
        guard let other = style.profile.moments[styleView] ?? style.profile.moments[.linked] else { continue }
        let ratio = other.variance().squareRoot() / spread
        let lowest = pow(10, options.lowestGain / 20)
        let highest = pow(10, options.highestGain / 20)
        let keepsSpread = other == own || options.method == .mean
        let bounded = keepsSpread ? 1 : (lowest...highest).nearest(to: pow(ratio, options.dynamics))
        map.mean += options.strength * share * options.tone * (other.mean - own.mean)
        map.spread += options.strength * share * (bounded - 1) * spread
      }
      return map
    }
  }
}
