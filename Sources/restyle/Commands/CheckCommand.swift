import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle check`: compares files with the requirements of platforms and broadcasters.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check files against the requirements of platforms and broadcasters.",
    discussion: """
      Loudness, true peaks and the rest are measured as meters read them: one channel counts once. (Elsewhere this \
      program counts a mono clip twice, as it sounds from two loudspeakers: 3 LU more.) \
      Numbers are compared to a tenth.

      TARGETS:
      \(targets)

      --list says where the numbers come from.

      EXIT STATUS: 0 all files pass; 1 one does not; 64 and above as for the other commands.

      EXAMPLES:
        restyle check episode.mp3 --for podcast
        restyle check spots/ --for ebu-r128-s1 --quiet && deliver
        restyle talk.wav --style radio.wav --for podcast -o episode.wav
      """)

  @Argument(help: ArgumentHelp("Sound files, or folders of them.", valueName: "file"))
  var files: [String] = []

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("What to check for; more than once for several.", valueName: "target"))
  var targets: [DeliveryArgument] = []

  @Flag(help: "List the targets with their sources.")
  var list = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  /// The names of all targets, one a line.
  private static var targets: String {
    DeliveryTarget.all.map { "  " + $0.name.padding(toLength: 13, withPad: " ", startingAt: 0) + $0.title }
      .joined(separator: "\n")
  }

  func validate() throws {
    guard !list else {
      if !files.isEmpty { throw ValidationError("check: expected no files beside --list, found \(files[0])") }
      return
    }
    if files.isEmpty { throw ValidationError("check: expected at least one file, found none") }
    if targets.isEmpty {
      throw ValidationError("check: expected --for and a target (--list names them), found none")
    }
  }

  func run() throws {
    guard !list else { return try listTargets() }
    try StandardStreams.checkInput(files)
    var reports: [CheckReport] = []
    var failures: [Failure] = []
    let leftOut = LeftOutFiles(
      folders: files.filter(Paths.isFolder), except: FileSystemView.soundSuffixes)
    if !report.quiet, let text = leftOut.text { Console.note(text) }
    let paths = try files.flatMap { try expanded($0) }
    for path in paths {
      do {
        let report = try check(path)
        reports.append(report)
        if !self.report.json, !self.report.quiet { try Console.result(report.text) }
      } catch {
        // A file that cannot be read does not keep the others from being checked.
        guard let failure = Failure(error), failure.concerns(only: path, error) else { throw error }
        failures.append(failure)
        reports.append(CheckReport(path: path, failure))
        if paths.count > 1 { Console.error(failure.message) }
      }
    }
    if report.json { try Console.result(json: reports) }
    if let failure = failures.first {
      throw paths.count == 1
        ? failure
        : Failure(
          failure.status,
          "\(Wording.count(failures.count, "file")) of \(paths.count) could not be checked")
    }
    // The status is enough: the report has the reasons.
    if !reports.allSatisfy(\.passes) { throw ExitCode(ProgramStatus.checkFailed.rawValue) }
  }

  private func expanded(_ path: String) throws -> [String] {
    guard Paths.isFolder(path) else { return [path] }
    let inside = FileSystemView.files(in: path, suffixes: FileSystemView.soundSuffixes)
    guard !inside.isEmpty else {
      throw UsageError("\(path): expected sound files in this folder, found none")
    }
    return inside.map { Paths.join(path, $0) }
  }

  private func check(_ path: String) throws -> CheckReport {
    let reader = try SoundInput(isStrict: strict, isQuiet: report.quiet).open(path)
    guard reader.info.frameCount > 0 else { throw RestyleError.emptyClip(path) }
    let bar = ProgressBar(path, isWanted: !report.quiet)
    defer { bar.clear() }
    let total = Double(reader.info.frameCount)
    let measurement = try DeliveryMeasurement(of: reader, threads: speed.threads) {
      bar.update(Double($0) / total)
    }
    if strict { try reader.requireWhole() }
    return CheckReport(path: path, reader.info, measurement, targets.map(\.target))
  }

  private func listTargets() throws {
    let chosen = targets.isEmpty ? DeliveryTarget.all : targets.map(\.target)
    if report.json { return try Console.result(json: chosen.map { TargetReport($0) }) }
    for target in chosen { try Console.result(TargetReport(target).text) }
  }
}

/// The report of `restyle check` on a file.
struct CheckReport: Encodable, Sendable {
  var path: String
  /// Whether the file passes for all targets; a file that cannot be read does not.
  var passes: Bool
  /// The measurement; `nil` for a file that cannot be read.
  var measured: DeliveryMeasurement?
  /// The findings for each target.
  var targets: [Target] = []
  /// The warnings about the file.
  var warnings: [String] = []
  /// The exit status and the message of a file that cannot be read.
  var status: ProgramStatus?
  var message: String?

  /// The findings for one target.
  struct Target: Encodable, Sendable {
    var name: String
    var passes: Bool
    var findings: [DeliveryFinding]
  }

  init(path: String, _ info: SoundFileInfo, _ measurement: DeliveryMeasurement, _ targets: [DeliveryTarget]) {
    self.path = path
    measured = measurement
    self.targets = targets.map { target in
      let findings = target.findings(on: measurement, info)
      return Target(name: target.name, passes: findings.allSatisfy { $0.passes != false }, findings: findings)
    }
    passes = self.targets.allSatisfy(\.passes)
    warnings = info.warnings.map(\.description)
  }

  init(path: String, _ failure: Failure) {
    self.path = path
    passes = false
    (status, message) = (failure.status, failure.message)
  }

  /// The report as text: a line on each target, and one on each finding.
  var text: String {
    var lines = warnings.map { "\(path): warning: \($0)" }
    for target in targets {
      lines.append("\(path): \(target.passes ? "pass" : "FAIL") for \(target.name)")
      lines += target.findings.map(\.line)
      if measured?.channelCount == 1, let loudness = measured?.loudness {
        let twice = Wording.level(loudness + LoudnessTarget.monoDifference, "LUFS").withMinus
        lines.append("        mono: as loud from two loudspeakers as a stereo file of \(twice)")
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension DeliveryFinding {
  /// The finding as a line of a table.
  var line: String {
    let verdict =
      switch passes {
      case true?: "pass"
      case false?: "FAIL"
      case nil: "-"
      }
    func padded(_ text: String, _ width: Int) -> String {
      text.padding(toLength: max(width, text.count), withPad: " ", startingAt: 0)
    }
    let row = "  " + padded(verdict, 6) + padded(quantity.words, 16) + padded(found, 18) + limit
    return String(row.reversed().drop { $0 == " " }.reversed())
  }

  private var found: String {
    if let text { return text }
    guard let value else { return "not measurable" }
    guard value.isFinite else { return "silence" }
    switch quantity {
    case .channels: return Wording.count(Int(min(value, 1e6)), "channel")
    case .sampleRate, .bitRate: return String(format: "%.0f ", value) + unit
    case .duration: return Wording.time(value)
    default: return Wording.level(value, unit).withMinus
    }
  }

  private var limit: String {
    if let wanted { return "(\(wanted))" }
    let digits = [.sampleRate, .channels, .bitRate, .duration].contains(quantity) ? "%.0f" : "%.1f"
    func number(_ value: Double) -> String {
      quantity == .duration ? Wording.time(value) : String(format: digits, value).withMinus
    }
    switch (lowest, highest) {
    case (let low?, let high?) where low == high: return "(\(number(low)))"
    case (let low?, let high?): return "(\(number(low)) to \(number(high)))"
    case (let low?, nil): return "(at least \(number(low)))"
    case (nil, let high?): return "(at most \(number(high)))"
    case (nil, nil): return ""
    }
  }
}

extension DeliveryFinding.Quantity {
  /// The name of the quantity in a table.
  fileprivate var words: String {
    switch self {
    case .loudness: "loudness"
    case .range: "loudness range"
    case .shortTerm: "short-term max"
    case .truePeak: "true peak"
    case .samplePeak: "sample peak"
    case .level: "level"
    case .noiseFloor: "noise floor"
    case .format: "format"
    case .sampleRate: "sample rate"
    case .channels: "channels"
    case .bitRate: "bit rate"
    case .duration: "duration"
    }
  }
}

/// A target with its source.
struct TargetReport: Encodable, Sendable {
  var name: String
  var title: String
  /// The loudness in LUFS, as meters read it; `monoLoudness` is for files of one channel.
  var loudness: Double?
  var monoLoudness: Double?
  /// The tolerance below and above the loudness in LU.
  var below: Double?
  var above: Double?
  var toleranceIsStated: Bool?
  /// The highest true peak in dBTP.
  var truePeak: Double?
  /// The highest sample peak in dBFS.
  var samplePeak: Double?
  /// The highest short-term loudness in LUFS.
  var shortTerm: Double?
  /// The lowest and the highest level in dB RMS; `noiseFloor` is the highest noise floor in dB RMS.
  var level: [Double]?
  var noiseFloor: Double?
  var source: DeliveryTarget.Source
  var note: String?

  init(_ target: DeliveryTarget) {
    (name, title, source, note) = (target.name, target.title, target.source, target.note)
    (loudness, monoLoudness) = (target.loudness, target.monoLoudness)
    if loudness != nil {
      (below, above) = (target.tolerance.below, target.tolerance.above)
      toleranceIsStated = target.toleranceIsStated
    }
    (truePeak, samplePeak, shortTerm) = (target.truePeak, target.samplePeak, target.shortTerm)
    level = target.level.map { [$0.lowerBound, $0.upperBound] }
    noiseFloor = target.noiseFloor
  }

  /// The numbers in one line, and their source.
  var text: String {
    func number(_ value: Double) -> String { String(format: "%g", value).withMinus }
    var parts: [String] = []
    if let loudness {
      let mono = monoLoudness.map { " (\(number($0)) of one channel)" } ?? ""
      let tolerance = below == above ? below.map { " ±\(number($0))" } ?? "" : ""
      parts.append("\(number(loudness))\(mono)\(tolerance) LUFS")
    }
    if let truePeak { parts.append("\(number(truePeak)) dBTP") }
    if let samplePeak { parts.append("samples to \(number(samplePeak)) dBFS") }
    if let shortTerm { parts.append("short-term to \(number(shortTerm)) LUFS") }
    if let level, level.count == 2 { parts.append("\(number(level[0])) to \(number(level[1])) dB RMS") }
    if let noiseFloor { parts.append("noise floor to \(number(noiseFloor)) dB RMS") }
    var lines = ["\(name): \(title)", "  " + parts.joined(separator: ", ")]
    lines.append("  source: \(source.text), \(source.date)")
    lines.append("          \(source.address)")
    if toleranceIsStated == false { lines.append("  the tolerance is this program's") }
    if let note { lines.append("  " + note.withMinus) }
    return lines.joined(separator: "\n")
  }
}
