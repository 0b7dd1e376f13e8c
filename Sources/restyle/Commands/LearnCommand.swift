import ArgumentParser
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle learn`: makes a style profile of clips.
struct LearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Learn a style profile from clips.",
    discussion: """
      Every clip is brought to the same loudness first, so that a profile describes tone and dynamics, not \
      mastering levels. Profiles among the clips are merged. A profile is a safetensors file.

      EXAMPLES:
        restyle learn album/*.flac -o album.safetensors
        restyle learn album.safetensors single.wav -o both.safetensors
      """)

  @Argument(help: ArgumentHelp("Sound files, folders of them, or profiles.", valueName: "clip"))
  var clips: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("The profile to write.", valueName: "profile"))
  var output: String

  @Option(help: "What is measured: levels of bands, of all bins of the spectrum, or the samples themselves.")
  var features = FeatureKind.bands

  @Flag(help: "Measure every channel as well, for --stereo independent.")
  var channels = false

  @Flag(help: "Replace an existing profile.")
  var force = false

  @Flag(help: "Take a truncated file for an error (65) instead of using what is there.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    let paths = try soundPaths()
    if output == Paths.standardStream { throw UsageError("a profile needs the name of a file, found -") }
    let target = Paths.identity(output)
    if let clip = paths.first(where: { Paths.identity($0) == target && Paths.suffix($0) != "safetensors" }) {
      throw UsageError("the profile would replace the clip \(clip)")
    }
    try OutputFile.check(path: output, overwrites: force)
    var learner = ProfileLearner(features: features, measuresChannels: channels)
    learner.threads = speed.threads
    let input = SoundInput(isStrict: strict, isQuiet: report.quiet)
    var profile: StyleProfile?
    for (index, path) in paths.enumerated() {
      let next = try input.profile(path, learner, label: "\(index + 1)/\(paths.count) \(path)").profile
      if profile == nil { profile = next } else { try profile?.merge(next) }
    }
    guard let profile else { return }
    guard profile.hasActiveSound else {
      throw RestyleError.silentStyle(profile.sources.map(\.name).joined(separator: ", "))
    }
    try OutputFile.write(profile.encoded(), to: output, overwrites: force)
    if report.json {
      try Console.result(json: ProfileReport(path: output, profile))
    } else if !report.quiet {
      Console.note(
        "\(output): \(Wording.count(profile.sources.count, "clip")), \(Wording.duration(profile.duration)), "
          + "\(Wording.level(profile.loudness, "LUFS"))")
    }
  }

  private func soundPaths() throws -> [String] {
    try clips.flatMap { clip -> [String] in
      guard Paths.isFolder(clip) else { return [clip] }
      let inside = FileSystemView.disk.soundFiles(clip).map { Paths.join(clip, $0) }
      guard !inside.isEmpty else {
        throw UsageError("\(clip): expected sound files in this folder, found none")
      }
      return inside
    }
  }
}
