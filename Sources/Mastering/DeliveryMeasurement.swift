import AudioFeatures
import Foundation
public import SoundFiles
public import StyleProfiles

/// The quantities of a clip that delivery targets limit: loudness, range, peaks, level and noise floor.
///
/// The channel of a mono clip counts once here, as in ITU-R BS.1770-4 and in the meters of other programs. Everywhere
/// else a mono clip counts as if two loudspeakers played it, which is 3.01 LU more.
public struct DeliveryMeasurement: Hashable, Codable, Sendable {
  /// Integrated loudness in LUFS; `nil` where no block of 400 ms passes the gates.
  public var loudness: Double?
  /// Loudness range in LU (EBU Tech 3342); `nil` where no window of 3 s passes its gates.
  public var loudnessRange: Double?
  /// The highest momentary loudness in LUFS, over 400 ms.
  public var highestMomentary: Double?
  /// The highest short-term loudness in LUFS, over 3 s.
  public var highestShortTerm: Double?
  /// The highest true peak in dBTP; `nil` for digital silence.
  public var truePeak: Double?
  /// The largest sample in dBFS; `nil` for digital silence.
  public var samplePeak: Double?
  /// The level of the mean square over all channels and the whole clip in dBFS, unweighted; `nil` for digital silence.
  public var level: Double?
  /// The level in dBFS of the quietest 400 ms; `nil` where there is no such window.
  ///
  /// It is unweighted, over all channels, in steps of 100 ms; windows with a step of digital silence are left out. ACX
  /// Check 2.4 of Audacity measures likewise, but takes digital silence for a floor of −∞.
  public var noiseFloor: Double?
  /// The duration in seconds.
  public var duration: Double
  /// The sample rate in Hz.
  public var sampleRate: Double
  /// The number of channels.
  public var channelCount: Int

  /// Measures a clip in one pass.
  ///
  /// - Parameters:
  ///   - clip: The clip.
  ///   - threads: The number of threads; `nil` is one for each processor. The result does not depend on it.
  ///   - progress: Called with the number of frames done; an error it throws ends the work.
  /// - Throws: ``RestyleError/emptyClip(_:)``, ``RestyleError/invalidClip(_:)`` for samples that are no sound, and
  ///   ``RestyleError/unsupportedRate(_:)``; whatever the clip throws.
  public init(of clip: any FrameSource, threads: Int? = nil, progress: (Int) throws -> Void = { _ in }) throws
  {
    let source = SanitizedSource(clip)
    let rates = LoudnessMeter.supportedSampleRates
    guard rates.contains(source.sampleRate) else {
      throw RestyleError.unsupportedRate(
        "\(source.name): expected a sample rate of \(Int(rates.lowerBound)) to \(Int(rates.upperBound)) Hz, found "
          + "\(source.sampleRate)")
    }
    let team = ThreadTeam(threads)
    let meters = ClipMeters(source: source, measuresMonoAsDualMono: false)
    let tally = Exclusive(LevelTally(sampleRate: source.sampleRate, channelCount: source.channelCount))
    var count = 0
    try source.forEachChunk(
      team: team, chunkLength: ProfileLearner.chunkLength,
      progress: {
        count = $0
        try progress(count)
      }
    ) { chunk in meters.jobs(chunk) + [ThreadTeam.Job(tally) { $0.add(chunk) }] }
    guard count > 0 else { throw RestyleError.emptyClip(source.name) }
    guard source.unusableSampleCount == 0 else {
      throw RestyleError.invalidClip(
        "\(source.name): expected samples that are numbers, found \(source.unusableSampleCount) that are not, or far beyond "
          + "full scale")
    }
    meters.finish()
    let loudness = meters.loudnessMeter
    self.loudness = loudness.integratedLoudness
    loudnessRange = loudness.loudnessRange
    highestMomentary = loudness.maximumMomentaryLoudness
    highestShortTerm = loudness.maximumShortTermLoudness
    truePeak = meters.truePeak.isFinite ? meters.truePeak : nil
    samplePeak = meters.samplePeak.isFinite ? meters.samplePeak : nil
    let levels = tally.value
    level = levels.level
    noiseFloor = levels.noiseFloor
    duration = Double(count) / source.sampleRate
    sampleRate = source.sampleRate
    channelCount = source.channelCount
  }

  /// The ratio of true peak to loudness in LU; `nil` for silence.
  public var peakToLoudness: Double? { truePeak.flatMap { peak in loudness.map { peak - $0 } } }
}

/// The sums of squares of a clip: of all samples, and in steps of 100 ms.
private struct LevelTally: Sendable {
  private let stepLength: Int
  private let channelCount: Int
  /// The sum of squares of the whole clip.
  private var total = 0.0
  private var frameCount = 0
  /// The sum of squares of the present step; `filled` is the number of its frames so far.
  private var sum = 0.0
  private var filled = 0
  /// The sums of the last steps, at most four, since the last step of digital silence.
  private var recent: [Double] = []
  private var quietest: Double?

  private static let windowSteps = 4

  init(sampleRate: Double, channelCount: Int) {
    stepLength = max(1, Int((sampleRate / 10).rounded()))
    self.channelCount = channelCount
  }

  mutating func add(_ buffer: FrameBuffer) {
    var start = 0
    while start < buffer.frameCount {
      let count = min(stepLength - filled, buffer.frameCount - start)
      for channel in 0..<channelCount {
        buffer.withChannel(channel) { sum += $0.extracting(start..<start + count).sumOfSquares }
      }
      start += count
      filled += count
      if filled == stepLength { endStep() }
    }
    frameCount += buffer.frameCount
  }

  private mutating func endStep() {
    total += sum
    if sum > 0 { recent.append(sum) } else { recent = [] }
    if recent.count > Self.windowSteps { recent.removeFirst() }
    if recent.count == Self.windowSteps {
      let power = recent.reduce(0, +)
      quietest = min(quietest ?? power, power)
    }
    (sum, filled) = (0, 0)
  }

  var level: Double? { Self.decibels(total + sum, count: frameCount * channelCount) }

  var noiseFloor: Double? {
    quietest.flatMap { Self.decibels($0, count: Self.windowSteps * stepLength * channelCount) }
  }

  private static func decibels(_ sum: Double, count: Int) -> Double? {
    sum > 0 && count > 0 ? 10 * log10(sum / Double(count)) : nil
  }
}

/// A measured quantity of a file, and the limits that a ``DeliveryTarget`` sets for it.
public struct DeliveryFinding: Hashable, Codable, Sendable {
  /// The quantities.
  public enum Quantity: String, Hashable, Codable, Sendable {
    case loudness, range, shortTerm, truePeak, samplePeak, level, noiseFloor
    case format, sampleRate, channels, bitRate, duration
  }

  /// The measured quantity.
  public var quantity: Quantity
  /// The measured number; `nil` where there is none, and for a format.
  public var value: Double?
  /// The format of the file; `nil` for other quantities.
  public var text: String?
  /// The unit of the numbers.
  public var unit: String
  /// The lowest number that passes; `nil` for any.
  public var lowest: Double?
  /// The highest number that passes; `nil` for any.
  public var highest: Double?
  /// The format that passes; `nil` for any.
  public var wanted: String?
  /// Whether the quantity passes; `nil` where the target sets no limit.
  public var passes: Bool?

  init(_ quantity: Quantity, _ value: Double?, _ unit: String, lowest: Double? = nil, highest: Double? = nil)
  {
    (self.quantity, self.value, self.unit) = (quantity, value, unit)
    (self.lowest, self.highest) = (lowest, highest)
    guard lowest != nil || highest != nil else { return }
    // Limits are stated to a tenth, so measured numbers are rounded to a tenth.
    let half = 0.05
    passes = value.map { $0 >= (lowest ?? -.infinity) - half && $0 < (highest ?? .infinity) + half } ?? false
  }

  init(format: String, wanted: String, passes: Bool) {
    (quantity, text, unit) = (.format, format, "")
    (self.wanted, self.passes) = (wanted, passes)
  }
}

extension DeliveryTarget {
  /// Compares a measurement with the limits of the target.
  ///
  /// Numbers are compared to a tenth, as limits are stated: −0.96 dBTP counts as −1.0. A loudness, level or noise floor
  /// that cannot be measured (silence, a clip that is too short) does not pass. Silence is under every limit of peaks.
  ///
  /// - Parameters:
  ///   - measurement: The measurement of the clip.
  ///   - info: The properties of the file; `nil` leaves format, rate, channels and duration unchecked.
  public func findings(on measurement: DeliveryMeasurement, _ info: SoundFileInfo? = nil) -> [DeliveryFinding]
  {
    var findings: [DeliveryFinding] = []
    let aim = loudness(channelCount: measurement.channelCount)
    findings.append(
      DeliveryFinding(
        .loudness, measurement.loudness, "LUFS", lowest: aim.map { $0 - tolerance.below },
        highest: aim.map { $0 + tolerance.above }))
    findings.append(DeliveryFinding(.range, measurement.loudnessRange, "LU"))
    if shortTerm != nil {
      // A clip under 3 s has no short-term loudness that could be too high.
      let value = measurement.highestShortTerm
      findings.append(DeliveryFinding(.shortTerm, value, "LUFS", highest: value == nil ? nil : shortTerm))
    }
    findings.append(
      DeliveryFinding(.truePeak, measurement.truePeak ?? -.infinity, "dBTP", highest: peakLimit(measurement)))
    if samplePeak != nil {
      findings.append(
        DeliveryFinding(.samplePeak, measurement.samplePeak ?? -.infinity, "dBFS", highest: samplePeak))
    }
    if let level {
      findings.append(
        DeliveryFinding(
          .level, measurement.level, "dB RMS", lowest: level.lowerBound, highest: level.upperBound))
    }
    findings.append(DeliveryFinding(.noiseFloor, measurement.noiseFloor, "dB RMS", highest: noiseFloor))
    if let info { findings += fileFindings(measurement, info) }
    return findings
  }

  /// The limit of true peaks, which may depend on the loudness.
  private func peakLimit(_ measurement: DeliveryMeasurement) -> Double? {
    guard let truePeakWhenLouder, let found = measurement.loudness,
      let aim = loudness(channelCount: measurement.channelCount), found >= aim + 0.05
    else { return truePeak }
    return truePeakWhenLouder
  }

  private func fileFindings(_ measurement: DeliveryMeasurement, _ info: SoundFileInfo) -> [DeliveryFinding] {
    guard let file else {
      return [DeliveryFinding(format: info.format.name)]
    }
    var findings = [
      DeliveryFinding(
        format: info.format.name, wanted: file.isMP3 ? "MP3" : "any",
        passes: !file.isMP3 || info.format.container == .mp3),
      DeliveryFinding(
        .sampleRate, measurement.sampleRate, "Hz", lowest: Double(file.sampleRate),
        highest: Double(file.sampleRate)),
      DeliveryFinding(
        .channels, Double(measurement.channelCount), "channels", highest: Double(file.mostChannels)),
      DeliveryFinding(.duration, measurement.duration, "s", highest: file.longest),
    ]
    if info.format.container == .mp3 {
      // The mean over the whole file, headers and tags included.
      findings.append(
        DeliveryFinding(.bitRate, info.bitRate.map { $0 / 1000 }, "kbit/s", lowest: file.leastBitRate))
    }
    return findings
  }
}

extension DeliveryFinding {
  /// Creates a finding of a format without a limit.
  fileprivate init(format: String) {
    (quantity, text, unit) = (.format, format, "")
  }
}
