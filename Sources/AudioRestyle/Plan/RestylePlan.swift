import AudioFeatures
import Foundation

/// All decisions about a clip that follow from the statistics of content and styles.
public struct RestylePlan: Sendable {
  /// The options the plan was made with.
  public let options: RestyleOptions
  /// The stereo mode in use; `linked` where `mid-side` does not fit the clip.
  public let stereo: StereoMode
  /// The content's statistics.
  public internal(set) var content: StyleProfile
  /// The styles' loudness in LUFS, averaged by weight; `nil` where no style has one.
  public let styleLoudness: Double?
  /// By how many dB the styles' true peaks stand above their loudness, averaged by weight; `nil` where no style has both.
  let stylePeakRatio: Double?
  /// How likely content and styles are different voices or pieces, from 0 to 1; `nil` for methods that do not match frames.
  ///
  /// It is told by what tone and level do not change, and what is in doubt is taken less of. The largest of all styles that have
  /// a weight, and of all views but the side. A style of less than a second is taken less of besides, which does not count
  /// here. It is `nil`, too, where no frames were compared: for equal recordings, under 8 independent frames, without common
  /// bands, and for profiles without a sample of frames.
  public var unlikeness: Double? {
    views.filter { $0.view != .side && !$0.isUntouched }.flatMap(\.maps)
      .compactMap { $0.weight > 0 ? $0.map.shape?.matched?.unlikeness : nil }.max()
  }
  /// What the user should know, one sentence each.
  public internal(set) var warnings: [String]

  /// What happens to each view.
  var views: [ViewPlan]

  /// The largest sample that the result is to have before the last gain; `nil` where none is too large.
  var peakThreshold: Float?

  /// What follows the envelopes of the clip's samples; `nil` for nothing.
  var envelopeGain: EnvelopeGain?

  /// The broadband gain in dB that plain transfer implies: from the content's own level to the styles'.
  let broadbandGain: Double

  /// The affine maps of the samples, for `waveform` features; one a channel.
  let waveformMaps: [WaveformMap]

  /// Whether the features' gains are all exactly 0 dB.
  public var isIdentity: Bool {
    if options.strength == 0 { return true }
    return options.features == .waveform
      ? waveformMaps.allSatisfy(\.isIdentity) : views.allSatisfy(\.isIdentity)
  }

  /// The mean and spread that are asked for, by view.
  var requested: [(mean: [Double], spread: [Double])] {
    views.map { $0.requested(strength: options.strength) }
  }

  /// The levels of each style that dynamics are left to envelopes for, with the share of them.
  var envelopeAims: [(quantiles: [Double], share: Double)] {
    views.flatMap(\.maps).compactMap { map, weight in
      guard let matched = map.shape?.matched, matched.envelopeShare > 0, weight > 0 else { return nil }
      return (matched.styleLevels, weight * matched.envelopeShare * matched.dynamics)
    }
  }

  /// The channels' centre frequencies in Hz.
  public var frequencies: [Double] { content.layout.frequencies }

  /// The mean gain in dB of every channel of a view over the content's active frames, at equal loudness.
  public func meanGains(of view: StereoView) -> [Double]? {
    guard let plan = views.first(where: { $0.view == view }) else { return nil }
    return zip(plan.requested(strength: options.strength).mean, plan.contentMean).map { $0 - $1 }
  }
}
