/// Turns spectra into feature channels: the level of every band (or bin) in dB, and the broadband level.
///
/// The level of channel b in a frame is `10 · log₁₀( Σₖ v[b, k] · c[k] · |X[k]|² / (F · Σ w²) )` with the weights v
/// (triangles that add up to 1 at every bin between 20 Hz and 20 kHz), c = 2 for bins that stand for a
/// conjugate pair and 1 for DC and F/2, and Σ w² the window's energy inside the clip. By Parseval's theorem
/// this is the mean square of the sound in that band: the same sound has the same level at any sample rate.
/// The broadband level is the sum of the channels' powers.
public struct LevelAnalyzer: Sendable {
  /// What the channels are.
  public let layout: FeatureLayout
  /// The transform whose spectra are read.
  public let geometry: STFTGeometry
  /// The number of feature channels C; the broadband level comes after them.
  public let channelCount: Int

  private let weights: ChannelWeights

  /// Creates an analyzer.
  public init(layout: FeatureLayout, geometry: STFTGeometry) {
    self.layout = layout
    self.geometry = geometry
    weights = ChannelWeights(layout: layout, geometry: geometry)
    channelCount = weights.channelCount
  }

  /// Measures the levels of a power spectrum.
  ///
  /// - Parameters:
  ///   - power: |X[k]|² for each of the F/2 + 1 bins.
  ///   - windowEnergy: The window's energy inside the clip, ``SpectrumFrame/windowEnergy``.
  ///   - levels: Takes C channel levels and then the broadband level.
  public func measure(
    power: ContiguousArray<Float>, windowEnergy: Float, into levels: inout ContiguousArray<FixedLevel>
  ) {
    precondition(power.count == geometry.binCount && levels.count == channelCount + 1)
    // Feature bins never include DC; the bin at F/2 counts once, all others for themselves and their mirror.
    let scale = 2 / (Float(geometry.fftLength) * windowEnergy)
    let nyquist = geometry.binCount - 1
    var total: Float = 0
    unsafe power.withUnsafeBufferPointer { power in
      unsafe weights.weights.withUnsafeBufferPointer { all in
        for channel in 0..<channelCount {
          let bins = weights.binRanges[channel]
          let offset = weights.weightOffsets[channel]
          var sum = unsafe Self.dot(power, bins.lowerBound, all, offset, bins.count)
          if bins.contains(nyquist) {
            unsafe sum -= 0.5 * all[offset + nyquist - bins.lowerBound] * power[nyquist]
          }
          let value = sum * scale
          total += value
          levels[channel] = FixedLevel(power: value)
        }
      }
    }
    levels[channelCount] = FixedLevel(power: total)
  }

  /// Σ a[i] · b[i] in a fixed order: eight running sums, then their total.
  private static func dot(
    _ a: UnsafeBufferPointer<Float>, _ aStart: Int, _ b: UnsafeBufferPointer<Float>, _ bStart: Int,
    _ count: Int
  ) -> Float {
    var lanes = SIMD8<Float>.zero
    var rest: Float = 0
    let whole = count / 8 * 8
    guard count > 0, let a = a.baseAddress, let b = b.baseAddress else { return 0 }
    for i in stride(from: 0, to: whole, by: 8) {
      let x = unsafe UnsafeRawPointer(a + aStart + i).loadUnaligned(as: SIMD8<Float>.self)
      let y = unsafe UnsafeRawPointer(b + bStart + i).loadUnaligned(as: SIMD8<Float>.self)
      lanes += x * y
    }
    for i in whole..<count {
      unsafe rest += a[aStart + i] * b[bStart + i]
    }
    return lanes.sum() + rest
  }
}
