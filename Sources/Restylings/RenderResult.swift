package import AdaIN
package import AudioFeatures
import Foundation
package import StyleProfiles
import Tensors

/// The measurements of a rendering pass.
package struct RenderResult {
  /// The loudness of the rendered clip.
  package var loudness: LoudnessStatistics
  /// The true peak of the rendered clip in dBTP.
  package var truePeak: Double
  /// The largest sample of the rendered clip in dBFS.
  package var samplePeak: Double
  /// The power of the rendered clip.
  package var power: SignalPower
  /// The statistics of each view of the result over the content's active frames; empty where not measured.
  package var levels: [StyleStatistics]
  /// The statistics that the restyling asked for in the frames of ``levels``, before gain limits.
  ///
  /// They are measured for excerpts alone: those of a whole clip are known beforehand.
  package var wanted: [StyleStatistics] = []
  /// A sample of the clip's envelopes; `nil` where they were not measured.
  package var envelopes: EnvelopeSample?
  /// The momentary loudness in LUFS of the clip after its tone; `nil` where it was not measured.
  package var momentaryAfterTone: MomentaryLoudness?
  /// The third octaves of each view of the content and of the result, in the same frames; empty where not measured.
  package var spectra: (content: [LongTermSpectrumPass], result: [LongTermSpectrumPass]) = ([], [])
  /// How often the gain limits bound each channel of each view, and the number of active frames.
  package var limited: [(counts: [Int], activeCount: Int)] = []

  /// Reads the meters of a pass.
  package init(meters: ClipMeters, levels: [StyleStatistics] = []) {
    loudness = LoudnessStatistics(meters.loudnessMeter)
    truePeak = meters.truePeak
    samplePeak = meters.samplePeak
    power = meters.power
    self.levels = levels
  }

  /// The integrated loudness in LUFS after a gain in dB, ungated where no block passes the gates; `nil` for silence.
  package func loudness(afterGain gain: Double) -> Double? {
    loudness.integratedLoudness(afterGain: gain) ?? loudness.ungatedLoudness.map { $0 + gain }
  }

  /// Whether an excerpt of the clip was rendered.
  package var isExcerpt: Bool { !wanted.isEmpty }

  /// The loudness range of the rendered clip in LU, by the windows that an aim uses; `nil` where there are none.
  package func range(by aim: LoudnessAim) -> Double? {
    guard let own = loudness(afterGain: 0) else { return nil }
    return aim.usesShortTerms
      ? MomentaryLoudness(shortTermsOf: loudness, about: own)?.loudnessRange
      : MomentaryLoudness(loudness, about: own).sound()?.range
  }

  /// The gain in dB that brings the clip to a loudness in LUFS; `nil` for silence.
  ///
  /// After a gain the absolute gate lets other blocks pass, so the gain is found by iteration.
  package func gain(toLoudness target: Double) -> Double? {
    var gain = 0.0
    for _ in 0..<8 {
      guard let loudness = loudness(afterGain: gain) else { return nil }
      gain += target - loudness
      if abs(target - loudness) < 1e-6 { break }
    }
    return gain
  }

  /// The measurements after a gain in dB; levels and spectra stay as they are.
  package func moved(by gain: Double) -> RenderResult {
    var result = self
    result.loudness = loudness.moved(by: gain)
    result.truePeak += gain
    result.samplePeak += gain
    result.power.sum *= pow(10, gain / 10)
    result.envelopes = envelopes?.moved(by: gain)
    result.momentaryAfterTone = momentaryAfterTone?.moved(by: gain)
    return result
  }

  /// Adds the measurements of another clip, as if both were one.
  ///
  /// - Throws: `ShapeError` where their levels differ in channels.
  package mutating func merge(_ other: RenderResult) throws(ShapeError) {
    loudness.merge(other.loudness)
    truePeak = max(truePeak, other.truePeak)
    samplePeak = max(samplePeak, other.samplePeak)
    power.sum += other.power.sum
    power.count += other.power.count
    if let own = other.envelopes { envelopes?.merge(own) }
    if let own = other.momentaryAfterTone { momentaryAfterTone = momentaryAfterTone?.merged(with: own) }
    for index in spectra.content.indices where other.spectra.content.indices.contains(index) {
      spectra.content[index].merge(other.spectra.content[index])
      spectra.result[index].merge(other.spectra.result[index])
    }
    for index in levels.indices where other.levels.indices.contains(index) {
      try levels[index].merge(other.levels[index])
    }
    for index in limited.indices where other.limited.indices.contains(index) {
      limited[index].counts = zip(limited[index].counts, other.limited[index].counts).map { $0 + $1 }
      limited[index].activeCount += other.limited[index].activeCount
    }
  }
}
