import AudioFeatures

/// Measures the levels of a ``StereoView`` in spectra; it owns the scratch memory for that.
final class ViewLevelMeter {
  /// The number of feature channels C.
  let channelCount: Int

  private let mixer: ViewMixer
  private let analyzer: LevelAnalyzer
  /// The power spectrum of the view that was measured last: |X[k]|² for each bin.
  private(set) var power: ContiguousArray<Float>

  init(mixer: ViewMixer, layout: FeatureLayout, geometry: STFTGeometry) {
    self.mixer = mixer
    analyzer = LevelAnalyzer(layout: layout, geometry: geometry)
    channelCount = analyzer.channelCount
    power = ContiguousArray(repeating: 0, count: geometry.binCount)
  }

  /// Measures the levels of a view in a frame: C channels, then the broadband level.
  func measure(
    _ view: StereoView, in frame: SpectrumFrame, into levels: inout ContiguousArray<FixedLevel>
  ) {
    mixer.power(of: view, in: frame, into: &power)
    analyzer.measure(power: power, windowEnergy: frame.windowEnergy, into: &levels)
  }
}
