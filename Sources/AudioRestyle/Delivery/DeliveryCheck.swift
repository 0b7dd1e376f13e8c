import Foundation
public import SoundFiles

/// What one quantity of a file is, and what a ``DeliveryTarget`` asks of it.
public struct DeliveryFinding: Hashable, Codable, Sendable {
  /// What was measured.
  public enum Quantity: String, Hashable, Codable, Sendable {
    case loudness, range, shortTerm, truePeak, samplePeak, level, noiseFloor
    case format, sampleRate, channels, bitRate, duration
  }

  /// What was measured.
  public var quantity: Quantity
  /// The number that was found; `nil` where there is none, and for a format.
  public var value: Double?
  /// The format that was found.
  public var text: String?
  /// The unit of numbers.
  public var unit: String
  /// The lowest number that passes; `nil` for any.
  public var lowest: Double?
  /// The highest number that passes; `nil` for any.
  public var highest: Double?
  /// The format that passes.
  public var wanted: String?
  /// Whether it passes; `nil` where the target asks for nothing.
  public var passes: Bool?

  init(_ quantity: Quantity, _ value: Double?, _ unit: String, lowest: Double? = nil, highest: Double? = nil)
  {
    (self.quantity, self.value, self.unit) = (quantity, value, unit)
    (self.lowest, self.highest) = (lowest, highest)
    guard lowest != nil || highest != nil else { return }
    // Limits are said to a tenth, and so is what was found.
    let half = 0.05
    passes = value.map { $0 >= (lowest ?? -.infinity) - half && $0 < (highest ?? .infinity) + half } ?? false
  }

  init(format: String, wanted: String, passes: Bool) {
    (quantity, text, unit) = (.format, format, "")
    (self.wanted, self.passes) = (wanted, passes)
  }
}

extension DeliveryTarget {
  /// Compares what was measured with what the target asks for.
  ///
  /// Numbers are compared to a tenth, as limits are said: −0.96 dBTP are −1.0. What cannot be measured (silence, a
  /// clip that is too short) does not pass where it is asked for. Silence is under every limit of peaks and noise.
  ///
  /// - Parameters:
  ///   - measurement: What was measured.
  ///   - info: What is known of the file; `nil` leaves the file's form unchecked.
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
  /// A format that nothing is asked of.
  fileprivate init(format: String) {
    (quantity, text, unit) = (.format, format, "")
  }
}
