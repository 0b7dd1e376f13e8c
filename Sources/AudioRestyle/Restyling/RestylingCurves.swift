import AdaIN
import AudioFeatures
import Foundation

/// How the level of a clip is mapped: what becomes of levels in dB, each about the clip's own.
package struct DrawnMap: Hashable, Codable, Sendable {
  /// What a level is measured over.
  package enum Kind: String, Hashable, Codable, Sendable {
    /// The momentary loudness (400 ms) about the integrated loudness.
    case momentary
    /// The broadband level of frames (43 ms) about its mean.
    case frames
    /// The envelope of the samples about the loudest one.
    case envelope
  }

  /// What a level is measured over.
  package var kind: Kind
  /// Levels in dB, in rising order.
  package var inputs: [Double]
  /// What becomes of each of them, in dB.
  package var outputs: [Double]
}

/// The mean gain of a view over frequency.
package struct DrawnTone: Hashable, Codable, Sendable {
  /// The view's name.
  package var view: String
  /// In Hz, in rising order.
  package var frequencies: [Double]
  /// In dB at equal loudness, within the gain limits.
  package var gains: [Double]
}

extension Restyling {
  /// The tone of each view that is changed, up to half the clip's sample rate.
  ///
  /// Samples and levels from outside have none.
  package var toneCurves: [DrawnTone] {
    guard features != .waveform else { return [] }
    let highest = min(BandLayout.highestFrequency, (facts.content.map(\.sampleRate).min() ?? 96_000) / 2)
    return views.filter { $0.state == .restyled }.map { view in
      var (places, gains) = (frequencies, view.tone)
      if let equaliser = view.equaliser {
        places = ThirdOctaves.frequencies
        gains = zip(ToneCurves.values(of: gains, at: frequencies, for: places), equaliser).map { $0 + $1 }
      }
      let kept = zip(places, gains).filter { $0.0 < highest }
      return DrawnTone(
        view: view.view.name, frequencies: kept.map(\.0),
        gains: kept.map { gainLimits.nearest(to: $0.1) })
    }
  }

  /// What is done to levels as a whole; none where every band has its own map, or keeps its levels.
  package var levelMaps: [DrawnMap] {
    [momentaryMap, frameMap, envelopeMap].compactMap(\.self).filter { map in
      zip(map.inputs, map.outputs).contains { abs($1 - $0) > Self.smallestChange }
    }
  }

  /// A map that changes no level by more, in dB, is none.
  private static let smallestChange = 1.0

  private var momentaryMap: DrawnMap? {
    guard let loudness, let first = loudness.reshaping.inputs.first, let last = loudness.reshaping.inputs.last
    else { return nil }
    let inputs = Self.levels(from: first - 6, to: last + 3)
    guard let gains = try? loudness.gains(inputs) else { return nil }
    return DrawnMap(kind: .momentary, inputs: inputs, outputs: zip(inputs, gains).map { $0 + $1 })
  }

  private var frameMap: DrawnMap? {
    guard let view = views.first(where: { $0.state == .restyled && $0.level != nil }),
      let before = view.content.mean.last, let narrow = view.content.spread.last,
      let wide = view.style.spread.last, narrow > 0
    else { return nil }
    let curve: LevelCurve? = if case .level(let curve) = view.reshaping { curve } else { nil }
    guard curve != nil || narrow != wide else { return nil }
    let inputs = Self.levels(from: -4 * narrow, to: 3 * narrow)
    let outputs = inputs.map { input in
      wide * ((curve?(before + input) ?? before + input) - before) / narrow
    }
    return DrawnMap(kind: .frames, inputs: inputs, outputs: outputs)
  }

  private var envelopeMap: DrawnMap? {
    guard let envelope, let count = envelope.tables.map(\.count).min(), count > 1 else { return nil }
    // The tables begin 40 dB under the loudest level, with two entries for each dB.
    let inputs = (0..<min(count, 81)).map { Double($0) / 2 - 40 }
    let outputs = inputs.enumerated().map { index, input in
      input + envelope.limits.nearest(to: envelope.tables.reduce(0) { $0 + $1[index] })
    }
    return DrawnMap(kind: .envelope, inputs: inputs, outputs: outputs)
  }

  private static func levels(from low: Double, to high: Double) -> [Double] {
    // Numbers from a file can be far apart.
    let count = Int(min(max(2, (high - low).rounded()), 1000))
    return (0...count).map { low + Double($0) / Double(count) * (high - low) }
  }
}

/// The long-term spectrum of a recording in third octaves, at −23 LUFS.
package struct LongTermLevels: Hashable, Codable, Sendable {
  /// The centres of the third octaves in Hz.
  package var frequencies: [Double]
  /// The mean power in dB where the recording sounds.
  package var sound: [Double]
  /// The mean power in dB where it pauses.
  package var pauses: [Double]
  /// By how many dB sound lies over pauses, K-weighted; `nil` without pauses.
  package var soundOverPauses: Double?
}

extension StyleProfile {
  /// The long-term spectrum below half the sample rate; `nil` where it was not measured.
  package func longTermLevels(of view: StereoView = .linked) -> LongTermLevels? {
    guard let spectrum = longTermSpectrum(of: view), spectrum.sound.count > 0 else { return nil }
    let kept = (0..<ThirdOctaves.count).filter { ThirdOctaves.frequencies[$0] < nyquist }
    let (sound, pauses) = (spectrum.soundLevels, spectrum.pauseLevels)
    return LongTermLevels(
      frequencies: kept.map { ThirdOctaves.frequencies[$0] }, sound: kept.map { sound[$0] },
      pauses: kept.map { pauses[$0] },
      soundOverPauses: spectrum.pauses.count > 0 ? spectrum.soundOverPauses : nil)
  }
}
