/// What the channels of a level feature sequence (N, C, L) are.
public enum FeatureLayout: Hashable, Sendable {
  /// One channel a band of a ``BandLayout``, at any sample rate.
  case bands(BandLayout)

  /// One channel a bin of the Fourier transform between 20 Hz and 20 kHz; such sequences can only be
  /// compared where sample rate and transform length are the same.
  case spectrum(STFTGeometry)

  /// The number of feature channels C.
  public var channelCount: Int {
    switch self {
    case .bands(let layout): layout.count
    case .spectrum(let geometry): Self.featureBins(of: geometry).count
    }
  }

  /// The centre frequencies of the channels in Hz.
  public var frequencies: [Double] {
    switch self {
    case .bands(let layout): layout.centers
    case .spectrum(let geometry): Self.featureBins(of: geometry).map { geometry.frequency(ofBin: $0) }
    }
  }

  /// The upper edge of a channel in Hz; a clip holds the whole channel where this lies below half its rate.
  public func upperEdge(ofChannel channel: Int) -> Double {
    switch self {
    case .bands(let layout): layout.upperEdge(ofBand: channel)
    case .spectrum(let geometry):
      geometry.frequency(ofBin: Self.featureBins(of: geometry).lowerBound + channel)
    }
  }

  /// The share, 0 to 1, of a channel's width from its lower neighbour's centre to its upper edge that lies below a frequency.
  public func share(ofChannel channel: Int, below frequency: Double) -> Double {
    let upper = upperEdge(ofChannel: channel)
    let lower = channel > 0 ? frequencies[channel - 1] : 0
    return min(max((frequency - lower) / (upper - lower), 0), 1)
  }

  /// The bins between 20 Hz and 20 kHz; the others take no part in features.
  static func featureBins(of geometry: STFTGeometry) -> Range<Int> {
    let width = geometry.sampleRate / Double(geometry.fftLength)
    let first = Int((BandLayout.lowestFrequency / width).rounded(.up))
    let last = Int((BandLayout.highestFrequency / width).rounded(.down))
    let end = min(last + 1, geometry.binCount)
    return min(first, end)..<end
  }
}
