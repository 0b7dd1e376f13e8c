package import AdaIN
package import AudioFeatures

/// The gated statistics of one view of a clip, at the reference loudness.
package struct ViewStatistics: Sendable {
  /// The gate that separates active frames from the others.
  package let gate: ActivityGate
  /// Statistics over the active frames: C channels, then the broadband level.
  package let active: StyleStatistics
  /// Whether the clip has sound in each channel.
  ///
  /// At least a quarter of the channel's width lies below the Nyquist frequency, and its mean level over the active
  /// frames is more than 3 dB above its noise floor.
  package let presentChannels: [Bool]
  /// The Nyquist frequency in Hz.
  ///
  /// It cuts off the bands that reach beyond it. The level of such a band can only be compared with that of a clip with
  /// the same Nyquist frequency.
  package let nyquist: Double
  /// Which channels reach beyond the Nyquist frequency.
  private let isCut: [Bool]
  /// The level difference in dB between sound and pauses from which on the pauses are real; `nil` for none.
  ///
  /// It is 8 dB where the quietest frames hold noise. Otherwise it is 24 dB, and the pauses must be steady: the 2nd and
  /// the 10th percentile of the broadband level differ by at most 3 dB. Quiet parts of music can be steady as well.
  private let leastOverPauses: Double?

  /// By how many dB a channel must stand above the noise floor to count as present.
  private static let floorMargin = 3.0
  /// The least share of a channel's width that has to lie below the Nyquist frequency.
  private static let leastShare = 0.25
  /// The largest difference in dB between the 2nd and the 10th percentile of steady pauses.
  private static let steadyRange = 3.0
  /// The least level difference in dB between sound and pauses of noise.
  private static let leastOverNoise = 8.0
  /// By how many dB the levels of noise may spread more than those of ideal noise, in the median of the channels.
  ///
  /// Pauses of 14 recordings of voices with added noise: −0.02 to 0.4 dB; 3 with a room's noise: 0.8 to 2.5 dB; the
  /// quietest frames of 29 pieces of music: 2.9 dB and more.
  private static let noiseMargin = 2.0
  /// The largest spread in dB, over the channels, of the level of loud frames over quiet ones that have one spectrum.
  ///
  /// Voices over noise: 4.5 to 16 dB; noise of varying level: 0.2 dB.
  private static let sameSpectrum = 3.0

  /// The number of active frames.
  package var activeCount: Int { active.channels.first.map { Int($0.count) } ?? 0 }

  /// The number of statistically independent frames: a quarter of the active ones, as neighbours overlap by three
  /// quarters.
  package var independentFrameCount: Double { Double(activeCount) / 4 }

  /// Mean and biased spread of the C feature channels over the active frames, in dB; 0 without active frames.
  package var moments: (mean: [Double], spread: [Double]) {
    let channels = active.channels.dropLast()
    guard activeCount > 0 else {
      let zeros = [Double](repeating: 0, count: channels.count)
      return (zeros, zeros)
    }
    return (channels.map(\.mean), channels.map { $0.variance().squareRoot() })
  }

  /// The mean broadband level over the active frames in dB; NaN without feature channels.
  package var broadbandMean: Double { active.channels.last?.mean ?? .nan }

  /// Takes the statistics of a view.
  ///
  /// - Parameters:
  ///   - levels: The statistics of the levels.
  ///   - layout: The feature channels.
  ///   - nyquist: The lowest Nyquist frequency of the clips in Hz.
  ///   - isMixed: Whether some clips have a higher Nyquist frequency; bands that `nyquist` cuts off are then absent.
  ///   - gateShift: By how many buckets of 0.5 dB the gate is moved.
  package init(
    _ levels: LevelStatistics, layout: FeatureLayout, nyquist: Double, isMixed: Bool = false, gateShift: Int
  ) {
    self.nyquist = nyquist
    let gate = ActivityGate(levels, shiftInBuckets: gateShift)
    self.gate = gate
    let absolute = ActivityGate.absoluteFloor + Double(gateShift) * LevelStatistics.bucketWidth
    let activeFrom = gate.lowestActiveLevel ?? .infinity
    let quiet = [0.02, 0.1].compactMap { levels.percentile($0, above: absolute) }
    let isSteady = quiet.count == 2 && quiet[1] - quiet[0] <= Self.steadyRange
    leastOverPauses =
      Self.hasNoise(levels, above: absolute, layout, nyquist)
      ? Self.leastOverNoise : isSteady ? LongTermSpectrum.realPauses : nil
    active = levels.statistics(above: activeFrom)
    // A channel's noise floor is its mean level in the pauses; without pauses it is the absolute floor.
    let floor = gate.floorBucket.map { Double($0) * LevelStatistics.bucketWidth }
    let pauses = floor.flatMap { $0 < activeFrom ? levels.statistics(in: absolute...$0) : nil }
    isCut = (0..<layout.channelCount).map { layout.share(ofChannel: $0, below: nyquist) < 1 }
    presentChannels = (0..<layout.channelCount).map { [active] channel in
      guard layout.share(ofChannel: channel, below: nyquist) >= (isMixed ? 1 : Self.leastShare),
        active.channels[channel].count > 0
      else { return false }
      let floor = pauses.map { max(absolute, $0.channels[channel].mean + Self.floorMargin) } ?? absolute
      return active.channels[channel].mean > floor
    }
  }

  /// Whether the quietest frames hold noise, and the frames above them sound.
  ///
  /// Quiet frames hold noise if the median of the channels spreads as noise does. Wind and waves are noise of varying
  /// level: their loud frames lie above the quiet ones by the same level in all channels.
  private static func hasNoise(
    _ levels: LevelStatistics, above absolute: Double, _ layout: FeatureLayout, _ nyquist: Double
  ) -> Bool {
    guard let floor = levels.noiseFloor(above: absolute) else { return false }
    let expected = noiseSpreads(layout, nyquist)
    let quiet = levels.statistics(in: absolute...(floor + LongTermSpectrum.pausesOverFloor)).channels
    let inPauses = expected.map { quiet[$0.channel].variance().squareRoot() - $0.spread }.sorted()
    guard !inPauses.isEmpty, inPauses[inPauses.count / 2] <= noiseMargin else { return false }
    let loud = levels.statistics(above: floor + leastOverNoise).channels
    let over = expected.map { loud[$0.channel].mean - quiet[$0.channel].mean }.centered
    return (over.reduce(0) { $0 + $1 * $1 } / Double(over.count)).squareRoot() > sameSpectrum
  }

  /// The spread in dB of the levels of noise in each channel that lies wholly below the Nyquist frequency.
  ///
  /// The power of noise in a band of B Hz over a window of T s is the sum of n = 1 + B·T/2 independent powers. Its level
  /// has a spread of about 4.34 · √(1/n + 1/(2n²)) dB.
  private static func noiseSpreads(
    _ layout: FeatureLayout, _ nyquist: Double
  ) -> [(channel: Int, spread: Double)] {
    let frequencies = layout.frequencies
    return frequencies.indices.filter { layout.share(ofChannel: $0, below: nyquist) == 1 }.map {
      let width = layout.upperEdge(ofChannel: $0) - ($0 > 0 ? frequencies[$0 - 1] : 0)
      let count = 1 + width * STFTGeometry.windowDuration / 2
      return ($0, 4.34 * (1 / count + 1 / (2 * count * count)).squareRoot())
    }
  }

  /// Whether the noise floor lies below the gate of active frames.
  package var hasInactiveFloor: Bool {
    guard let floor = gate.floorBucket, let lowest = gate.lowestActiveBucket else { return false }
    return floor < lowest
  }

  /// By how many dB, K-weighted, sound lies over real pauses; `nil` where there are none.
  ///
  /// - Parameters:
  ///   - spectrum: The long-term spectrum of the same view.
  ///   - areSteady: Whether pauses below the gate of active frames must be steady as well.
  package func soundOverRealPauses(_ spectrum: LongTermSpectrum, areSteady: Bool = true) -> Double? {
    guard let least = leastOverPauses ?? (areSteady || !hasInactiveFloor ? nil : LongTermSpectrum.realPauses),
      spectrum.pauses.count > 0, spectrum.soundOverPauses > least
    else { return nil }
    return spectrum.soundOverPauses
  }

  /// Whether both recordings have a channel and its levels can be compared.
  package func shares(_ channel: Int, with other: ViewStatistics) -> Bool {
    presentChannels[channel] && other.presentChannels[channel]
      && (nyquist == other.nyquist || !isCut[channel] && !other.isCut[channel])
  }
}

/// The gate of active frames and the noise floor of a clip.
///
/// A frame is active when its broadband level is above −70 dBFS and within 40 dB of the 98th percentile of the levels
/// above −70 dBFS. So neither a click nor a long silence moves the gate. The noise floor is the 5th percentile of the
/// levels above −100 dBFS, and at most the gate.
public struct ActivityGate: Hashable, Codable, Sendable {
  /// The lowest bucket of active frames; `nil` where no frame is active.
  public let lowestActiveBucket: Int?
  /// The bucket of the noise floor; `nil` where no frame lies above −100 dBFS.
  public let floorBucket: Int?

  /// The lowest level of active frames, and the lowest level of frames that count for the noise floor, both in dBFS.
  static let absoluteGate = -70.0
  static let absoluteFloor = -100.0
  /// The largest distance in dB of active frames under the 98th percentile.
  private static let range = 40.0

  /// Computes the gate of a clip's levels.
  ///
  /// - Parameters:
  ///   - levels: The clip's levels.
  ///   - shiftInBuckets: By how many buckets of 0.5 dB `levels` stand above the clip's levels in dBFS.
  package init(_ levels: LevelStatistics, shiftInBuckets: Int) {
    let shift = Double(shiftInBuckets) * LevelStatistics.bucketWidth
    // Threshold and floor are lower edges of buckets, so the division is exact.
    func bucket(_ level: Double) -> Int { Int(level / LevelStatistics.bucketWidth) }
    let active = levels.activeThreshold(absolute: Self.absoluteGate + shift, range: Self.range)
    let floor = levels.noiseFloor(above: Self.absoluteFloor + shift)
    lowestActiveBucket = active.map(bucket)
    floorBucket = floor.map { bucket(min($0, active ?? $0)) }
  }

  private init(lowestActiveBucket: Int?, floorBucket: Int?) {
    (self.lowestActiveBucket, self.floorBucket) = (lowestActiveBucket, floorBucket)
  }

  /// The gate for levels that stand higher by `count` buckets.
  package func moved(byBuckets count: Int) -> ActivityGate {
    ActivityGate(
      lowestActiveBucket: lowestActiveBucket.map { $0 + count }, floorBucket: floorBucket.map { $0 + count })
  }

  /// Whether a frame with this broadband level is active.
  package func isActive(_ level: FixedLevel) -> Bool {
    guard let lowestActiveBucket else { return false }
    return LevelStatistics.bucket(ofSteps: Int(level.steps)) >= lowestActiveBucket
  }

  /// The level in dB from which on frames are active; `nil` where none is.
  package var lowestActiveLevel: Double? {
    lowestActiveBucket.map { Double($0) * LevelStatistics.bucketWidth }
  }

  /// The level of the noise floor: the middle of its bucket; `nil` where there is none.
  package var floorLevel: FixedLevel? {
    floorBucket.map {
      FixedLevel(
        steps: Int32(clamping: $0 * LevelStatistics.stepsPerBucket + LevelStatistics.stepsPerBucket / 2))
    }
  }
}

extension LevelStatistics {
  /// Takes in one frame: the levels of all channels, of which the last is the broadband level.
  package mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    guard let broadband = levels.last else { return }
    levels.withSteps { add(steps: $0, level: broadband.steps) }
  }
}
