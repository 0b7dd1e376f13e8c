import AdaIN
import AudioFeatures
import Foundation
import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// What a restyling did, measured.
public struct RestyleReport: Codable, Sendable {
  /// The stereo mode in use.
  public var stereo: StereoMode
  /// The content's loudness in LUFS; `nil` for silence.
  public var contentLoudness: Double?
  /// The styles' loudness in LUFS.
  public var styleLoudness: Double?
  /// The result's loudness in LUFS, computed from the rendered clip and the last gain.
  public var loudness: Double?
  /// The content's true peak in dBTP; `nil` for silence.
  public var contentTruePeak: Double?
  /// The result's true peak in dBTP; `nil` for silence.
  public var truePeak: Double?
  /// The last gain, and what decided it.
  public var level: LevelDecision
  /// What happened to each view's channels.
  public var views: [ViewReport]
  /// The least gain in dB, at equal mean, that followed the envelopes of the samples where the clip is active; `nil` where
  /// dynamics followed the levels of frames alone.
  public var lowestEnvelopeGain: Double?
  /// The largest such gain in dB.
  public var highestEnvelopeGain: Double?
  /// How likely content and style are different voices or pieces, from 0 to 1 (``RestylingFacts/unlikeness``): the method
  /// `match` takes less of such a style; `nil` for other methods, and where no frames were compared.
  public var unlikeness: Double?
  /// How many refining passes were made.
  public var refinements: Int
  /// How many samples of an integer output were clipped.
  public var clippedSampleCount = 0
  /// Whether the output is the input, bit for bit.
  public var isCopy = false
  /// Whether the output holds the input's samples in another format, otherwise unchanged.
  public var isReencoded = false
  /// How many short sounds share the clip's tone and gain (``AlbumPlan/Sharing/colour``); `nil` for a clip by itself.
  public var poolCount: Int?
  /// What the user should know.
  public var warnings: [RestyleWarning]
  /// What was done to the clip, or `nil` for a copy.
  ///
  /// It is not part of the encoded report.
  public var restyling: Restyling?

  /// The gains that were asked for, frame by frame; `nil` where they were not wanted (``RestyleOptions/listsGains``).
  public var gains: [RequestedGains]?

  private enum CodingKeys: CodingKey {
    case gains, stereo, contentLoudness, styleLoudness, loudness, contentTruePeak, truePeak, level, views
    case lowestEnvelopeGain, highestEnvelopeGain, unlikeness, refinements, clippedSampleCount, isCopy
    case isReencoded, poolCount, warnings
  }

  /// What happened to the channels of one view.
  public struct ViewReport: Codable, Sendable {
    /// The view's name.
    ///
    /// One of `linked`, `mid`, `side`, `channel0`, …
    public var view: String
    /// The channels, in order of frequency.
    public var channels: [ChannelReport]
  }

  /// What happened to one channel; levels in dB at the reference loudness of −23 LUFS.
  public struct ChannelReport: Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// Whether content and style share the channel; otherwise its gain follows the nearest shared one.
    public var isShared: Bool
    /// The content's mean over its active frames.
    public var contentMean: Double
    /// The content's spread over its active frames.
    public var contentSpread: Double
    /// The mean that was asked for.
    public var requestedMean: Double
    /// The spread that was asked for, without what follows the envelopes of the samples.
    public var requestedSpread: Double
    /// The mean of the result over the content's active frames; `nil` where it was not measured.
    public var mean: Double?
    /// The spread of the result over the content's active frames; `nil` where it was not measured.
    public var spread: Double?
    /// The share of active frames in which the gain limits bound the channel, 0 to 1.
    public var limitedShare: Double
  }
}

extension RestyleReport {
  /// A report on a rendered clip, before its last gain is decided.
  init(_ restyling: Restyling, result: RenderResult) {
    let facts = restyling.facts
    stereo = restyling.stereo
    // Where several clips share a restyling, its one source is this clip.
    contentLoudness = facts.content.first?.loudness
    styleLoudness = facts.styleLoudness
    contentTruePeak = facts.content.first?.truePeak
    level = LevelDecision()
    lowestEnvelopeGain = restyling.envelope?.range?.lowerBound
    highestEnvelopeGain = restyling.envelope?.range?.upperBound
    unlikeness = facts.unlikeness
    warnings = facts.warnings
    refinements = facts.refinements
    self.restyling = restyling
    views = []
    notePauses(restyling, result)
    guard restyling.features != .waveform else { return }
    for (index, view) in restyling.views.enumerated() {
      let reached = result.levels.indices.contains(index) ? result.levels[index] : nil
      let limited = result.limited.indices.contains(index) ? result.limited[index] : nil
      views.append(Self.report(on: view, restyling.frequencies, reached, limited))
    }
    noteGainLimits(restyling)
  }

  private static func report(
    on view: ViewRestyling, _ frequencies: [Double], _ reached: StyleStatistics?,
    _ limited: (counts: [Int], activeCount: Int)?
  ) -> ViewReport {
    let (shared, bands) = (Set(view.bands.shared), view.bands)
    let channels = frequencies.indices.map { band in
      let found = reached.map { $0.channels[band] }.flatMap { $0.count > 0 ? $0 : nil }
      let share = limited.map { $0.activeCount > 0 ? Double($0.counts[band]) / Double($0.activeCount) : 0 }
      return ChannelReport(
        frequency: frequencies[band], isShared: shared.contains(band), contentMean: bands.contentMean[band],
        contentSpread: bands.contentSpread[band], requestedMean: bands.requestedMean[band],
        requestedSpread: bands.requestedSpread[band], mean: found?.mean,
        spread: found?.variance().squareRoot(), limitedShare: share ?? 0)
    }
    return ViewReport(view: view.view.name, channels: channels)
  }

  /// By how many dB sound over pauses may fall under its least without a word.
  private static let toleratedFall = 1.5

  /// Notes that sound lies less far over pauses than the rule on noise allows.
  private mutating func notePauses(_ restyling: Restyling, _ result: RenderResult) {
    guard let pauses = restyling.facts.pauses, let loudness = result.loudness(afterGain: 0),
      let reached = MomentaryLoudness(result.loudness, about: loudness).soundOverPauses,
      reached < pauses.least - Self.toleratedFall
    else { return }
    warnings.append(
      .pausesRaised(
        content: pauses.content, result: reached, least: pauses.least, byDynamics: restyling.changesDynamics))
  }

  /// Notes where the gain limits bound the shared channels in a large share of the active frames.
  private mutating func noteGainLimits(_ restyling: Restyling) {
    let channels = views.flatMap(\.channels).filter(\.isShared)
    let bound = channels.filter { $0.limitedShare >= Self.largestLimitedShare }
    guard let most = bound.map(\.limitedShare).max() else { return }
    warnings.append(
      .gainsLimited(
        lowest: restyling.lowestGain, highest: restyling.highestGain, bandCount: bound.count,
        sharedCount: channels.count, share: most))
  }

  /// The share of active frames from which limits are worth a word.
  private static let largestLimitedShare = 0.25

  /// Notes samples that integers could not hold.
  mutating func noteClipping(_ count: Int, _ path: String) {
    clippedSampleCount = count
    if count > 0 { warnings.append(.samplesClipped(output: path, count: count)) }
  }

  /// Fills in the final levels.
  mutating func finish(_ finished: Finisher.Finished) {
    level = finished.level
    loudness = finished.loudness
    truePeak = finished.truePeak.isFinite ? finished.truePeak : nil
    warnings += finished.warnings
  }
}

extension RestyleReport {
  /// A report on a clip that was copied unchanged.
  init(copyOf info: SoundFileInfo) {
    stereo = .linked
    level = LevelDecision()
    views = []
    refinements = 0
    isCopy = true
    warnings = []
  }
}

/// What a clip is to become.
enum RestyleTarget: Sendable {
  /// Like one or several styles; what was measured on the clip before need not be measured again.
  case styles([WeightedStyle], measured: ContentMeasurement? = nil)
  /// What levels say that were made outside.
  case features(FeatureSequence)
  /// What a restyling says that was made before, of this clip or another.
  case restyling(Restyling, Anchoring = Anchoring())
  /// What was decided for it and other clips together.
  case decided(Decided)

  /// A restyling and a level.
  struct Decided: Sendable {
    var restyling: Restyling
    var level: LevelDecision
    /// Whether the level makes up for the loudness that a limiter takes away.
    var makesUp = false
    /// Loudness and peak of the album that the clip belongs to; `nil` where there is none.
    var album: SoundLoudness.Album?
    /// The filters of a tone that is rendered without frames; `nil` for all else.
    var filters: ToneFilters?
  }

  /// What holds for the clip's album; `nil` where there is none.
  var album: SoundLoudness.Album? {
    guard case .decided(let decided) = self else { return nil }
    return decided.album
  }
}

/// The gains that a restyling asks for, frame by frame: what the layer makes of each frame, less the frame.
///
/// Limits, calmed pauses, onsets and what follows the samples come after.
public struct RequestedGains: Codable, Sendable {
  /// The view's name.
  public var view: String
  /// The centre frequencies of the C bands in Hz.
  public var frequencies: [Double]
  /// The distance between frames in seconds; the first is centred at 0.
  public var frameDistance: Double
  /// C gains in dB for each frame.
  public var gains: [[Float]]
}

extension Restyler {
  /// The gains that a restyling asks for in every frame of a clip, by view; none for samples and levels from outside.
  ///
  /// The clip is read once. Memory is 4 bytes for each gain.
  public func requestedGains(of source: any FrameSource, by restyling: Restyling) throws -> [RequestedGains] {
    guard restyling.features != .waveform,
      !restyling.views.contains(where: { $0.state == .levelsFromOutside })
    else { return [] }
    let computers = try restyling.views.map { try GainComputer($0, of: restyling) }
    var rows = restyling.views.map { _ in [[Float]]() }
    var failure: (any Error)?
    _ = try learner(for: restyling).measure(
      source,
      observe: { view, _, levels in
        guard let index = restyling.views.firstIndex(where: { $0.view == view }), failure == nil else {
          return
        }
        do {
          rows[index].append(Array(try computers[index].requestedGains(levels, frameCount: 1)))
        } catch {
          failure = error
        }
      })
    if let failure { throw failure }
    let geometry = STFTGeometry(sampleRate: source.sampleRate)
    return zip(restyling.views, rows).map { view, gains in
      RequestedGains(
        view: view.view.name, frequencies: restyling.frequencies,
        frameDistance: Double(geometry.hopLength) / source.sampleRate, gains: gains)
    }
  }
}
