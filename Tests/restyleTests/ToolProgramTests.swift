import Foundation
import SoundFiles
import Testing

/// The commands that measure and take along: export, check and compare.
@Suite struct ToolProgramTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav", seconds: 2, sampleRate: 16_000)
    try space.makeClip("style.wav", seconds: 2, sampleRate: 16_000, gain: 0.1, brightness: 0.1, seed: 2)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: space.url(name), encoding: .utf8)
  }

  @Test func exportWritesEachFormat() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "--save-change", "c.json", "-q").status == 0)
    let run = try space.run("export", "c.json", "-o", "out/", "--filters", "4", "--rate", "16000")
    #expect(run.status == 0 && run.text.isEmpty, "\(run.errors)")
    #expect(
      run.errors.contains("tone: 4 filters, within ")
        && run.errors.contains("out/tone.wav: the tone as an impulse"))
    let names = try FileManager.default.contentsOfDirectory(atPath: space.url("out").path).sorted()
    #expect(
      names == [
        "levels.csv", "tone.csv", "tone.graphic.txt", "tone.json", "tone.parametric.txt", "tone.rew.txt",
        "tone.wav",
      ])
    let lines = try text("out/tone.parametric.txt").split(separator: "\n")
    #expect(
      lines.filter {
        $0.wholeMatch(of: /Filter \d: ON (PK|LSC|HSC) Fc [\d.]+ Hz Gain -?[\d.]+ dB Q [\d.]+/) != nil
      }.count == 4)
    #expect(lines.contains { $0.wholeMatch(of: /Preamp: -?[\d.]+ dB/) != nil })
    #expect(try text("out/tone.graphic.txt").contains("\nGraphicEQ: 20.0 "))
    let reader = try SoundFileReader(path: space.url("out/tone.wav").path)
    #expect(reader.info.sampleRate == 16_000 && reader.info.format == SoundFileFormat(.wav, .float32))
    // Nothing is replaced, unless it is asked for.
    #expect(try space.run("export", "c.json", "-o", "out/").status == 73)
    #expect(try space.run("export", "c.json", "-o", "out/", "--force", "-q").errors.isEmpty)
  }

  /// A change that is made on the way is the one that is saved.
  @Test func exportMakesTheChangeThatIsSaved() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "--save-change", "c.json", "-q").status == 0)
    let saved = try space.run("export", "c.json", "--format", "csv", "-o", "-", "-q")
    let made = try space.run(
      "export", "--from", "talk.wav", "--to", "style.wav", "--format", "csv", "-o", "-", "-q")
    #expect(saved.status == 0 && saved.text.hasPrefix("frequency_hz,gain_db,filters_db\n20.00,"))
    #expect(saved.output == made.output, "\(made.errors)")
    let json = try space.run("export", "c.json", "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: json.output) as? [String: Any])
    #expect(object["format"] as? String == "adain-audio tone")
  }

  /// Every command that reads sound says what is missing of it.
  @Test(arguments: [
    ("compare cut.wav style.wav", 1), ("compare talk.wav cut.wav --json", 1),
    ("learn cut.wav -o p.safetensors", 1),
    ("plot spectra cut.wav style.wav -o a.svg", 1), ("plot spectrogram cut.wav -o b.svg", 1),
    ("export --from cut.wav --to style.wav", 1), ("export --from talk.wav --to cut.wav", 1),
    ("cut.wav --style style.wav --dry-run", 1), ("talk.wav --style cut.wav --dry-run", 1),
    ("cut.wav --style cut.wav -o r.wav --dry-run --json", 1), ("extract cut.wav -o c.npz", 1),
    ("cut.wav --style style.wav -o c.wav", 1), ("inspect cut.wav", 0), ("check cut.wav --for acx", 0),
  ])
  func truncatedInputsAreNamed(command: String, errors: Int) throws {
    try space.bytes("talk.wav").dropLast(20_000).write(to: space.url("cut.wav"))
    let run = try space.run(command.split(separator: " ").map(String.init))
    let named = run.errors.components(separatedBy: "Warning: cut.wav: the file breaks off").count - 1
    #expect(named == errors, "\(command): \(run.errors)")
    // The reports of `inspect` and `check` have the warning themselves, as JSON has.
    #expect(
      (errors == 0 || command.contains("--json")) == run.text.contains("the file breaks off"), "\(run.text)")
    guard !command.contains("plot"), !command.contains("inspect") else { return }
    let force = command.contains(" -o ") ? " --force" : ""
    let quiet = try space.run((command + " -q" + force).split(separator: " ").map(String.init))
    #expect(!quiet.errors.contains("breaks off"), "\(quiet.errors)")
  }

  @Test func exportReplacesNoInput() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "--save-change", "c.json", "-q").status == 0)
    let folder = space.url("looks")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try space.bytes("style.wav").write(to: space.url("looks/tone.wav"))
    let before = try ["talk.wav", "style.wav", "looks/tone.wav", "c.json"].map { ($0, try space.bytes($0)) }
    for arguments in [
      ["c.json", "-o", "c.json"], ["--from", "talk.wav", "--to", "style.wav", "-o", "talk.wav"],
      ["--from", "talk.wav", "--to", "looks/tone.wav", "--to", "style.wav=2", "-o", "style.wav"],
      ["--from", "talk.wav", "--to", "looks", "-o", "looks/"],
      ["--from", "talk.wav", "--to", "./looks=2", "-o", "looks/tone.wav"],
    ] {
      let run = try space.run(["export", "--force"] + arguments)
      #expect(run.status == 64 && run.errors.contains("would replace"), "\(arguments): \(run.errors)")
    }
    for (name, bytes) in before { #expect(try space.bytes(name) == bytes, "\(name)") }
    #expect(space.names(in: "looks") == ["tone.wav"])
  }

  @Test(arguments: [
    ["export"], ["export", "c.json", "--from", "talk.wav", "--to", "style.wav"],
    ["export", "--from", "talk.wav"],
    ["export", "c.json", "-o", "x.bin"], ["export", "c.json", "--filters", "0"],
    ["export", "c.json", "--rate", "10"],
    ["export", "c.json", "--view", "left"], ["export", "talk.wav", "--strength", "0.5"], ["check"],
    ["check", "talk.wav"],
    ["check", "talk.wav", "--for", "radio"],
    ["talk.wav", "--style", "style.wav", "--for", "podcast", "--loudness", "-20"],
  ])
  func wrongUsageIsSaid(arguments: [String]) throws {
    let run = try space.run(arguments)
    #expect(run.status == 64 && run.text.isEmpty && !run.errors.isEmpty)
  }

  @Test func exportRefusesWhatIsNoChange() throws {
    #expect(try space.run("export", "talk.wav").status == 65)
    let run = try space.run("export", "talk.wav", "-o", "x.wav")
    #expect(run.status == 65 && run.errors.contains("expected a saved restyling") && !space.exists("x.wav"))
  }

  @Test func checkSaysPassOrFailAndEndsWithIt() throws {
    #expect(
      try space.run("talk.wav", "--style", "style.wav", "--for", "ebu-r128", "-o", "good.wav", "-q").status
        == 0)
    let good = try space.run("check", "good.wav", "--for", "ebu-r128")
    #expect(
      good.status == 0 && good.errors.isEmpty && good.text.hasPrefix("good.wav: pass for ebu-r128\n"),
      "\(good.text)")
    #expect(
      good.text.contains(/pass +loudness +−23\.\d LUFS +\(−23\.5 to −22\.5\)|pass +loudness +−22\.\d LUFS/))
    let bad = try space.run("check", "good.wav", "talk.wav", "--for", "ebu-r128", "--for", "acx")
    #expect(bad.status == 1 && bad.text.contains("good.wav: pass for ebu-r128\n"))
    #expect(
      bad.text.contains("talk.wav: FAIL for acx\n") && bad.text.contains(/FAIL +format +WAV, 16-bit +\(MP3\)/)
    )
    let json = try space.run("check", "good.wav", "--for", "acx", "--json")
    #expect(json.status == 1)
    let list = try #require(try JSONSerialization.jsonObject(with: json.output) as? [[String: Any]])
    #expect(list.count == 1 && list[0]["passes"] as? Bool == false && list[0]["measured"] is [String: Any])
    #expect(try space.run("check", "good.wav", "--for", "acx", "-q").text.isEmpty)
  }

  @Test func checkCarriesOnAfterFilesThatCannotBeRead() throws {
    let run = try space.run("check", "missing.wav", "talk.wav", "--for", "podcast")
    #expect(run.status == 66 && run.text.contains("talk.wav: ") && run.errors.contains("1 file of 2"))
  }

  @Test func targetsAreListedWithTheirSources() throws {
    let run = try space.run("check", "--list")
    #expect(
      run.status == 0
        && run.text.contains("podcast: Apple Podcasts\n  −16 (−19 of one channel) ±1 LUFS, −1 dBTP\n"))
    #expect(run.text.contains("source: ACX Audio Submission Requirements"))
  }

  @Test func compareSaysHowFarTwoClipsAreApart() throws {
    let run = try space.run("compare", "talk.wav", "style.wav")
    #expect(run.status == 0 && run.errors.isEmpty && run.text.contains("  second: style.wav\n"))
    #expect(run.text.contains(/spectrum: \d+\.\d dB apart in third octaves/))
    let json = try space.run("compare", "talk.wav", "talk.wav", "--json")
    let report = try #require(try JSONSerialization.jsonObject(with: json.output) as? [String: Any])
    let difference = try #require(report["difference"] as? [String: Any])
    #expect(difference["spectralDistance"] as? Double == 0 && difference["loudness"] as? Double == 0)
    #expect(try space.run("compare", "talk.wav", "missing.wav").status == 66)
    #expect(try space.run("compare", "talk.wav").status == 64)
  }

  /// A clip, a profile and a saved change.
  @Test func inspectTellsWhatAMusicianReads() throws {
    #expect(try space.run("talk.wav", "--style", "style.wav", "--save-change", "c.json", "-q").status == 0)
    #expect(try space.run("learn", "talk.wav", "-o", "p.safetensors", "-q").status == 0)
    let run = try space.run("inspect", "talk.wav", "p.safetensors", "c.json")
    #expect(run.status == 0, "\(run.errors)")
    let parts = run.text.components(separatedBy: "p.safetensors\n")
    #expect(parts.count == 2 && parts[0].contains("  tone       31 Hz ") && parts[0].contains("  quietest "))
    #expect(parts[1].contains("  format     saved change\n") && parts[1].contains("  made for   talk.wav\n"))
    let json = try space.run("inspect", "talk.wav", "c.json", "--json")
    let reports = try #require(try JSONSerialization.jsonObject(with: json.output) as? [[String: Any]])
    #expect(reports.map { $0["kind"] as? String } == ["sound", "change"])
    for key in ["path", "file", "duration", "loudness", "truePeak", "views", "summary", "noiseFloor"] {
      #expect(reports[0][key] != nil, "\(key)")
    }
    #expect((reports[1]["octaves"] as? [Any])?.count == 10)
  }

  /// The ten options that are asked for most stand first.
  @Test func helpBeginsWithTheCommonOptions() throws {
    let help = try space.run("help", "apply").text
    let names = [
      "--style", "--strength", "--tone", "--dynamics", "--aim", "--loudness", "--for", "--output", "--force",
      "--dry-run", "--list", "--method", "--save-change", "--grid", "--format", "--threads", "--json",
    ]
    let places = try names.map { name in
      try #require(help.firstMatch(of: try Regex("\\n  (-[a-z], )?\(name)[ \n]")), "\(name)").range.lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test func theManualPageHasEveryCommand() throws {
    let run = try space.run("manual")
    #expect(run.status == 0 && run.text.hasPrefix(".TH RESTYLE 1 ") && !run.text.contains("\n'"))
    for name in ["APPLY", "LEARN", "INSPECT", "COMPARE", "CHECK", "EXPORT", "EXTRACT", "DEMO"] {
      #expect(run.text.contains("\n.SH \(name)\n"))
    }
    #expect(run.text.contains("\\-\\-strength <number>"))
    #expect(try !space.run("--help").text.contains("manual"))
  }
}
