package import AudioFeatures

/// A signal that is derived from a clip's channels.
public enum StereoView: Hashable, Sendable {
  /// The mean power of all channels but LFE.
  case linked
  /// Half the sum of left and right.
  case mid
  /// Half the difference of left and right.
  case side
  /// One channel, counted from 0.
  case channel(Int)

  /// The view's name in profiles and reports.
  ///
  /// One of `linked`, `mid`, `side`, `channel0`, …
  public var name: String {
    switch self {
    case .linked: "linked"
    case .mid: "mid"
    case .side: "side"
    case .channel(let index): "channel\(index)"
    }
  }

  /// The view with a name; `nil` where no view has it.
  public init?(name: String) {
    switch name {
    case "linked": self = .linked
    case "mid": self = .mid
    case "side": self = .side
    default:
      guard name.hasPrefix("channel"), let index = Int(name.dropFirst(7)), index >= 0 else { return nil }
      self = .channel(index)
    }
  }
}

/// Computes the power spectrum of a ``StereoView`` from the spectra of a clip's channels.
package struct ViewMixer: Sendable {
  /// The number of audio channels.
  package let channelCount: Int
  /// The channels that `linked` averages: all but LFE, or all where every channel is LFE.
  package let linkedChannels: [Int]

  package init(channelCount: Int, lfeChannels: [Int]) {
    self.channelCount = channelCount
    let others = (0..<channelCount).filter { !lfeChannels.contains($0) }
    linkedChannels = others.isEmpty ? Array(0..<channelCount) : others
  }

  /// Writes |X[k]|² of a view, for every bin.
  func power(of view: StereoView, in frame: SpectrumFrame, into power: inout ContiguousArray<Float>) {
    switch view {
    case .linked:
      let scale = 1 / Float(linkedChannels.count)
      for (position, channel) in linkedChannels.enumerated() {
        frame.power(ofChannel: channel, scale: scale, adding: position > 0, into: &power)
      }
    case .channel(let channel):
      frame.power(ofChannel: channel, into: &power)
    case .mid, .side:
      precondition(channelCount == 2, "mid and side need two channels")
      frame.power(ofHalfSumWithSign: view == .mid ? 1 : -1, into: &power)
    }
  }
}

/// Measures the levels of a ``StereoView`` in spectra; it owns the scratch memory that this takes.
package final class ViewLevelMeter {
  /// The number of feature channels C.
  package let channelCount: Int

  private let mixer: ViewMixer
  private let analyzer: LevelAnalyzer
  /// The power spectrum of the view that was measured last: |X[k]|² for each bin.
  package private(set) var power: ContiguousArray<Float>

  package init(mixer: ViewMixer, layout: FeatureLayout, geometry: STFTGeometry) {
    self.mixer = mixer
    analyzer = LevelAnalyzer(layout: layout, geometry: geometry)
    channelCount = analyzer.channelCount
    power = ContiguousArray(repeating: 0, count: geometry.binCount)
  }

  /// Measures the levels of a view in a frame: C channels, then the broadband level.
  package func measure(
    _ view: StereoView, in frame: SpectrumFrame, into levels: inout ContiguousArray<FixedLevel>
  ) {
    mixer.power(of: view, in: frame, into: &power)
    analyzer.measure(power: power, windowEnergy: frame.windowEnergy, into: &levels)
  }
}

/// Which feature sequence of a clip is restyled.
public enum FeatureKind: String, CaseIterable, Hashable, Codable, Sendable {
  /// The level in dB of 31 bands on the ERB-rate scale, at any sample rate.
  case bands
  /// The level in dB of every bin of the spectrum; content and style must have the same sample rate.
  case spectrum
  /// The samples themselves: one affine map of the waveform.
  case waveform

  /// The level channels that are measured; profiles for `waveform` hold band levels too.
  package func layout(for geometry: STFTGeometry) -> FeatureLayout {
    switch self {
    case .bands, .waveform: .bands(.standard)
    case .spectrum: .spectrum(geometry)
    }
  }
}
