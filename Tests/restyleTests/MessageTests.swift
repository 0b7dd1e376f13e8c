import Foundation
import Testing

/// What the program says is true of what it did.
@Suite struct MessageTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav", seconds: 1.5)
    try space.makeClip("style.wav", seconds: 3, gain: 0.1, brightness: 0.1, seed: 2)
  }

  private func noise(_ seconds: Double, _ gain: (Double) -> Float) -> [Float] {
    var state: UInt64 = 7
    return (0..<Int(seconds * 8000)).map { index in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return gain(Double(index) / 8000) * Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
    }
  }

  private func json(_ run: Workspace.Run) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any], "\(run.errors)")
  }

  @Test(arguments: [
    ["--tone", "0"], ["--tone", "0", "--dynamics", "0"], ["--strength", "0", "--loudness", "-20"],
  ])
  func aSoundByItselfTellsOfAToneItGot(options: [String]) throws {
    let apply = ["talk.wav", "--style", "style.wav", "-o", "o.wav", "--force"]
    #expect(try space.run(apply).errors.contains("its spectrum went to the style's"))
    let run = try space.run(apply + options)
    #expect(run.status == 0 && !run.errors.contains("its spectrum"), "\(run.errors)")
  }

  @Test func dynamicsThatAreNotTakenAreNotTooFarApart() throws {
    try space.write([noise(4) { $0.truncatingRemainder(dividingBy: 1) < 0.5 ? 0.5 : 0.01 }], "steps.wav")
    try space.write([noise(4) { _ in 0.1 }], "even.wav")
    for method in ["match", "adain"] {
      let apply = ["steps.wav", "--style", "even.wav", "--method", method, "-o", "o.wav", "--force"]
      #expect(try space.run(apply).errors.contains("are too far apart"), "\(method)")
      let run = try space.run(apply + ["--tone", "0", "--dynamics", "0"])
      #expect(run.status == 0 && !run.errors.contains("too far apart"), "\(run.errors)")
    }
  }

  /// The first bracket is the clip, the second that of the features.
  @Test func featuresOfAnotherClipNameBothLengths() throws {
    try space.makeClip("other.wav", seconds: 1, sampleRate: 16_000)
    #expect(try space.run("extract", "other.wav", "-o", "other.npz").status == 0)
    let run = try space.run("talk.wav", "--features-in", "other.npz", "-o", "o.wav")
    #expect(run.status == 65)
    #expect(run.errors.contains("expected features of talk.wav (bands, linked, 8000 Hz, mono, 12000 frames)"))
    #expect(run.errors.contains("found those of a clip with bands, linked, 16000 Hz, mono, 16000 frames"))
  }

  @Test func aChangeOfMiddleAndSideNeedsTwoChannels() throws {
    try space.makeClip("wide.wav", seconds: 2, channelCount: 2)
    try space.makeClip("wide-style.wav", seconds: 2, channelCount: 2, brightness: 0.1, seed: 3)
    let made = try space.run(
      "wide.wav", "--style", "wide-style.wav", "--stereo", "mid-side", "--save-change", "ms.json", "-o",
      "o.wav")
    #expect(made.status == 0, "\(made.errors)")
    let run = try space.run("talk.wav", "--apply-change", "ms.json", "-o", "p.wav")
    #expect(run.status == 65 && run.errors.contains("expected a clip of 2 channels"))
    #expect(run.errors.contains("found 1 channel\n"), "\(run.errors)")
  }

  @Test func misspelledCommandsAreSuggested() throws {
    for (word, command) in [("lern", "learn"), ("applly", "apply"), ("comparre", "compare")] {
      let run = try space.run(word, "talk.wav", "-o", "o.wav")
      #expect(run.status == 64 && run.errors.contains("did you mean '\(command)'?"), "\(run.errors)")
    }
    // A content of such a name is a content.
    try space.makeClip("lern.wav", seconds: 1, seed: 3)
    try FileManager.default.moveItem(at: space.url("lern.wav"), to: space.url("lern"))
    let run = try space.run("lern", "--style", "talk.wav", "-o", "o.wav")
    #expect(run.status == 0, "\(run.errors)")
  }

  /// The warnings of the first clip and its style are not those of other clips.
  @Test func warningsOfASavedChangeAreToldOnce() throws {
    try space.makeClip("short-style.wav", seconds: 0.4, brightness: 0.1, seed: 3)
    let made = try space.run(
      "talk.wav", "--style", "short-style.wav", "--save-change", "change.json", "-o", "o.wav")
    #expect(made.errors.contains("Warning: short-style.wav has "), "\(made.errors)")
    let one = try space.run("style.wav", "--apply-change", "change.json", "-o", "p.wav", "--json")
    #expect(one.errors.matches(of: /short-style.wav has/).count == 1)
    #expect(one.errors.contains("Warning: change.json, when it was made: short-style.wav has "))
    let report = try json(one)
    #expect(
      (report["changeWarnings"] as? [String])?.contains { $0.hasPrefix("short-style.wav has ") } == true)
    let clips = try #require(report["clips"] as? [[String: Any]])
    let own = try #require((clips.first?["result"] as? [String: Any])?["warnings"] as? [String])
    #expect(!own.contains { $0.contains("short-style.wav") })
    let several = try space.run("talk.wav", "style.wav", "--apply-change", "change.json", "-o", "out/")
    #expect(several.errors.matches(of: /short-style.wav has/).count == 1, "\(several.errors)")
  }

  @Test(arguments: [[], ["--together"]])
  func aSilentFileIsNoSoundOfAPack(options: [String]) throws {
    try space.write([[Float](repeating: 0, count: 8000)], "silence.wav")
    try space.makeClip("hit.wav", seconds: 0.6, gain: 0.1, seed: 5)
    let apply = ["--style", "style.wav", "--force"]
    let pair = try space.run(["talk.wav", "silence.wav", "-o", "two/"] + apply + options)
    #expect(pair.status == 0 && !pair.errors.contains("of a pack"), "\(pair.errors)")
    if options.isEmpty {
      try space.run(["talk.wav", "-o", "one.wav"] + apply)
      #expect(try space.bytes("one.wav") == space.bytes("two/talk.wav"))
    }
    let pack = try space.run(["talk.wav", "hit.wav", "silence.wav", "-o", "three/"] + apply + options)
    #expect(pack.errors.contains("sounds of a pack: one tone and one gain for all"), "\(pack.errors)")
    guard options.isEmpty else { return }
    #expect(pack.errors.contains("2 sounds of a pack"))
    try space.run(["talk.wav", "hit.wav", "-o", "pack/"] + apply)
    #expect(try space.bytes("pack/hit.wav") == space.bytes("three/hit.wav"))
  }

  @Test func exportsStateTheErrorAsFarAsTheRateReaches() throws {
    let run = try space.run(
      "export", "--from", "talk.wav", "--to", "style.wav", "--rate", "8000", "-o", "t.txt")
    #expect(run.status == 0 && run.errors.contains("of the tone from 50 Hz to 3.6 kHz"), "\(run.errors)")
    let text = String(decoding: try space.bytes("t.txt"), as: UTF8.self)
    #expect(text.contains("from 50 Hz to 3.6 kHz") && !text.contains("16 kHz"))
    let full = try space.run("export", "--from", "talk.wav", "--to", "style.wav")
    #expect(full.errors.contains("of the tone from 50 Hz to 16 kHz"))
    let none = try space.run("export", "--from", "talk.wav", "--to", "style.wav=0")
    #expect(none.status == 64 && none.errors.contains("--to: expected at least one weight above 0"))
  }

  @Test(arguments: [
    "check - - --for podcast", "learn - - -o p.safetensors", "learn - --list - -o p.safetensors",
    "inspect - -",
    "plot spectra - - -o p.svg", "export --from - --to -", "compare - -",
  ])
  func standardInputIsReadOnce(arguments: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let run = try space.run(words, input: try space.bytes("talk.wav"))
    #expect(
      run.status == 64 && run.errors.contains("standard input (-) can be read once only"), "\(run.errors)")
  }

  /// A style that cannot be used, and an output that exists.
  @Test(arguments: [[], ["-q"]])
  func aStopBeforeTheWorkIsReportedInJSON(options: [String]) throws {
    try Data("no sound".utf8).write(to: space.url("bad.wav"))
    for (arguments, status, message) in [
      (["talk.wav", "--style", "bad.wav", "-o", "o.wav"], 65, "bad.wav"),
      (["talk.wav", "--style", "missing.wav", "-o", "o.wav"], 66, "missing.wav"),
      (["talk.wav", "--style", "style.wav", "-o", "style2.wav"], 73, "style2.wav"),
    ] {
      try space.bytes("style.wav").write(to: space.url("style2.wav"))
      let run = try space.run(arguments + options + ["--json"])
      #expect(run.status == status, "\(run.errors)")
      let report = try json(run)
      #expect((report["stop"] as? String)?.contains(message) == true)
      let open = try #require(report["notBegun"] as? [[String: Any]])
      #expect(open.map { $0["content"] as? String } == ["talk.wav"])
      #expect((report["clips"] as? [Any])?.isEmpty == true && run.errors.contains(message))
    }
  }

  @Test func helpOnAnUnknownCommandIs64() throws {
    let run = try space.run("help", "nope")
    #expect(run.status == 64 && run.errors.contains("help: expected one of the commands apply, "))
    for arguments in [["help"], ["help", "apply"], ["help", "export"]] {
      #expect(try space.run(arguments).status == 0, "\(arguments)")
    }
  }

  /// Controls in names act on terminals that show a file.
  @Test func namesWithControlsLeaveNoneInTexts() throws {
    let name = "a\u{1B}[31m\u{9B}b\u{7F}.wav"
    try FileManager.default.copyItem(at: space.url("talk.wav"), to: space.url(name))
    let run = try space.run(
      name, "--style", "style.wav", "-o", "o.wav", "--save-change", "c.json", "--report", "page.html")
    #expect(run.status == 0, "\(run.errors)")
    for file in ["c.txt", "c.req"] { #expect(try space.run("export", "c.json", "-o", file).status == 0) }
    #expect(try space.run("export", "c.json", "-o", "g.txt", "--format", "graphic").status == 0)
    #expect(try space.run("plot", "spectra", name, "-o", "s.svg").status == 0)
    for file in ["page.html", "c.txt", "c.req", "g.txt", "s.svg"] {
      let text = String(decoding: try space.bytes(file), as: UTF8.self)
      for control: Unicode.Scalar in ["\u{1B}", "\u{7F}", "\u{9B}"] {
        #expect(!text.unicodeScalars.contains(control), "\(file)")
      }
    }
  }
}
