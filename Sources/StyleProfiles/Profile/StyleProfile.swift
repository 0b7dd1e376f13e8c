import AdaIN
public import AudioFeatures
import Foundation
package import InstanceNorm
import SoundFiles
import TensorFiles
import Tensors

/// The measured style of one or several clips: exact level statistics, loudness and peak.
///
/// The levels of every clip are moved to a loudness of −23 LUFS, by whole buckets of 0.5 dB. So clips mastered at
/// different levels merge without their mastering level counting as dynamics. The clips' own loudness stands beside
/// the levels. The same type describes the content, so equal clips compare as exactly equal.
public struct StyleProfile: Sendable {
  /// The loudness in LUFS that every clip is brought to before its levels are kept.
  public static let referenceLoudness = -23.0

  /// The feature channels: bands or bins.
  public let layout: FeatureLayout

  /// The integrated loudness in LUFS, as mean power over the sources; `nil` for digital silence.
  ///
  /// A clip too short or too quiet for gating counts with its ungated loudness.
  public internal(set) var loudness: Double?

  /// The highest true peak of the sources in dBTP; −∞ for digital silence.
  public internal(set) var truePeak: Double

  /// The lowest Nyquist frequency of the sources in Hz; the profile says nothing of frequencies above it.
  public internal(set) var nyquist: Double

  /// The clips the profile was learned from, in the order they were merged.
  public internal(set) var sources: [ProfileSource]
  private(set) var sums: SourceSums

  /// Level statistics by view, at the reference loudness: C channels, then the broadband level.
  package private(set) var levels: [StereoView: LevelStatistics]

  /// The distributions of the active frames' levels by view, at the reference loudness; none where not measured.
  ///
  /// The active frames are chosen for each clip by itself; merging profiles does not choose again.
  var distributions: [StereoView: FrameDistribution]

  /// Samples of the active frames by view, at the reference loudness; none where not measured.
  var frameSamples: [StereoView: FrameSample]

  /// The long-term spectra of the short clips (``isShort``) by view, at the reference loudness.
  ///
  /// Each clip has one row of third octaves.
  var sounds: [StereoView: FrameSample]

  /// Fine spectra of all frames by view, at the reference loudness; none where not measured.
  var fineSpectra: [StereoView: FineSpectrum]

  /// Long-term spectra by view, at the reference loudness; none where not measured.
  package var longTermSpectra: [StereoView: LongTermSpectrum]

  /// The momentary loudness about each clip's own loudness; `nil` where not known.
  package var momentary: MomentaryLoudness?

  /// The short-term loudness (3 s) about each clip's own loudness; `nil` where not known, and for clips under 3 s.
  package var shortTerm: MomentaryLoudness?

  /// Moments of the samples by view, at the clips' own level.
  package var moments: [StereoView: ChannelMoments] {
    clipMoments.compactMapValues { clips in
      clips.first.map { first in clips.dropFirst().reduce(first) { $0.merged(with: $1) } }
    }
  }

  /// Moments of the samples of each clip by view, in the order of ``sources``: merged in that order, they give the same
  /// bits.
  private(set) var clipMoments: [StereoView: [ChannelMoments]]

  /// By how many dB ``levels`` stand above the clips' own levels: the mean over the sources, weighted by duration.
  package var levelShift: Double

  /// By how many buckets of 0.5 dB the gates in dBFS move with the levels: the smallest shift of all sources.
  package private(set) var gateShift: Int

  /// The gated statistics that follow from ``levels`` and ``gateShift``, by view.
  private var gated: [StereoView: ViewStatistics]

  /// Arrays and metadata of the file that this version does not know; they are written back unchanged.
  var unknown = UnknownEntries()

  /// The entries of a profile file that belong to no known key.
  struct UnknownEntries: Sendable {
    var arrays: [String: StoredArray] = [:]
    var metadata: [String: String] = [:]
  }

  init(
    layout: FeatureLayout, loudness: Double?, truePeak: Double, nyquist: Double, sources: [ProfileSource],
    levels: [StereoView: LevelStatistics], distributions: [StereoView: FrameDistribution],
    frameSamples: [StereoView: FrameSample] = [:], sounds: [StereoView: FrameSample] = [:],
    fineSpectra: [StereoView: FineSpectrum] = [:],
    longTermSpectra: [StereoView: LongTermSpectrum] = [:], momentary: MomentaryLoudness? = nil,
    shortTerm: MomentaryLoudness? = nil,
    moments: [StereoView: [ChannelMoments]], levelShift: Double, gateShift: Int
  ) {
    self.layout = layout
    self.loudness = loudness
    self.truePeak = truePeak
    self.nyquist = nyquist
    self.sources = sources
    sums = SourceSums(sources)
    self.levels = levels
    self.distributions = distributions
    self.frameSamples = frameSamples
    self.sounds = sounds
    self.fineSpectra = fineSpectra
    self.longTermSpectra = longTermSpectra
    self.momentary = momentary
    self.shortTerm = shortTerm
    clipMoments = moments
    self.levelShift = levelShift
    self.gateShift = gateShift
    gated = [:]
    updateGate()
  }

  /// Appends sources and adds them to the sums.
  mutating func append(_ others: [ProfileSource]) {
    sources += others
    for other in others { sums.add(other) }
  }

  /// Adds the moments of other clips; views that only one of the two has are dropped.
  mutating func mergeMoments(_ other: StyleProfile) {
    for view in Array(clipMoments.keys) {
      if let theirs = other.clipMoments[view] {
        clipMoments[view, default: []] += theirs
      } else {
        clipMoments[view] = nil
      }
    }
  }

  /// Replaces the levels of all views and the gates' shift.
  mutating func setLevels(_ levels: [StereoView: LevelStatistics], gateShift: Int) {
    self.levels = levels
    self.gateShift = gateShift
    updateGate()
  }

  private mutating func updateGate() {
    let isMixed = sources.contains { $0.sampleRate / 2 != nyquist }
    gated = levels.mapValues {
      ViewStatistics($0, layout: layout, nyquist: nyquist, isMixed: isMixed, gateShift: gateShift)
    }
  }

  /// The views whose statistics are known.
  public var views: [StereoView] { levels.keys.sorted { $0.name < $1.name } }

  /// The total duration of the sources in seconds.
  public var duration: Double { sums.duration }

  /// The number of samples in clipped runs, if their share is at least 10⁻⁵ and so worth a warning; otherwise `nil`.
  package var notableClippedSampleCount: Int? {
    let count = sources.reduce(FileNumber(0)) { $0 + FileNumber($1.clippedSampleCount ?? 0) }.value
    let samples = sources.reduce(0.0) { $0 + Double($1.frameCount) * Double($1.channelCount) }
    return count > 0 && Double(count) >= 1e-5 * samples ? count : nil
  }

  /// The number of samples that were no sound and were read as silence; `nil` for none.
  package var unusableSampleCount: Int? {
    let count = sources.reduce(FileNumber(0)) { $0 + FileNumber($1.unusableSampleCount ?? 0) }.value
    return count > 0 ? count : nil
  }

  /// The ratio of true peak to loudness in dB: the mean over the clips, weighted by duration; `nil` for silence.
  package var peakRatio: Double? {
    let known = sources.compactMap { source in
      source.truePeak.flatMap { peak in source.loudness.map { (ratio: peak - $0, weight: source.duration) } }
    }
    let total = known.reduce(0) { $0 + $1.weight }
    guard sources.count > 1, total > 0 else {
      return truePeak.isFinite ? loudness.map { truePeak - $0 } : nil
    }
    return known.reduce(0) { $0 + $1.ratio * $1.weight } / total
  }

  /// The active time of the clips in seconds, by the active frames of the view `linked`.
  public var activeSeconds: Double { Self.seconds(ofFrames: activeFrameCount(of: .linked)) }

  /// The time in seconds that a number of frames stands for: a hop, a quarter of a window, for each.
  static func seconds(ofFrames count: Int) -> Double { Double(count) * STFTGeometry.windowDuration / 4 }

  /// Whether the clips have less than 2 s of active sound.
  ///
  /// That is too little to tell the recording chain from what was recorded.
  public var isShort: Bool { activeSeconds < Self.shortDuration }

  /// Whether there are several clips with sound, none longer than 30 s, and more than half of them are short.
  package var isPack: Bool {
    let count = sounds[.linked]?.frames.count ?? 0
    let sounding = sources.filter { $0.loudness != nil }
    return count > 1 && 2 * count > min(sounding.count, FrameSample.capacity)
      && sounding.allSatisfy { $0.duration <= Self.longestOfPack }
  }

  /// The longest clip of a pack in seconds.
  public static let longestOfPack = 30.0

  /// The active time in seconds below which a clip is short; short clips that arrive together share one tone.
  public static let shortDuration = 2.0

  /// Whether any frame is loud enough to count as active (above −70 dBFS).
  public var hasActiveSound: Bool { activeFrameCount(of: .linked) > 0 }

  /// The number of active frames of a view; 0 where the view is unknown.
  public func activeFrameCount(of view: StereoView) -> Int {
    statistics(of: view)?.activeCount ?? 0
  }

  /// The mean and spread in dB of every channel of a view over its active frames, at the clips' own mean level.
  ///
  /// - Returns: `nil` where the view is unknown.
  public func levels(of view: StereoView) -> [(mean: Double, standardDeviation: Double)]? {
    guard let statistics = statistics(of: view) else { return nil }
    let (mean, spread) = statistics.moments
    return zip(mean, spread).map { ($0 - levelShift, $1) }
  }

  /// By how many dB sound lies over pauses in the momentary loudness; `nil` without real pauses.
  ///
  /// - Parameter areSteady: Whether pauses below the gate of active frames must be steady as well.
  package func loudnessOverPauses(areSteady: Bool = true) -> Double? {
    guard let over = momentary?.soundOverPauses else { return nil }
    guard let spectrum = longTermSpectrum(of: .linked), let statistics = statistics(of: .linked) else {
      return over > LongTermSpectrum.realPauses ? over : nil
    }
    return statistics.soundOverRealPauses(spectrum, areSteady: areSteady).map { _ in over }
  }

  /// The gated statistics of a view, or of `linked` for a channel or mid that was not measured.
  package func statistics(of view: StereoView) -> ViewStatistics? { Self.known(gated, view) }

  /// The distribution of the active frames of a view, or of `linked` for a channel or mid that was not measured.
  package func distribution(of view: StereoView) -> FrameDistribution? { Self.known(distributions, view) }

  /// The sample of frames of a view, or of `linked` for a channel or mid that was not measured.
  package func frameSample(of view: StereoView) -> FrameSample? { Self.known(frameSamples, view) }

  /// The long-term spectra of the short clips of a view, or of `linked` for a channel or mid that was not measured.
  package func sounds(of view: StereoView) -> FrameSample? { Self.known(sounds, view) }

  /// The fine spectrum of a view, or of `linked` for a channel or mid that was not measured.
  package func fineSpectrum(of view: StereoView) -> FineSpectrum? { Self.known(fineSpectra, view) }

  /// The long-term spectrum of a view, or of `linked` for a channel or mid that was not measured.
  package func longTermSpectrum(of view: StereoView) -> LongTermSpectrum? {
    Self.known(longTermSpectra, view)
  }

  private static func known<Value>(_ values: [StereoView: Value], _ view: StereoView) -> Value? {
    switch view {
    case .linked, .side: values[view]
    case .mid, .channel: values[view] ?? values[.linked]
    }
  }
}

extension StyleProfile {
  /// Adds the statistics of another profile, as if its clips had been learned with this one's.
  ///
  /// Level statistics are exact sums, so the order of merging does not matter for them. Loudness and level shift are
  /// sums of rounded numbers, and are computed from the list of clips. So parts of a list of clips, learned separately
  /// and merged in order, give the profile of the whole list bit by bit. The loudness becomes that of the mean power,
  /// weighted by duration. A view that only one of the two profiles has is dropped, as it would describe a part of the
  /// clips.
  ///
  /// - Throws: ``RestyleError/incompatibleProfiles(_:)`` where the feature channels differ.
  public mutating func merge(_ other: StyleProfile) throws(RestyleError) {
    guard layout == other.layout else {
      throw .incompatibleProfiles(
        "the profiles have different feature channels: \(layout.summary) and \(other.layout.summary)")
    }
    let merged: [StereoView: LevelStatistics]
    let distributions: [StereoView: FrameDistribution]
    do {
      merged = try Self.merged(levels, other.levels) { (mine, theirs) throws(ShapeError) in
        var both = mine
        try both.merge(theirs)
        return both
      }
      distributions = try Self.merged(self.distributions, other.distributions) {
        (mine, theirs) throws(ShapeError) in try mine.merged(with: theirs)
      }
    } catch {
      throw .incompatibleProfiles(error.description)
    }
    let (weight, otherWeight) = (sums.duration, other.sums.duration)
    let total = max(weight + otherWeight, .leastNormalMagnitude)
    let shift = (levelShift * weight + other.levelShift * otherWeight) / total
    append(other.sources)
    loudness = sums.loudness ?? loudness ?? other.loudness
    // Files of earlier programs hold no level shift for each clip.
    levelShift = sums.levelShift ?? shift
    truePeak = max(truePeak, other.truePeak)
    nyquist = min(nyquist, other.nyquist)
    self.distributions = distributions
    frameSamples = Self.merged(frameSamples, other.frameSamples) { $0.merged(with: $1) }
    sounds = Self.merged(sounds, other.sounds) { $0.merged(with: $1) }
    fineSpectra = Self.merged(fineSpectra, other.fineSpectra) { $0.merged(with: $1) }
    longTermSpectra = Self.merged(longTermSpectra, other.longTermSpectra) { $0.merged(with: $1) }
    momentary = other.momentary.flatMap { momentary?.merged(with: $0) }
    // A clip under 3 s has no short-term window; the other profile's values then stand alone.
    shortTerm =
      shortTerm.map { own in other.shortTerm.map { own.merged(with: $0) } ?? own }
      ?? other.shortTerm
    mergeMoments(other)
    // The smallest shift is kept, so that a quiet clip does not lift the gate over the others' frames.
    setLevels(merged, gateShift: min(gateShift, other.gateShift))
  }
}

extension StyleProfile {
  /// The merged values of the views that both dictionaries have.
  private static func merged<Value, Failure: Error>(
    _ mine: [StereoView: Value], _ theirs: [StereoView: Value],
    _ merge: (Value, Value) throws(Failure) -> Value
  ) throws(Failure) -> [StereoView: Value] {
    var result: [StereoView: Value] = [:]
    for (view, value) in mine {
      if let other = theirs[view] { result[view] = try merge(value, other) }
    }
    return result
  }
}

extension FeatureLayout {
  /// A short description for messages.
  package var summary: String {
    switch self {
    case .bands(let bands): "\(bands.count) bands"
    case .spectrum(let geometry):
      "the bins of a \(geometry.fftLength)-point spectrum at \(Int(geometry.sampleRate)) Hz"
    }
  }
}

/// A clip that a profile was learned from.
public struct ProfileSource: Hashable, Codable, Sendable {
  /// The clip's name.
  public var name: String
  /// The sample rate in Hz.
  public var sampleRate: Double
  /// The number of channels.
  public var channelCount: Int
  /// The number of sample frames.
  public var frameCount: Int
  /// The loudness in LUFS; `nil` for digital silence.
  public var loudness: Double?
  /// The true peak in dBTP; `nil` for digital silence.
  public var truePeak: Double?
  /// How many samples, over all channels, look clipped (`ClippingMeter`); `nil` where it was not measured.
  public var clippedSampleCount: Int?
  /// How many samples, over all channels, are not finite or beyond 10⁶ times full scale, and were read as silence;
  /// `nil` for none.
  public var unusableSampleCount: Int?
  /// By how many dB its levels were raised to the reference loudness; `nil` in files of earlier programs.
  public var levelShift: Double?

  /// The duration in seconds.
  public var duration: Double { Double(frameCount) / sampleRate }
}
