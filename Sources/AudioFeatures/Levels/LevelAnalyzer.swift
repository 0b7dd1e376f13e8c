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
    weights = ChannelWeights.shared(layout: layout, geometry: geometry)
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
    let count = channelCount + 1
    unsafe withUnsafeTemporaryAllocation(of: Float.self, capacity: (count + 7) / 8 * 8) { powers in
      guard let powers = powers.baseAddress else { return }
      var total: Float = 0
      unsafe power.withUnsafeBufferPointer { power in
        unsafe weights.weights.withUnsafeBufferPointer { all in
          guard let power = power.baseAddress, let all = all.baseAddress else { return }
          for channel in 0..<channelCount {
            let bins = weights.binRanges[channel]
            let own = unsafe all + weights.weightOffsets[channel]
            var sum = unsafe RowArithmetic.dot(power + bins.lowerBound, own, count: bins.count)
            if bins.contains(nyquist) {
              unsafe sum -= 0.5 * own[nyquist - bins.lowerBound] * power[nyquist]
            }
            let value = sum * scale
            total += value
            unsafe powers[channel] = value
          }
        }
      }
      unsafe powers[channelCount] = total
      unsafe levels.withUnsafeMutableBufferPointer { levels in
        for start in stride(from: 0, to: count, by: 8) {
          let steps = unsafe FixedLevel.steps(powers: UnsafePointer(powers).lanes(start))
          for lane in 0..<min(8, count - start) {
            unsafe levels[start + lane] = FixedLevel(steps: steps[lane])
          }
        }
      }
    }
  }
}
