import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle learn`: learns a style profile from clips.
struct LearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Learn a style profile from clips.",
    discussion: """
      Every clip is brought to the same loudness first, so that a profile describes tone and dynamics, not \
      mastering levels. Profiles among the clips and in folders are merged. A profile is a safetensors file.

      With --shard K/N the K-th of N parts of the clips is learned. Profiles of all parts, merged in their order, are \
      the profile of all clips, to the bit.

      EXAMPLES:
        restyle learn album/*.flac -o album.safetensors
        restyle learn corpus/ --shard 3/20 -o part-03.safetensors
        restyle learn part-*.safetensors -o corpus.safetensors
        restyle learn album.safetensors single.wav -o both.safetensors
      """)

  @Argument(help: ArgumentHelp("Sound files, profiles, or folders of them.", valueName: "clip"))
  var clips: [String] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A text file with one more clip a line (or each ended by NUL); - for standard input.", valueName: "file"
    ))
  var list: [String] = []

  @Option(
    help: ArgumentHelp(
      "Learn the K-th of N parts of the clips only; auto and auto/N as in 'apply'.", valueName: "K/N"))
  var shard: String?

  @Option(name: .shortAndLong, help: ArgumentHelp("The profile to write.", valueName: "profile"))
  var output: String

  @Option(help: "What is measured: levels of bands, of all bins of the spectrum, or the samples themselves.")
  var features = FeatureKind.bands

  @Flag(help: "Measure every channel as well, for --stereo independent.")
  var channels = false

  @Flag(help: "Replace an existing profile.")
  var force = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    try StandardStreams.checkInput(clips + list)
    if output == Paths.standardStream { throw UsageError("a profile needs the name of a file, found -") }
    let target = Paths.identity(output)
    let listed = try list.flatMap { try PathList.read($0, option: "--list") }
    let leftOut = LeftOutFiles(
      folders: (clips + listed).filter(Paths.isFolder), except: FileSystemView.styleSuffixes)
    if !report.quiet, let text = leftOut.text { Console.note(text) }
    let all = try (clips + listed).flatMap { try expanded($0, target) }
    guard !all.isEmpty else { throw UsageError("expected at least one clip") }
    var paths = all
    if let shard = try shard.map({ try Shard($0, environment: ProcessInfo.processInfo.environment) }) {
      paths = Array(all[shard.range(of: all.count)])
      guard !paths.isEmpty else {
        if !report.quiet {
          Console.note(
            "shard \(shard.number)/\(shard.count) of \(Wording.count(all.count, "clip")) has none; no profile is written"
          )
        }
        return
      }
    }
    if let clip = paths.first(where: { Paths.identity($0) == target && Paths.suffix($0) != "safetensors" }) {
      throw UsageError("the profile would replace the clip \(clip)")
    }
    if let list = list.first(where: { $0 != Paths.standardStream && Paths.identity($0) == target }) {
      throw UsageError("the profile would replace the list \(list)")
    }
    try checkMeasuring(paths)
    try OutputFile.check(path: output, overwrites: force)
    TemporaryFiles.removeLeftovers(besides: [output])
    var learner = ProfileLearner(features: features, measuresChannels: channels)
    learner.threads = speed.threads
    let input = SoundInput(isStrict: strict, isQuiet: report.quiet)
    var profile: StyleProfile?
    var hadChannels = false
    for (index, path) in paths.enumerated() {
      let next = try input.profile(path, learner, label: "\(index + 1)/\(paths.count) \(path)").profile
      hadChannels = hadChannels || next.hasChannels
      if profile == nil { profile = next } else { try profile?.merge(next) }
    }
    guard let profile else { return }
    guard profile.hasActiveSound else {
      throw RestyleError.silentStyle(profile.sources.map(\.name).joined(separator: ", "))
    }
    try OutputFile.write(profile.encoded(), to: output, overwrites: force)
    tellOfLostChannels(profile, wereThere: hadChannels)
    if report.json {
      try Console.result(json: ProfileReport(path: output, profile))
    } else if !report.quiet {
      Console.note(
        "\(output): \(Wording.count(profile.sources.count, "clip")), \(Wording.duration(profile.duration)), "
          + "\(Wording.level(profile.loudness, "LUFS"))")
    }
  }

  /// The files that a clip stands for: itself, or the sound files and profiles in a folder.
  ///
  /// A profile in a folder that is to be replaced is the result of an earlier run, and left out.
  private func expanded(_ clip: String, _ target: String) throws -> [String] {
    guard Paths.isFolder(clip) else { return [clip] }
    var inside = FileSystemView.styleFiles(clip).map { Paths.join(clip, $0) }
    let earlier = inside.firstIndex { Paths.suffix($0) == "safetensors" && Paths.identity($0) == target }
    if let place = earlier {
      if !report.quiet { Console.note("left out: \(inside[place]), which is to be replaced") }
      inside.remove(at: place)
    }
    guard !inside.isEmpty else {
      throw UsageError("\(clip): expected sound files or profiles in this folder, found none")
    }
    return inside
  }
}
