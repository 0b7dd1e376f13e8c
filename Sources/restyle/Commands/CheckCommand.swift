import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle check`: says whether files are as a place that publishes them asks.
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check files against what a platform or a broadcaster asks for.",
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

  @Flag(help: "Take a truncated file for an error (65) instead of using what is there.")
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
    var reports: [CheckReport] = []
    var failures: [Failure] = []
    let paths = try files.flatMap { try expanded($0) }
    for path in paths {
      do {
        let report = try check(path)
        reports.append(report)
        if !self.report.json, !self.report.quiet { try Console.result(report.text) }
      } catch {
        // A file that cannot be read does not keep the others from being checked.
        guard let failure = Failure(error), failure.concernsOneClip else { throw error }
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
    // Status 1 says all there is to say.
    if !reports.allSatisfy(\.passes) { throw ExitCode(ProgramStatus.checkFailed.rawValue) }
  }

  private func expanded(_ path: String) throws -> [String] {
    guard Paths.isFolder(path) else { return [path] }
    let inside = FileSystemView.disk.soundFiles(path).map { Paths.join(path, $0) }
    guard !inside.isEmpty else {
      throw UsageError("\(path): expected sound files in this folder, found none")
    }
    return inside
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
