import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle compare`: prints the differences of two recordings or profiles.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare two sound files or profiles.",
    discussion: """
      The measures are those of the benchmarks: the distance of the long-term spectra in third octaves \
      (loudness aside), loudness, ranges and peaks.

      EXAMPLES:
        restyle compare talk.restyled.wav radio.wav
        restyle compare song.wav house.safetensors --json
      """)

  @Argument(help: ArgumentHelp("A sound file or a profile.", valueName: "first"))
  var first: String

  @Argument(help: ArgumentHelp("Another one.", valueName: "second"))
  var second: String

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    if first == Paths.standardStream, second == Paths.standardStream {
      throw UsageError("standard input (-) can be read once only")
    }
    var inspector = Inspector(isStrict: strict, isQuiet: report.quiet, threads: speed.threads)
    inspector.measuresBands = true
    inspector.printsWarnings = true
    let (a, b) = (try inspector.inspect(first), try inspector.inspect(second))
    guard a.profile.layout == b.profile.layout else {
      throw RestyleError.incompatibleProfiles(
        "\(first) and \(second) have different feature channels: expected two recordings or profiles of bands"
      )
    }
    let comparison = ComparisonReport(a, b)
    if report.json {
      try Console.result(json: comparison)
    } else if !report.quiet {
      try Console.result(comparison.text)
    }
  }
}

/// The report of `restyle compare`.
struct ComparisonReport: Encodable, Sendable {
  var first: Side
  var second: Side
  /// The differences, second less first.
  var difference: ProfileComparison

  /// One of the two files.
  struct Side: Encodable, Sendable {
    var path: String
    /// The integrated loudness in LUFS, with a mono clip counted twice; `nil` for silence.
    var loudness: Double?
    /// The true peak in dBTP; `nil` for silence.
    var truePeak: Double?
    /// The loudness range in LU (EBU Tech 3342); `nil` for profiles.
    var loudnessRange: Double?
    var summary: ProfileSummary
    /// The warnings about a sound file, in words; empty for profiles.
    var warnings: [String] = []
  }

  init(_ first: Inspector.Inspected, _ second: Inspector.Inspected) {
    self.first = Side(first)
    self.second = Side(second)
    var measured: (DeliveryMeasurement, DeliveryMeasurement)?
    if let a = first.measured, let b = second.measured { measured = (a, b) }
    difference = ProfileComparison(first.profile, second.profile, measured: measured)
  }

  /// The comparison as a table.
  var text: String {
    var lines = [
      "  first:  \(first.path)", "  second: \(second.path)", row("", "first", "second", "difference"),
    ]
    func add(_ name: String, _ unit: String, _ values: (Double?, Double?), _ change: Double?) {
      guard values.0 != nil || values.1 != nil else { return }
      lines.append(
        row(
          name, Self.number(values.0), Self.number(values.1),
          change.map { Self.signed($0) + " " + unit } ?? "–"))
    }
    add("loudness, LUFS", "LU", (first.loudness, second.loudness), difference.loudness)
    add("true peak, dBTP", "dB", (first.truePeak, second.truePeak), difference.truePeak)
    add(
      "peak to loudness, LU", "LU", (first.summary.peakToLoudness, second.summary.peakToLoudness),
      difference.peakToLoudness)
    add("loudness range, LU", "LU", (first.loudnessRange, second.loudnessRange), difference.loudnessRange)
    add(
      "range of 400 ms, LU", "LU", (first.summary.momentaryRange, second.summary.momentaryRange),
      difference.momentaryRange)
    add(
      "sound over pauses, dB", "dB", (first.summary.soundOverPauses, second.summary.soundOverPauses),
      difference.soundOverPauses)
    add("side over middle, dB", "dB", (first.summary.width, second.summary.width), difference.width)
    if let distance = difference.spectralDistance {
      lines.append(
        String(format: "  spectrum: %.1f dB apart in third octaves, level aside", distance) + extremes)
    } else {
      lines.append("  spectrum: no third octave is common to both")
    }
    if let distance = difference.spreadDistance {
      lines.append(String(format: "  dynamics of bands: spreads %.1f dB apart in the mean", distance))
    }
    return lines.joined(separator: "\n")
  }

  private var extremes: String {
    let sorted = difference.bands.sorted { $0.difference < $1.difference }
    guard let lowest = sorted.first, let highest = sorted.last else { return "" }
    func words(_ band: ProfileComparison.Band) -> String {
      String(format: "%+.0f dB at ", band.difference).withMinus + ResultLine.frequency(band.frequency)
    }
    return "; the second has \(words(highest)), \(words(lowest))"
  }

  private static func signed(_ value: Double) -> String {
    // A difference that rounds to 0.0 gets no sign.
    abs(value) < 0.05 ? "0.0" : String(format: "%+.1f", value).withMinus
  }

  private static func number(_ value: Double?) -> String {
    guard let value else { return "–" }
    return value.isFinite ? String(format: "%.1f", value).withMinus : "none"
  }

  private func row(_ name: String, _ first: String, _ second: String, _ change: String) -> String {
    func left(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    return "  " + name.padding(toLength: 24, withPad: " ", startingAt: 0) + left(first, 9) + left(second, 9)
      + left(change, 13)
  }
}

extension ComparisonReport.Side {
  init(_ inspected: Inspector.Inspected) {
    path = inspected.path
    loudness = inspected.profile.loudness
    truePeak = inspected.profile.truePeak.isFinite ? inspected.profile.truePeak : nil
    loudnessRange = inspected.measured?.loudnessRange
    summary = inspected.summary
    warnings = (inspected.info?.warnings ?? []).map(\.description)
  }
}
