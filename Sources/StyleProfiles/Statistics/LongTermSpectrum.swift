import AdaIN
package import AudioFeatures
import Foundation

/// The long-term spectrum of a recording in third octaves: mean powers over sound, and over pauses.
///
/// Sound: frames at least 8 dB above the gate (``ActivityGate``), thus within 32 dB of the 98th percentile of the
/// broadband level. Pauses: frames above −100 dBFS and at most 3 dB above the noise floor. Powers are summed as
/// integers in steps of 2⁻⁵⁰ of full scale, so spectra of several clips merge exactly and in any order.
package struct LongTermSpectrum: Hashable, Sendable {
  /// Sums over the frames of sound, by third octave.
  package private(set) var sound: ExactPowers
  /// Sums over the frames of pauses, by third octave.
  package private(set) var pauses: ExactPowers

  /// The least distance in dB of sound above the lowest active level.
  static let soundOverGate = 8.0
  /// The largest distance in dB of pauses above the noise floor.
  static let pausesOverFloor = 3.0
  /// The least level difference in dB between sound and pauses of a recording that has real pauses.
  package static let realPauses = 24.0

  init(sound: ExactPowers, pauses: ExactPowers) {
    (self.sound, self.pauses) = (sound, pauses)
  }

  /// The mean power of each third octave over sound, in dB.
  package var soundLevels: [Double] { sound.levels }
  /// The mean power of each third octave over pauses, in dB.
  package var pauseLevels: [Double] { pauses.levels }

  /// By how many dB sound lies above pauses, K-weighted (ITU-R BS.1770-4).
  package var soundOverPauses: Double {
    Self.weightedLevel(soundLevels) - Self.weightedLevel(pauseLevels)
  }

  /// The K-weighted sum of third-octave levels, in dB.
  package static func weightedLevel(_ levels: [Double]) -> Double {
    let sum = zip(levels, KWeightingResponse.thirdOctaves).reduce(0) { $0 + pow(10, ($1.0 + $1.1) / 10) }
    return 10 * log10(max(sum, .leastNormalMagnitude))
  }

  /// The spectrum of these frames and others.
  func merged(with other: LongTermSpectrum) -> LongTermSpectrum {
    LongTermSpectrum(sound: sound.merged(with: other.sound), pauses: pauses.merged(with: other.pauses))
  }

  /// The spectrum with its level moved by a whole number of buckets of ``LevelStatistics``.
  func shifted(byBuckets shift: Int) -> LongTermSpectrum {
    let factor = pow(10, Double(shift) * LevelStatistics.bucketWidth / 10)
    return LongTermSpectrum(sound: sound.scaled(by: factor), pauses: pauses.scaled(by: factor))
  }
}

/// Sums of powers by third octave, each as two integers, coarse and fine: exact in any order.
package struct ExactPowers: Hashable, Sendable {
  /// The number of frames.
  package private(set) var count: Int64 = 0
  /// For each third octave the sum of the powers rounded down to multiples of 2⁻¹⁸ of full scale, in such steps.
  private(set) var high: [Int64]
  /// For each third octave the sum of the remainders, in steps of 2⁻⁵⁰ of full scale.
  private(set) var low: [Int64]

  private static let unit = 0x1p50
  /// The largest power of a frame, +90 dBFS; larger ones count as this.
  private static let largest = 1e9
  /// The largest sum of powers that is added at once: 2⁶¹ coarse steps.
  private static let largestSum = 0x1p43

  init() {
    high = [Int64](repeating: 0, count: ThirdOctaves.count)
    low = high
  }

  /// Takes numbers as they stand in a file.
  ///
  /// - Returns: `nil` for numbers that no frames have.
  init?(count: Int64, high: [Int64], low: [Int64]) {
    let fits = high.count == ThirdOctaves.count && low.count == ThirdOctaves.count
    guard fits, (0...Int64(1) << 40).contains(count),
      (high + low).allSatisfy({ (0...Int64(1) << 61).contains($0) })
    else { return nil }
    (self.count, self.high, self.low) = (count, high, low)
  }

  /// Adds the powers of one frame.
  mutating func add(_ powers: ContiguousArray<Float>) {
    precondition(powers.count == high.count)
    count += 1
    unsafe high.withUnsafeMutableBufferPointer { high in
      unsafe low.withUnsafeMutableBufferPointer { low in
        for band in powers.indices {
          let power = powers[band]
          // NaN counts as silence.
          let kept = power > 0 ? min(power, Float(Self.largest)) : 0
          let whole = (kept * 0x1p18).rounded(.down)
          unsafe high[band] = Self.sum(high[band], Int64(whole))
          unsafe low[band] &+= Int64((kept - whole * 0x1p-18) * Float(Self.unit))
        }
      }
    }
  }

  /// Adds sums of powers over a number of frames.
  mutating func add(_ powers: [Double], count: Int) {
    self.count += Int64(count)
    for (band, power) in powers.enumerated() {
      let kept = power.isFinite ? min(max(power, 0), Self.largestSum) : 0
      let whole = (kept * 0x1p18).rounded(.down)
      high[band] = Self.sum(high[band], Int64(whole))
      low[band] = Self.sum(low[band], Int64(((kept - whole * 0x1p-18) * Self.unit).rounded()))
    }
  }

  mutating func merge(_ other: ExactPowers) {
    count = Self.sum(count, other.count)
    for band in high.indices {
      high[band] = Self.sum(high[band], other.high[band])
      low[band] = Self.sum(low[band], other.low[band])
    }
  }

  func merged(with other: ExactPowers) -> ExactPowers {
    var result = self
    result.merge(other)
    return result
  }

  func scaled(by factor: Double) -> ExactPowers {
    var result = ExactPowers()
    result.add(powers.map { $0 * factor }, count: Int(count))
    return result
  }

  /// The mean power of each third octave in dB, at least −200 dB.
  var levels: [Double] {
    powers.map { max(-200, 10 * log10(max($0 / Double(max(1, count)), 1e-20))) }
  }

  private var powers: [Double] {
    zip(high, low).map { Double($0) * 0x1p-18 + Double($1) / Self.unit }
  }

  private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
    let (sum, isOverflow) = a.addingReportingOverflow(b)
    return isOverflow ? .max : sum
  }
}

/// The third-octave powers of a view while a clip is measured, in buckets by the broadband level of the frames.
///
/// Sums are exact, so frames may come in any order.
package struct LongTermSpectrumPass: Sendable {
  private var buckets: [Int: ExactPowers] = [:]

  /// Takes in one frame.
  package mutating func add(_ powers: ContiguousArray<Float>, broadband: FixedLevel) {
    let bucket = LevelStatistics.bucket(ofSteps: Int(broadband.steps))
    buckets[bucket, default: ExactPowers()].add(powers)
  }

  /// Takes in other frames.
  package mutating func merge(_ other: LongTermSpectrumPass) {
    for (key, bucket) in other.buckets { buckets[key, default: ExactPowers()].merge(bucket) }
  }

  /// The spectrum of sound, as a gate of the same frames separates it, and of pauses.
  func spectrum(_ gate: ActivityGate) -> LongTermSpectrum {
    let steps = { (decibels: Double) in Int(decibels / LevelStatistics.bucketWidth) }
    let lowest = gate.lowestActiveBucket.map { $0 + steps(LongTermSpectrum.soundOverGate) } ?? .max
    let silence = steps(ActivityGate.absoluteFloor)
    let highest = floorBucket(above: silence).map { $0 + steps(LongTermSpectrum.pausesOverFloor) } ?? .min
    var (sound, pauses) = (ExactPowers(), ExactPowers())
    for (key, bucket) in buckets {
      if key >= lowest { sound.merge(bucket) }
      if key <= highest, key >= silence { pauses.merge(bucket) }
    }
    return LongTermSpectrum(sound: sound, pauses: pauses)
  }

  /// The bucket of the noise floor: the 5th percentile of the broadband levels from a bucket on.
  ///
  /// The gate's floor lies at the gate at most. Loud noise lies above it.
  private func floorBucket(above silence: Int) -> Int? {
    LevelStatistics.percentile(
      LevelStatistics.floorShare,
      of: buckets.filter { $0.key >= silence }.map { (value: $0.key, count: $0.value.count) }
        .sorted { $0.value < $1.value })
  }

  /// The gate of the broadband levels that the frames are sorted by.
  var gate: ActivityGate {
    var levels = LevelStatistics(numFeatures: 1)
    for (key, bucket) in buckets {
      let level = FixedLevel(steps: Int32(clamping: key * LevelStatistics.stepsPerBucket))
      for _ in 0..<bucket.count { levels.add([level]) }
    }
    return ActivityGate(levels, shiftInBuckets: 0)
  }

  /// The spectrum of sound and pauses by ``gate``.
  package var spectrum: LongTermSpectrum { spectrum(gate) }

  /// Creates a pass of no frames.
  package init() {}
}

/// The long-term spectrum of a recording in third octaves, at −23 LUFS.
package struct LongTermLevels: Hashable, Codable, Sendable {
  /// The centres of the third octaves in Hz.
  package var frequencies: [Double]
  /// The mean power of each third octave over sound, in dB.
  package var sound: [Double]
  /// The mean power of each third octave over pauses, in dB.
  package var pauses: [Double]
  /// By how many dB sound lies over pauses, K-weighted; `nil` without pauses.
  package var soundOverPauses: Double?
}

extension StyleProfile {
  /// The long-term spectrum of a view below the Nyquist frequency; `nil` where it was not measured.
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
