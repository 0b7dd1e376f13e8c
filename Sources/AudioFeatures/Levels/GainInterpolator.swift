/// Spreads channel gains in dB over the bins of a spectrum and turns them into factors.
///
/// Gains interpolate linearly in dB along the ERB-rate axis between centres and hold outside 20 Hz to 20 kHz; the
/// gain of DC is 1. The factor is `10^(g/20)`; a gain of exactly 0 dB gives exactly 1.
public struct GainInterpolator: Sendable {
  /// The number of feature channels C.
  public let channelCount: Int
  /// The number of bins F/2 + 1.
  public let binCount: Int

  private let weights: ChannelWeights

  /// Creates an interpolator for a layout's channels and a transform's bins.
  public init(layout: FeatureLayout, geometry: STFTGeometry) {
    weights = ChannelWeights.shared(layout: layout, geometry: geometry)
    channelCount = weights.channelCount
    binCount = weights.binCount
  }

  /// Computes the factor of each bin.
  ///
  /// - Parameters:
  ///   - gains: The gain of each channel in dB.
  ///   - factors: Takes the factor of each of the F/2 + 1 bins.
  public func interpolate(
    _ gains: ContiguousArray<Float>.SubSequence, into factors: inout ContiguousArray<Float>
  ) {
    precondition(gains.count == channelCount && factors.count == binCount)
    unsafe factors.withUnsafeMutableBufferPointer { factors in
      unsafe gains.withUnsafeBufferPointer { gains in
        unsafe weights.upperShare.withUnsafeBufferPointer { shares in
          guard let target = factors.baseAddress, let shares = shares.baseAddress else { return }
          for (bins, channel) in weights.segments {
            let low = unsafe gains[channel]
            // The share of the channel above the last one is 0.
            let step = unsafe channel + 1 < channelCount ? gains[channel + 1] - low : 0
            unsafe Self.spread(low, step, shares + bins.lowerBound, target + bins.lowerBound, bins.count)
          }
        }
      }
      unsafe Decibels.amplitudes(inPlace: factors)
      unsafe factors[0] = 1
    }
  }

  /// Writes `low + share · step` for each bin of a segment.
  @inline(__always)
  private static func spread(
    _ low: Float, _ step: Float, _ shares: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    RowArithmetic.forEach(count) { i in
      unsafe target.store(Lanes(repeating: low) + shares.lanes(i) * step, i)
    } single: { i in
      unsafe target[i] = low + shares[i] * step
    }
  }
}
