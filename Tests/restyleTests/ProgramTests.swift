import Foundation
import SoundFiles
import Testing

/// What the real program does with files, and prints.
@Suite struct ProgramTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav")
    try space.makeClip("style.wav", gain: 0.1, brightness: 0.1, seed: 2)
  }

  @Test func versionAndHelpGoToStandardOutput() throws {
    let version = try space.run("--version")
    #expect(version.status == 0 && version.text == "0.1.0\n")
    let help = try space.run("--help")
    #expect(help.status == 0 && help.errors.isEmpty)
    #expect(help.text.hasPrefix("OVERVIEW: Gives one recording the tone and dynamics of another.\n"))
    #expect(help.text.contains("EXIT STATUS: 0 done; 64 usage; 65 not audio"))
    for name in ["apply (default)", "learn", "inspect", "extract", "demo"] {
      #expect(help.text.contains("\n  \(name) "))
    }
  }

  /// As programs of the argument parser do that have subcommands and nothing to do by themselves.
  @Test func withoutArgumentsItPrintsItsHelp() throws {
    let run = try space.run()
    #expect(run.status == 0 && run.errors.isEmpty)
    #expect(run.text.contains("USAGE: restyle <content> ... --style <style>[=<weight>] ... [-o <output>]"))
    #expect(try run.text == space.run("--help").text)
    #expect(try space.names == ["style.wav", "talk.wav"])
  }

  /// Every option with its range and default.
  @Test(arguments: [
    ("--strength <number>", "-10 to 10", "default: 1.0"), ("--tone <number>", "0 to 4", "default: 1.0"),
    ("--dynamics <number>", "0 to 4", "default: 1.0"),
    ("--aim <aim>", "values: style, equipment", "default: style"),
    ("--range <Hz-Hz>", "80-12000", "default: everywhere"),
    ("--smoothing <octaves>", "0 to 2", "default: 0.15"),
    ("--save-change <file>", "--apply-change", ""), ("--apply-change <file>", "instead of", ""),
    ("--change-levels <change-levels>", "values: own, absolute", "default: own"),
    ("--change-loudness <change-loudness>", "values: target, gain", "default: target"),
    ("--gains", "frame by frame", ""), ("--like <mix>", "sum to the restyled mix", ""),
    ("--method <method>", "mean, adain, efdm, transport", "default: match for bands"),
    ("--features-in <features>", "restyle extract", ""),
    ("--features <features>", "bands, spectrum, waveform", "default: bands"),
    ("--stereo <stereo>", "linked, independent, mid-side", "default: linked"),
    ("--phase <phase>", "minimum, linear", "default: minimum"),
    ("--loudness <style|keep|off|LUFS>", "-70 to 0", "default: style"),
    ("--ceiling <auto|off|dBTP>", "-60 to 0", "default: auto"),
    ("--peaks <peaks>", "limit, gain", "default: limit"),
    ("--dither <dither>", "none, tpdf", "default: tpdf"),
    ("--max-gain-up <dB>", "0 to 60", "default: 36"),
    ("--max-gain-down <dB>", "0 to 120", "default: 48"), ("--refine <count>", "0 to 3", "default:"),
    ("-o, --output <path>", "FOLDER/", "default: NAME.restyled.EXT"),
    ("--format <format>", "wav, rf64, w64, aiff, caf, au, flac, ogg, opus, mp3", "default:"),
    ("--encoding <encoding>", "pcm8, pcm16, pcm24, pcm32, float32, float64", "default:"),
    ("--quality <number>", "0 (small) to 1 (best)", "default:"), ("-s, --style <style[=weight]>", "", ""),
    ("--dynamics-style <style>", "loudness range, peaks", ""),
    ("--force", "Replace", ""), ("--strict", "65", ""), ("--json", "standard output", ""),
    ("-q, --quiet", "", ""), ("--verbose", "summary", ""), ("--dry-run", "write nothing", ""),
  ])
  func helpListsEveryOption(name: String, range: String, initial: String) throws {
    let run = try space.run("help", "apply")
    #expect(run.status == 0)
    #expect(run.text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    // Lines are wrapped; an option's text ends where the next option starts.
    let start = try #require(run.text.range(of: "\n  \(name)"))
    let rest = run.text[start.upperBound...]
    let end = rest.range(of: "\n  -")?.lowerBound ?? rest.endIndex
    let entry = rest[..<end].split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(entry.contains(range) || range.isEmpty)
    #expect(entry.contains(initial) || initial.isEmpty)
  }

  @Test func jsonIsAllThereIsOnStandardOutput() throws {
    let run = try space.run("talk.wav", "--style", "style.wav=3", "--strength", "0.5", "--json", "--quiet")
    #expect(run.status == 0 && run.errors.isEmpty)
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    #expect(report["program"] as? String == "restyle 0.1.0")
    let options = try #require(report["options"] as? [String: Any])
    #expect(options["strength"] as? Double == 0.5)
    #expect(options["loudness"] as? String == "style")
    let style = try #require((report["styles"] as? [[String: Any]])?.first)
    #expect(style["path"] as? String == "style.wav" && style["weight"] as? Double == 3)
    let clip = try #require((report["clips"] as? [[String: Any]])?.first)
    #expect(clip["content"] as? String == "talk.wav" && clip["output"] as? String == "talk.restyled.wav")
    let result = try #require(clip["result"] as? [String: Any])
    #expect(result["contentLoudness"] is Double && result["truePeak"] is Double && result["views"] is [Any])
    #expect((report["failures"] as? [Any])?.isEmpty == true)
  }

  @Test func dynamicsComeFromAnotherStyle() throws {
    try space.makeClip("other.wav", gain: 0.3, brightness: 0.5, seed: 9)
    let both = ["talk.wav", "--style", "style.wav", "--dynamics-style", "other.wav", "--method", "adain"]
    let run = try space.run(both + ["-o", "both.wav", "--json", "--quiet"])
    #expect(run.status == 0 && run.errors.isEmpty)
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let styles = try #require(report["styles"] as? [[String: Any]])
    #expect(styles.map { $0["path"] as? String } == ["style.wav", "other.wav"])
    #expect(styles.map { $0["isDynamics"] as? Bool } == [nil, true])
    #expect(
      try space.run("talk.wav", "--style", "style.wav", "--method", "adain", "-o", "one.wav").status == 0)
    #expect(try space.bytes("one.wav") != space.bytes("both.wav"))
    let dry = try space.run(both + ["-o", "dry.wav", "--dry-run"])
    #expect(dry.text.contains("towards style.wav, with the dynamics of other.wav"))
    for (more, status, words) in [
      (["--method", "mean"], 64, "keeps all dynamics"), (["--dynamics-style", "none.wav"], 66, "none.wav"),
      (["--dynamics-style", ""], 64, "expected a file name"),
    ] as [([String], Int32, String)] {
      let refused = try space.run(both + more + ["-o", "refused.wav"])
      #expect(refused.status == status && refused.errors.contains(words), "\(refused.errors)")
      #expect(!space.exists("refused.wav"))
    }
  }

  @Test func severalContentsGoIntoAFolderAndOneFailureSparesTheOthers() throws {
    try FileManager.default.createDirectory(at: space.url("takes/deep"), withIntermediateDirectories: true)
    try space.makeClip("takes/1.wav", seed: 3)
    try space.makeClip("takes/deep/2.flac", seed: 4, format: SoundFileFormat(.flac, .pcm16))
    try Data("text".utf8).write(to: space.url("takes/bad.wav"))
    let run = try space.run("takes", "talk.wav", "--style", "style.wav", "-o", "out/", "--json")
    #expect(run.status == 65)
    #expect(run.errors.contains("takes/bad.wav") && run.errors.contains("1 clip of 4"))
    #expect(try space.info("out/1.wav").frameCount == 4000)
    #expect(try space.info("out/deep/2.flac").format.container == .flac)
    #expect(try space.info("out/talk.wav").sampleRate == 8000)
    #expect(!space.exists("out/bad.wav"))
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let failure = try #require((report["failures"] as? [[String: Any]])?.first)
    #expect(failure["content"] as? String == "takes/bad.wav" && failure["status"] as? Int == 65)
  }

  @Test func pipesWorkBothWays() throws {
    let content = try space.bytes("talk.wav")
    let piped = try space.run("-", "--style", "style.wav", "-o", "-", input: content)
    #expect(piped.status == 0)
    try piped.output.write(to: space.url("piped.wav"))
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "named.wav").status == 0)
    #expect(try space.bytes("piped.wav") == space.bytes("named.wav"))
    let style = try space.run(
      "talk.wav", "--style", "-", "-o", "other.wav", input: try space.bytes("style.wav"))
    #expect(style.status == 0)
    #expect(try space.bytes("other.wav") == space.bytes("named.wav"))
  }

  @Test func strengthZeroKeepsTheBytes() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "--strength", "0").status == 0)
    #expect(try space.bytes("talk.restyled.wav") == space.bytes("talk.wav"))
  }

  @Test func aProfileServesAsWellAsItsClip() throws {
    let learn = try space.run("learn", "style.wav", "-o", "style.safetensors")
    #expect(learn.status == 0 && learn.output.isEmpty)
    #expect(learn.errors.contains("style.safetensors: 1 clip, 0:00.500"))
    #expect(try space.run("talk.wav", "--style", "style.safetensors", "-o", "a.wav").status == 0)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "b.wav").status == 0)
    #expect(try space.bytes("a.wav") == space.bytes("b.wav"))
    let merged = try space.run("learn", "style.safetensors", "talk.wav", "-o", "both.safetensors", "--json")
    #expect(merged.status == 0)
    let report = try #require(try JSONSerialization.jsonObject(with: merged.output) as? [String: Any])
    #expect((report["sources"] as? [Any])?.count == 2 && report["kind"] as? String == "profile")
  }

  @Test(arguments: ["mean", "adain", "efdm", "transport"]) func everyMethodWorksWithFilesAndProfiles(
    method: String
  ) throws {
    try space.makeClip("long.wav", seconds: 2, seed: 5)
    try space.makeClip("other.wav", seconds: 2, gain: 0.1, brightness: 0.1, seed: 6)
    #expect(try space.run("learn", "other.wav", "-o", "other.safetensors").status == 0)
    #expect(try space.run("long.wav", "--style", "other.wav", "--method", method, "-o", "a.wav").status == 0)
    #expect(
      try space.run("long.wav", "--style", "other.safetensors", "--method", method, "-o", "b.wav").status == 0
    )
    #expect(try space.bytes("a.wav") == space.bytes("b.wav"))
    #expect(try space.bytes("a.wav") != space.bytes("long.wav"))
    #expect(try space.run("long.wav", "--style", "long.wav", "--method", method, "-o", "c.wav").status == 0)
    #expect(try space.bytes("c.wav") == space.bytes("long.wav"))
  }

  @Test func theLimiterAndWhatIsOddAreReported() throws {
    var loud = [Float](repeating: 0, count: 16_000)
    for n in loud.indices { loud[n] = 0.02 * Float((n * 7919) % 201 - 100) / 100 }
    for n in 0..<8 { loud[5000 + n] = n % 4 < 2 ? 0.25 : -0.25 }
    try space.write([loud], "peaky.wav")
    let arguments = [
      "peaky.wav", "--style", "style.wav", "--tone", "0", "--dynamics", "0", "--loudness", "-20", "--force",
    ]
    let run = try space.run(arguments + ["--json"])
    #expect(run.status == 0)
    #expect(run.errors.contains("limited for") && run.errors.contains("of active sound"))
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    #expect((report["options"] as? [String: Any])?["peaks"] as? String == "limit")
    let clip = try #require((report["clips"] as? [[String: Any]])?.first)
    let result = try #require(clip["result"] as? [String: Any])
    let level = try #require(result["level"] as? [String: Any])
    let limiting = try #require(level["limiting"] as? [String: Any])
    #expect(try #require(limiting["share"] as? Double) > 0)
    #expect(try #require(limiting["largestReduction"] as? Double) > 3)
    #expect(try #require(result["warnings"] as? [String]).contains { $0.hasPrefix("style.wav has 0.") })
    let lowered = try space.run(arguments + ["--peaks", "gain"])
    #expect(lowered.errors.contains("for the ceiling") && !lowered.errors.contains("limited for"))
  }

  @Test func aFileNamedLikeAWeightIsThatFile() throws {
    try space.bytes("style.wav").write(to: space.url("talk.wav=2"))
    let run = try space.run("talk.wav", "--style", "talk.wav=2", "--json", "-q")
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let style = try #require((report["styles"] as? [[String: Any]])?.first)
    #expect(style["path"] as? String == "talk.wav=2" && style["weight"] as? Double == 1)
  }

  @Test func inspectSaysWhatAFileIs() throws {
    let run = try space.run("inspect", "talk.wav")
    #expect(run.status == 0 && run.errors.isEmpty)
    let lines = run.text.split(separator: "\n")
    #expect(lines.first == "talk.wav")
    #expect(lines.contains("  format     WAV, 16-bit") && lines.contains("  rate       8000 Hz"))
    #expect(lines.contains("  duration   0:00.500 (4000 frames)"))
    var options = SoundFileWriter.Options()
    options.metadata = SoundMetadata(texts: [.title: "Crossing", .trackNumber: "22"])
    let writer = try SoundFileWriter(
      path: space.url("track.flac").path, format: SoundFileFormat(.flac, .pcm16), sampleRate: 8000,
      channelCount: 1, options: options)
    try writer.write(FrameBuffer(channels: [[0.5, -0.5]]))
    try writer.finish()
    let track = try space.run("inspect", "track.flac").text.split(separator: "\n")
    #expect(track.contains("  title      Crossing") && track.contains("  trackNumber 22"))
    let bands = try space.run("inspect", "talk.wav", "--bands")
    #expect(bands.text.contains("linked: ") && bands.text.contains("mean dB"))
    let json = try space.run("inspect", "--json", "talk.wav", "style.wav")
    let reports = try #require(try JSONSerialization.jsonObject(with: json.output) as? [[String: Any]])
    #expect(reports.map { $0["path"] as? String } == ["talk.wav", "style.wav"])
    #expect((reports[0]["file"] as? [String: Any])?["sampleRate"] as? Int == 8000)
  }

  @Test func inspectCarriesOnAfterFilesThatCannotBeRead() throws {
    try Data("text".utf8).write(to: space.url("bad.wav"))
    let text = try space.run("inspect", "talk.wav", "missing.wav", "bad.wav", "style.wav")
    #expect(text.status == 66)
    #expect(text.text.contains("talk.wav\n") && text.text.contains("style.wav\n"))
    #expect(text.errors.contains("missing.wav") && text.errors.contains("bad.wav"))
    #expect(text.errors.contains("2 files of 4 could not be inspected"))
    let json = try space.run("inspect", "talk.wav", "missing.wav", "style.wav", "--json")
    #expect(json.status == 66)
    let reports = try #require(try JSONSerialization.jsonObject(with: json.output) as? [[String: Any]])
    #expect(reports.map { $0["kind"] as? String } == ["sound", "failure", "sound"])
    #expect(reports[1]["path"] as? String == "missing.wav" && reports[1]["status"] as? Int == 66)
    #expect((reports[1]["message"] as? String)?.contains("no such file") == true)
  }

  @Test func aFolderThatIsNamedAsSuchIsMade() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "new/deep/").status == 0)
    #expect(try space.info("new/deep/talk.wav").frameCount == 4000)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "new/deep").status == 73)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "new/deep", "--force").status == 0)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "talk.wav/").status == 73)
  }

  @Test(arguments: [1, 30, 700])
  func clipsShorterThanAFrameWork(frameCount: Int) throws {
    try space.write([(0..<frameCount).map { 0.3 * Float(($0 % 9) - 4) / 4 }], "short.wav")
    let run = try space.run("short.wav", "--style", "style.wav")
    #expect(run.status == 0)
    #expect(try space.info("short.restyled.wav").frameCount == frameCount)
  }

  @Test func formatOptionsChooseTheOutput() throws {
    let run = try space.run("talk.wav", "--style", "style.wav", "--format", "aiff", "--encoding", "pcm24")
    #expect(run.status == 0)
    #expect(try space.info("talk.restyled.aiff").format.container == .aiff)
    #expect(try space.info("talk.restyled.aiff").format.encoding == .pcm24)
    #expect(try space.run("talk.wav", "--style", "style.wav", "-o", "o.ogg", "--quality", "0.2").status == 0)
    #expect(try space.info("o.ogg").format == SoundFileFormat(.ogg, .vorbis))
  }

  @Test func demoRestylesItsSamples() throws {
    let names = Set(DemoNames.contents + DemoNames.styles)
    try FileManager.default.createDirectory(at: space.url("clips"), withIntermediateDirectories: true)
    for (index, name) in names.sorted().enumerated() {
      try space.makeClip("clips/\(name).flac", seed: UInt64(index), format: SoundFileFormat(.flac, .pcm16))
    }
    let run = try space.run("demo", "--samples", "clips", "-o", "made")
    #expect(run.status == 0)
    #expect(run.text.contains("1. made/voice-old-radio.flac"))
    #expect(run.text.contains("Listen for: ") && run.text.contains("Measured: "))
    let made = try FileManager.default.contentsOfDirectory(atPath: space.url("made").path)
    #expect(made.count == DemoNames.count + 1 && made.contains("report.html"))
    #expect(run.text.contains("in a browser: made/report.html"))
  }
}
