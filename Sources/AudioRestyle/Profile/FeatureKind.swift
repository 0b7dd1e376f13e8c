import AudioFeatures

/// Which feature sequence of a clip is restyled.
public enum FeatureKind: String, CaseIterable, Hashable, Codable, Sendable {
  /// The level in dB of about 30 bands on the ERB-rate scale, at any sample rate.
  case bands
  /// The level in dB of every bin of the spectrum; content and style must have the same sample rate.
  case spectrum
  /// The samples themselves: one affine map of the waveform.
  case waveform

  /// The level channels that are measured; profiles for the waveform hold band levels as well.
  func layout(for geometry: STFTGeometry) -> FeatureLayout {
    switch self {
    case .bands, .waveform: .bands(.standard)
    case .spectrum: .spectrum(geometry)
    }
  }
}
