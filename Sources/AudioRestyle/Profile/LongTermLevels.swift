import AudioFeatures

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
