/// Turns spectra into feature channels: the level of every band (or bin) in dB, and the broadband level.
///
/// The level of channel b in a frame is `10 · log₁₀( Σₖ v[b, k] · c[k] · |X[k]|² / (F · Σ w²) )` with the weights v
/// (triangles that add up to 1 at every bin between 20 Hz and 20 kHz), c = 2 for bins that stand for a
/// conjugate pair and 1 for DC and F/2, and Σ w² the window's energy inside the clip. By Parseval's theorem
/// this is the mean square of the sound in that band: the same sound has the same level at any sample rate.
/// The broadband level is the sum of the channels' powers.
public struct LevelAnalyzer: Sendable {
  /// The meaning of the channels.
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
  ///   - levels: Receives C channel levels, then the broadband level.
  public func measure(
    power: ContiguousArray<Float>, windowEnergy: Float, into levels: inout ContiguousArray<FixedLevel>
  ) {
    precondition(power.count == geometry.binCount && levels.count == channelCount + 1)
    // Feature bins never include DC. The bin at F/2 counts once, each other one twice, for its conjugate as well.
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

/// The weights of a spectrum's bins in feature channels: triangles that overlap by half on the ERB-rate scale.
///
/// Bin k from 20 Hz to 20 kHz has the weight `1 − t` in channel b and `t` in channel b + 1, where t is its position
/// between the two centres on the ERB-rate scale. The weights of a bin add up to 1. The same weights spread channel
/// gains over bins, which interpolates linearly between centres.
struct ChannelWeights: Sendable {
  /// The number of feature channels.
  let channelCount: Int
  /// The number of bins.
  let binCount: Int
  /// The bins that take part in features.
  let featureBins: Range<Int>
  /// Runs of bins between two centres, each with the channel below it; runs cover all bins in order.
  let segments: [(bins: Range<Int>, lowerChannel: Int)]
  /// The share t of each bin that belongs to the channel above.
  let upperShare: ContiguousArray<Float>
  /// The bins of each channel.
  let binRanges: [Range<Int>]
  /// The weights of each channel over its bins, one after another.
  let weights: ContiguousArray<Float>
  /// Where each channel's weights start.
  let weightOffsets: [Int]

  private struct Key: Hashable {
    var layout: FeatureLayout
    var geometry: STFTGeometry
  }

  private static let tables = TableCache<Key, ChannelWeights> {
    ChannelWeights(layout: $0.layout, geometry: $0.geometry)
  }

  /// The weights of a layout, made once and shared.
  static func shared(layout: FeatureLayout, geometry: STFTGeometry) -> ChannelWeights {
    tables[Key(layout: layout, geometry: geometry)]
  }

  init(layout: FeatureLayout, geometry: STFTGeometry) {
    channelCount = layout.channelCount
    binCount = geometry.binCount
    let featureBins = FeatureLayout.featureBins(of: geometry)
    self.featureBins = featureBins
    var lower = ContiguousArray<Int32>(repeating: 0, count: binCount)
    var share = ContiguousArray<Float>(repeating: 0, count: binCount)
    for bin in 0..<binCount {
      let position: Double
      switch layout {
      case .spectrum:
        position = Double(bin - featureBins.lowerBound)
      case .bands(let bands):
        position = bands.position(of: geometry.frequency(ofBin: bin))
      }
      let limited = min(max(position, 0), Double(max(0, channelCount - 1)))
      lower[bin] = Int32(limited)
      share[bin] = Float(limited - limited.rounded(.down))
    }
    upperShare = share
    var segments: [(bins: Range<Int>, lowerChannel: Int)] = []
    for bin in 0..<binCount {
      if let last = segments.last, last.lowerChannel == lower[bin] {
        segments[segments.count - 1].bins = last.bins.lowerBound..<bin + 1
      } else {
        segments.append((bin..<bin + 1, Int(lower[bin])))
      }
    }
    self.segments = segments

    var collected = [[(bin: Int, weight: Float)]](repeating: [], count: channelCount)
    for bin in featureBins {
      let channel = Int(lower[bin])
      collected[channel].append((bin, 1 - share[bin]))
      if share[bin] > 0 { collected[channel + 1].append((bin, share[bin])) }
    }
    var ranges: [Range<Int>] = []
    var offsets: [Int] = []
    var all = ContiguousArray<Float>()
    for members in collected {
      offsets.append(all.count)
      let first = members.first?.bin ?? 0
      ranges.append(first..<first + members.count)
      all.append(contentsOf: members.map(\.weight))
    }
    binRanges = ranges
    weightOffsets = offsets
    weights = all
  }
}

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
  ///   - factors: Receives the factor of each of the F/2 + 1 bins.
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
