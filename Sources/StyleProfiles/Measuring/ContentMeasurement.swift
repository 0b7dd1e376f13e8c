import AdaIN
import AudioFeatures
import InstanceNorm
package import SoundFiles

/// The measurements of one clip at its own level; several can be merged as if the clips were one.
///
/// A ``StyleProfile`` moves every clip to the same loudness. A measurement keeps the level differences between clips:
/// merged, it equals the measurement of the clips joined end to end, but for the frames and loudness blocks across the
/// joins.
public struct ContentMeasurement: Sendable {
  let layout: FeatureLayout
  private(set) var nyquist: Double
  /// The clips that were measured.
  public private(set) var sources: [ProfileSource]
  private var loudness: LoudnessStatistics
  private var truePeak: Double
  private var tallies: [StereoView: ViewTally]
  private var moments: [StereoView: ChannelMoments]
  /// How many values were no sound (``SanitizedSource``) and were read as silence.
  private(set) var unusableSampleCount: Int
  /// The warnings about the values and channels of each clip, in the order of ``sources``.
  package private(set) var clipWarnings: [[RestyleWarning]]
  /// The parts that a trial renders of a long clip; `nil` for a short clip and for several clips, which trials render
  /// whole.
  package var excerpt: Excerpt?
  /// The state of the measured file; `nil` for a clip that is no file, and for several clips.
  package var stamp: FileStamp?

  init(
    layout: FeatureLayout, nyquist: Double, sources: [ProfileSource], loudness: LoudnessStatistics,
    truePeak: Double, tallies: [StereoView: ViewTally], moments: [StereoView: ChannelMoments],
    unusableSampleCount: Int, channelWarning: RestyleWarning? = nil, excerpt: Excerpt?
  ) {
    self.layout = layout
    self.nyquist = nyquist
    self.sources = sources
    self.loudness = loudness
    self.truePeak = truePeak
    self.tallies = tallies
    self.moments = moments
    self.unusableSampleCount = unusableSampleCount
    clipWarnings = [
      (unusableSampleCount > 0 ? [.valuesAreNoSound(count: unusableSampleCount)] : [])
        + [channelWarning].compactMap(\.self)
    ]
    self.excerpt = excerpt
  }

  /// Adds the frames of other clips at their own level.
  ///
  /// A view that only one of the two measurements has is dropped, as it would describe a part of the clips.
  ///
  /// - Throws: ``RestyleError/incompatibleProfiles(_:)`` where the feature channels differ.
  public mutating func merge(_ other: ContentMeasurement) throws(RestyleError) {
    guard layout == other.layout else {
      throw .incompatibleProfiles(
        "the clips have different feature channels: \(layout.summary) and \(other.layout.summary)")
    }
    do {
      tallies = try tallies.merged(other.tallies) { mine, theirs in try mine.merge(theirs) }
    } catch {
      throw .incompatibleProfiles("\(error)")
    }
    moments = moments.merged(other.moments) { mine, theirs in mine = mine.merged(with: theirs) }
    loudness.merge(other.loudness)
    truePeak = max(truePeak, other.truePeak)
    nyquist = min(nyquist, other.nyquist)
    sources += other.sources
    unusableSampleCount += other.unusableSampleCount
    clipWarnings += other.clipWarnings
    excerpt = nil
    stamp = nil
  }

  /// Whether the clips together have less than 2 s of active sound (``StyleProfile/isShort``).
  public var isShort: Bool { tallies[.linked]?.isShort ?? true }

  /// Whether the clips have active sound (``StyleProfile/hasActiveSound``).
  public var hasActiveSound: Bool { tallies[.linked].map { !$0.isSilent } ?? false }

  /// The warnings about the clips' values; of several clips only the count of values that are no sound.
  package var warnings: [RestyleWarning] {
    guard sources.count > 1 else { return clipWarnings[0] }
    return unusableSampleCount > 0 ? [.valuesAreNoSound(count: unusableSampleCount)] : []
  }

  /// The profile of all measured frames, as of one clip.
  ///
  /// - Throws: `ShapeError` where distributions do not fit each other; those of one layout always do.
  public func profile() throws -> StyleProfile {
    let lufs = loudness.integratedLoudness ?? loudness.ungatedLoudness
    // Without active sound there is no level to bring to the reference.
    let isActive =
      tallies[.linked].map { ActivityGate($0.levels, shiftInBuckets: 0).lowestActiveBucket != nil } ?? false
    let shift = isActive ? Self.shiftInBuckets(fromLoudness: lufs ?? StyleProfile.referenceLoudness) : 0
    var distributions: [StereoView: FrameDistribution] = [:]
    for (view, tally) in tallies { distributions[view] = try tally.distribution(shiftInBuckets: shift) }
    let levelShift = Double(shift) * LevelStatistics.bucketWidth
    let sources = sources.map { source in
      var source = source
      source.levelShift = levelShift
      return source
    }
    return StyleProfile(
      layout: layout, loudness: lufs, truePeak: truePeak, nyquist: nyquist, sources: sources,
      levels: tallies.mapValues { $0.levels.shifted(byBuckets: shift) }, distributions: distributions,
      frameSamples: tallies.compactMapValues { $0.frameSample(shiftInBuckets: shift) },
      sounds: tallies.mapValues { $0.sounds.shifted(byBuckets: shift) },
      fineSpectra: tallies.compactMapValues { $0.fineSpectrum?.shifted(byBuckets: shift) },
      longTermSpectra: tallies.compactMapValues { $0.longTermSpectrum(shiftInBuckets: shift) },
      momentary: lufs.map { MomentaryLoudness(loudness, about: $0) },
      shortTerm: lufs.flatMap { MomentaryLoudness(shortTermsOf: loudness, about: $0) },
      moments: moments.mapValues { [$0] },
      levelShift: levelShift, gateShift: shift)
  }

  private static func shiftInBuckets(fromLoudness loudness: Double) -> Int {
    Int(((StyleProfile.referenceLoudness - loudness) / LevelStatistics.bucketWidth).rounded())
  }
}

extension Dictionary {
  /// The values of the keys that both dictionaries have, merged.
  fileprivate func merged(
    _ other: Self, _ merge: (inout Value, Value) throws -> Void
  ) rethrows -> Self {
    var result: Self = [:]
    for (key, value) in self {
      guard let theirs = other[key] else { continue }
      var both = value
      try merge(&both, theirs)
      result[key] = both
    }
    return result
  }
}

/// A check of a stereo clip for a silent channel and for two channels that are each other's inverse.
///
/// The powers p₀ and p₁ and the product q = Σ x₀·x₁ are summed over every eighth sample frame.
struct ChannelCheck {
  private var powers = [0.0, 0.0]
  private var product = 0.0
  private var position = 0

  /// The distance between the sample frames that are summed.
  private static let step = 8
  /// The ratio to the other channel's power under which a channel is silent: −60 dB.
  private static let silentShare = 1e-6
  /// The correlation q/√(p₀·p₁) under which the channels count as inverse.
  private static let inverseCorrelation = -0.95

  /// Takes in the next frames; clips without exactly 2 channels are ignored.
  mutating func add(_ buffer: FrameBuffer) {
    guard buffer.channelCount == 2 else { return }
    let first = (Self.step - position % Self.step) % Self.step
    position += buffer.frameCount
    var sums: SIMD4<Double> = .zero
    buffer.withChannel(0) { left in
      buffer.withChannel(1) { right in
        unsafe left.withUnsafeBufferPointer { left in
          unsafe right.withUnsafeBufferPointer { right in
            var frame = first
            while frame < left.count {
              let (l, r) = unsafe (Double(left[frame]), Double(right[frame]))
              frame += Self.step
              // Values that are not finite are read as silence elsewhere.
              guard l.isFinite, r.isFinite else { continue }
              sums += SIMD4(l * l, r * r, l * r, 0)
            }
          }
        }
      }
    }
    powers[0] += sums[0]
    powers[1] += sums[1]
    product += sums[2]
  }

  /// The warning about the channels; `nil` where both are in order, and for clips without sound.
  var warning: RestyleWarning? {
    let (least, most) = (min(powers[0], powers[1]), max(powers[0], powers[1]))
    guard most > 0 else { return nil }
    if least < Self.silentShare * most { return .channelIsSilent(channel: powers[0] < powers[1] ? 0 : 1) }
    return product < Self.inverseCorrelation * (least * most).squareRoot() ? .channelsAreInverse : nil
  }
}
