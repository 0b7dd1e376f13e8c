import AdaIN
import AudioFeatures
import Foundation
import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// The report on a restyled clip: levels before and after, gains and warnings.
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
  /// The last gain, and the reasons for it.
  public var level: LevelDecision
  /// The statistics of each view's channels.
  public var views: [ViewReport]
  /// The smallest gain in dB that followed the envelopes of the samples; `nil` where no gain did.
  ///
  /// It is taken over the active parts of the clip, relative to the mean gain there.
  public var lowestEnvelopeGain: Double?
  /// The largest gain in dB that followed the envelopes of the samples; `nil` where no gain did.
  public var highestEnvelopeGain: Double?
  /// The probability that content and style are different voices or pieces, from 0 to 1
  /// (``RestylingFacts/unlikeness``).
  ///
  /// It is `nil` for methods other than `match`, and where no frames were compared.
  public var unlikeness: Double?
  /// The number of refinements.
  public var refinements: Int
  /// The number of samples of an integer output that were clipped.
  public var clippedSampleCount = 0
  /// Whether the output is the input, bit for bit.
  public var isCopy = false
  /// Whether the output holds the input's samples in another format.
  public var isReencoded = false
  /// The encoding to which the samples of such an output were rounded; `nil` where they were not.
  public var roundedTo: SoundEncoding?
  /// The number of short sounds that share the clip's tone and gain (``AlbumPlan/Sharing/colour``); `nil` for none.
  public var poolCount: Int?
  /// The warnings for the user.
  public var warnings: [RestyleWarning]
  /// The restyling of the clip; `nil` for a copy.
  ///
  /// It is not part of the encoded report.
  public var restyling: Restyling?

  /// The requested gains of each frame; `nil` where not wanted (``RestyleOptions/listsGains``).
  public var gains: [RequestedGains]?

  private enum CodingKeys: CodingKey {
    case gains, stereo, contentLoudness, styleLoudness, loudness, contentTruePeak, truePeak, level, views
    case lowestEnvelopeGain, highestEnvelopeGain, unlikeness, refinements, clippedSampleCount, isCopy
    case isReencoded, roundedTo, poolCount, warnings
  }

  /// The statistics of the channels of one view.
  public struct ViewReport: Codable, Sendable {
    /// The view's name.
    ///
    /// One of `linked`, `mid`, `side`, `channel0`, …
    public var view: String
    /// The channels, in order of frequency.
    public var channels: [ChannelReport]
  }

  /// The statistics of one channel, in dB at the reference loudness of −23 LUFS.
  public struct ChannelReport: Codable, Sendable {
    /// The centre frequency in Hz.
    public var frequency: Double
    /// Whether content and style share the channel; otherwise it takes the gain of a shared one.
    public var isShared: Bool
    /// The content's mean over its active frames.
    public var contentMean: Double
    /// The content's spread over its active frames.
    public var contentSpread: Double
    /// The mean that the channel was to get.
    public var requestedMean: Double
    /// The spread that the channel was to get, without the gains that follow the samples.
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
    // The restyling's only source is this clip, also where several clips share it.
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

  /// By how many dB the level difference of sound and pauses may fall under its least without a warning.
  private static let toleratedFall = 1.5

  /// dB: noise that lies this far under the sound is taken for unheard.
  ///
  /// Audiobooks ask for 37 dB and more (ACX: noise at most −60 dBFS, sound at −23 to −18 dBFS).
  private static let unheard = 45.0

  /// Adds a warning where pauses come nearer to the sound than the rule on noise allows.
  private mutating func notePauses(_ restyling: Restyling, _ result: RenderResult) {
    guard let pauses = restyling.facts.pauses, let loudness = result.loudness(afterGain: 0),
      let reached = MomentaryLoudness(result.loudness, about: loudness).soundOverPauses,
      reached < min(pauses.least, Self.unheard) - Self.toleratedFall
    else { return }
    warnings.append(
      .pausesRaised(
        content: pauses.content, result: reached, least: pauses.least, byDynamics: restyling.changesDynamics))
  }

  /// Adds a warning where the gain limits bound shared channels in a large share of the active frames.
  private mutating func noteGainLimits(_ restyling: Restyling) {
    let channels = views.flatMap(\.channels).filter(\.isShared)
    let bound = channels.filter { $0.limitedShare >= Self.largestLimitedShare }
    guard let most = bound.map(\.limitedShare).max() else { return }
    warnings.append(
      .gainsLimited(
        lowest: restyling.lowestGain, highest: restyling.highestGain, bandCount: bound.count,
        sharedCount: channels.count, share: most))
  }

  /// The share of active frames from which on bound gains give a warning.
  private static let largestLimitedShare = 0.25

  /// Notes the number of samples that were clipped at full scale.
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

/// The target of a clip: styles, features, or a given restyling.
enum RestyleTarget: Sendable {
  /// One or several styles; a clip that was measured before is not measured again.
  case styles([WeightedStyle], measured: ContentMeasurement? = nil)
  /// The levels of a feature sequence.
  case features(FeatureSequence)
  /// A restyling that was made before, for this clip or another.
  case restyling(Restyling, Anchoring = Anchoring())
  /// The decision for this and other clips together.
  case decided(Decided)

  /// A decided restyling and level.
  struct Decided: Sendable {
    var restyling: Restyling
    var level: LevelDecision
    /// Whether the level makes up for the loudness that a limiter takes away.
    var makesUp = false
    /// Loudness and peak of the album that the clip belongs to; `nil` where there is none.
    var album: SoundLoudness.Album?
    /// The filters of a tone that is rendered without frames; `nil` for other restylings.
    var filters: ToneFilters?
  }

  /// Loudness and peak of the clip's album; `nil` where there is none.
  var album: SoundLoudness.Album? {
    guard case .decided(let decided) = self else { return nil }
    return decided.album
  }
}

/// The requested gains of each frame: the levels that the layer makes, less the frame's levels.
///
/// Gain limits, calmed pauses, onsets and the gains that follow the samples are not in them.
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
  /// The requested gains of every frame of a clip, by view; empty for `waveform` and for levels from a feature file.
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
