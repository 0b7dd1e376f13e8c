import AudioRestyle
import Foundation
import SoundFiles
import Testing

@testable import restyle

/// What several clips end in.
@Suite struct SummaryTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("style.wav", seconds: 2, gain: 0.1, brightness: 0.1, seed: 2)
  }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(atPath: space.url(name).path, withIntermediateDirectories: true)
  }

  private func lines(_ run: Workspace.Run) -> [String] { run.errors.split(separator: "\n").map(String.init) }

  @Test func fourHundredSamplesPrintADozenLines() throws {
    try makeFolder("pack")
    for index in 0..<400 {
      let name = String(format: "pack/%03d.wav", index)
      switch index % 8 {
      case 0: try space.write([[Float](repeating: 0, count: 800)], name)
      case 1: try Data("no sound".utf8).write(to: space.url(name))
      case 2: try space.bytes("style.wav").dropLast(1001).write(to: space.url(name))
      default: try space.makeClip(name, seconds: 0.1, gain: 0.05 * Float(1 + index % 9), seed: UInt64(index))
      }
    }
    for name in ["pack/a.m4a", "pack/b.M4A", "pack/c.txt", "pack/.hidden.pdf", "pack/README"] {
      try Data("x".utf8).write(to: space.url(name))
    }
    let run = try space.run("pack", "--style", "style.wav", "-o", "out/")
    let lines = lines(run)
    #expect(run.status == 65 && lines.count <= 12, "\(run.errors)")
    #expect(
      lines.first == "350 of 400 clips restyled, 50 failed, left out: 2 .m4a, 1 without extension, 1 .txt")
    #expect(lines.count { $0.contains("LUFS") } == 2, "the pack's line, and that of all results")
    #expect(lines.contains { $0.hasPrefix("300 sounds of a pack: one tone and one gain") })
    #expect(lines.contains { $0.contains(" → ") && $0.contains("mono counted twice") })
    #expect(lines.contains { $0.hasPrefix("Warning: pack/000.wav: ") && $0.hasSuffix("(and 49 more clips)") })
    #expect(lines.contains { $0.hasPrefix("Warning: pack/002.wav: the file breaks off") })
    #expect(lines.last == "Error: 50 clips of 400 could not be restyled")
    #expect(lines.contains { $0.hasPrefix("Error: … and ") && $0.hasSuffix("more (--verbose lists all)") })

    let all = try space.run("pack", "--style", "style.wav", "-o", "all/", "--verbose")
    let details = self.lines(all)
    #expect(details.count { $0.hasPrefix("all/") && ($0.contains("LUFS") || $0.contains("silent")) } == 350)
    #expect(details.count { $0.hasPrefix("Error: pack/") } == 50)
    #expect(details.count { $0.contains("the file breaks off") } == 50)
    #expect(details.contains(lines[0]), "the counts come last, too")
  }

  @Test func jsonHasEveryClipAndWhatWasLeftOut() throws {
    try makeFolder("takes")
    try space.makeClip("takes/a.wav", seconds: 1, seed: 5)
    try space.makeClip("takes/b.wav", seconds: 1, seed: 6)
    try Data("x".utf8).write(to: space.url("takes/c.m4a"))
    let run = try space.run("takes", "--style", "style.wav", "-o", "takes/out/", "--json", "--quiet")
    #expect(run.status == 0 && run.errors.isEmpty)
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    #expect((report["clips"] as? [Any])?.count == 2)
    #expect(report["leftOut"] as? [String: Int] == ["m4a": 1])
    let style = try #require((report["styles"] as? [[String: Any]])?.first)
    #expect((style["warnings"] as? [String])?.isEmpty == true)
    // Results of before are nothing that is left out.
    try Data("x".utf8).write(to: space.url("takes/out/d.m4a"))
    let again = try space.run("takes", "--style", "style.wav", "-o", "takes/out/", "--force")
    try makeFolder("looks")
    try space.makeClip("looks/a.wav", seconds: 1, seed: 7)
    try Data("x".utf8).write(to: space.url("looks/b.mid"))
    let one = try space.run("takes/a.wav", "--style", "looks", "-o", "one.wav")
    #expect(lines(one).last == "left out: 1 .mid", "a folder of styles: \(one.errors)")
    #expect(lines(again).first == "2 of 2 clips restyled, left out: 1 .m4a", "\(again.errors)")
  }

  @Test func aFolderWithoutSoundFilesNamesWhatItHas() throws {
    try makeFolder("songs")
    try Data("x".utf8).write(to: space.url("songs/1.m4a"))
    let run = try space.run("songs", "--style", "style.wav", "-o", "out/")
    #expect(run.status == 64)
    #expect(run.errors.hasPrefix("left out: 1 .m4a\nError: songs: expected sound files"))
  }

  @Test func oneClipIsToldWithWhatChanged() throws {
    try space.makeClip("talk.wav", seconds: 3, gain: 0.3, brightness: 0.7, seed: 7)
    let run = try space.run("talk.wav", "--style", "style.wav", "--method", "adain", "--loudness", "-20")
    #expect(run.status == 0)
    let line = try #require(lines(run).last)
    let pattern =
      #/
      talk\.restyled\.wav:\ \+\d+\ dB\ at\ \d+(\.\d)?\ k?Hz,\ −\d+\ dB\ at\ \d+(\.\d)?\ k?Hz,\ .*
      −\d+\.\d\ →\ −20\.0\ LUFS\ \(mono\ counted\ twice;\ meters\ of\ one\ channel\ show\ −23\.0\),
      \ peak\ −\d+\.\d\ dBTP.*
      /#
    #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
    try space.makeClip("duet.wav", seconds: 2, channelCount: 2, seed: 8)
    #expect(try !space.run("duet.wav", "--style", "style.wav").errors.contains("mono"))
    let same = try space.run("talk.wav", "--style", "style.wav", "--strength", "0", "-o", "same.wav")
    #expect(same.errors == "same.wav: an exact copy, since nothing was to be changed\n")
  }

  @Test func stereoWithADeadOrAnInverseChannelIsTold() throws {
    try space.makeClip("one.wav", seconds: 2, seed: 9)
    var buffer = FrameBuffer(channelCount: 1, capacity: 16_000)
    _ = try SoundFileReader(path: space.url("one.wav").path).read(into: &buffer)
    let samples = buffer.withChannel(0) { span in span.indices.map { span[$0] } }
    let silence = samples.map { _ in Float(0) }
    try space.write([samples, samples.map { -0.8 * $0 }], "inverse.wav")
    try space.write([samples, silence], "left.wav")
    try space.write([silence, samples], "right.wav")
    try space.write([samples, samples.map { 0.8 * $0 }], "fine.wav")
    try space.write([silence, silence], "none.wav")
    for (name, words) in [
      ("inverse.wav", "left and right are each other's inverse"),
      ("left.wav", "the right channel has no sound"),
      ("right.wav", "the left channel has no sound"),
    ] {
      let run = try space.run(name, "--style", "style.wav")
      #expect(run.errors.contains("Warning: \(name): \(words)"), "\(run.errors)")
    }
    for name in ["fine.wav", "none.wav"] {
      let errors = try space.run(name, "--style", "style.wav").errors
      #expect(!errors.contains("inverse") && !errors.contains("channel has no sound"), "\(errors)")
    }
  }

  @Test func warningsAreGroupedByKindTheMostFrequentFirst() {
    var tally = WarningTally()
    tally.add(.fewFrames, about: "a.wav")
    tally.add(.contentIsSilent, about: "b.wav")
    tally.add(.contentIsSilent, about: "c.wav")
    tally.add(.file(.hasUnfinishedHeader), about: "a.wav")
    tally.add(.file(.hasMoreStreams), about: "a.wav")
    tally.add(.styleIsShort(style: "s.wav", seconds: 0.2), about: "a.wav")
    tally.add(.styleIsShort(style: "s.wav", seconds: 0.2), about: "b.wav")
    tally.add(.styleIsShort(style: "t.wav", seconds: 0.3), about: "b.wav")
    #expect(tally.kindCount == 5)
    let lines = tally.lines(atMost: 9)
    #expect(lines.count == 5)
    #expect(lines[0] == "b.wav: \(RestyleWarning.contentIsSilent.text) (and 1 more clip)")
    #expect(lines[1].hasPrefix("s.wav has 0.20 s") && lines[1].hasSuffix("(and 1 more style)"))
    #expect(lines[2] == "a.wav: \(RestyleWarning.fewFrames.text)")
    #expect(tally.lines(atMost: 2) == [lines[0], "… and 4 more kinds of warnings"])
    #expect(tally.lines(atMost: 0).isEmpty)
  }

  /// In words for people, bands are no channels.
  @Test func noWarningCallsABandAChannel() {
    let warnings: [RestyleWarning] = [
      .spreadsLimited(count: 1, isOfDirections: false), .spreadsLimited(count: 3, isOfDirections: true),
      .noSharedBands(view: "linked"), .styleIsNarrow(style: "s.wav", highest: 4000), .fewFrames,
      .gainsLimited(lowest: -48, highest: 36, bandCount: 2, sharedCount: 30, share: 0.4),
    ]
    for warning in warnings { #expect(!warning.text.contains("channel"), "\(warning.text)") }
    #expect(warnings[0].text.contains("1 band or range of level"))
    #expect(warnings[2].text.contains("stay as they are"))
    #expect(Set(warnings.map(\.kind)).count == 5)
  }

  @Test func rangesAndShortening() {
    #expect(BatchSummary.range([-20, nil, -31.26, -12.34]) == "−31.3 to −12.3")
    #expect(BatchSummary.range([-20.01, -20.04]) == "−20.0")
    #expect(BatchSummary.range([nil]) == nil)
    let lines = ["a", "b", "c"]
    #expect(BatchSummary.shortened(lines, atMost: 3) { "\($0)" } == lines)
    #expect(BatchSummary.shortened(lines, atMost: 2) { "\($0) more" } == ["a", "… and 2 more"])
    #expect(BatchSummary.shortened(lines, atMost: 0) { "\($0)" }.isEmpty)
  }

  @Test func leftOutFilesAreCountedByKind() {
    let files = LeftOutFiles(
      names: ["b.M4A", "x/c.m4a", "d.txt", ".git/e.txt", "f", "g.wma", "h.1", "i.2", "j.3"])
    #expect(files.text == "left out: 2 .m4a, 1 without extension, 1 .1, 1 .2, 1 .3, 2 of other kinds")
    #expect(LeftOutFiles(names: [".a.wav"]).text == nil)
  }
}

/// `--dry-run` says what would be done, and does nothing.
@Suite struct DryRunTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav")
    try space.makeClip("style.wav", gain: 0.1, brightness: 0.1, seed: 2)
  }

  @Test func nothingIsWritten() throws {
    let before = try space.names
    let run = try space.run(
      "talk.wav", "--style", "style.wav=2", "--strength", "0.5", "-o", "new/talk.flac", "--dry-run")
    #expect(run.status == 73, "the folder is not made, as it was not named as one")
    let fine = try space.run(
      "talk.wav", "--style", "style.wav", "--strength", "0.5", "--loudness", "-16", "-o", "a/b/", "--dry-run")
    #expect(fine.status == 0 && fine.errors.isEmpty)
    #expect(
      fine.text
        == """
        would restyle 1 of 1 clip towards style.wav: 0:01 of sound, under 5 s
        with --strength 0.5, --loudness -16.0: all of the style's tone and dynamics, 50 % of the way to the style; \
        loudness: −16.0 LUFS; true peaks stay under −1 dBTP, or under the content's own peak if that is higher
        'restyle export --from talk.wav --to style.wav --strength 0.5 --loudness -16.0' prints its tone and \
        dynamics, and writes nothing
        talk.wav → a/b/talk.wav (WAV, 16-bit)

        """)
    #expect(try space.names == before)
    // And the real run does that.
    let real = try space.run(
      "talk.wav", "--style", "style.wav", "--strength", "0.5", "--loudness", "-16", "-o", "a/b/")
    #expect(real.status == 0)
    #expect(space.exists("a/b/talk.wav"))
  }

  @Test func whatWouldFailIsSaid() throws {
    try FileManager.default.createDirectory(at: space.url("takes"), withIntermediateDirectories: true)
    for index in 0..<20 { try space.makeClip("takes/\(index + 10).wav", seed: UInt64(index)) }
    try Data("no sound".utf8).write(to: space.url("takes/bad.wav"))
    try Data("x".utf8).write(to: space.url("takes/note.txt"))
    let arguments = ["takes", "--style", "style.wav", "-o", "out/", "--dry-run"]
    let run = try space.run(arguments)
    let lines = run.text.split(separator: "\n")
    #expect(run.status == 65 && lines.count <= 12)
    #expect(
      lines[0].wholeMatch(
        of: /would restyle 20 of 21 clips towards style.wav: 0:10 of sound, (under|about) .*/)
        != nil)
    #expect(
      lines[1].hasPrefix("all of the style's tone and dynamics; loudness: towards the style's loudness; "))
    #expect(lines[2] == "takes/10.wav → out/10.wav (WAV, 16-bit)")
    #expect(lines.contains("… and 16 more (--verbose lists all)") && lines.contains("left out: 1 .txt"))
    #expect(lines.last?.hasPrefix("would fail: takes/bad.wav: ") == true)
    #expect(run.errors == "Error: 1 of 21 clips would fail\n")
    #expect(try space.run(arguments + ["--verbose"]).text.split(separator: "\n").count == 24)
    let json = try space.run(arguments + ["--json"])
    let report = try #require(try JSONSerialization.jsonObject(with: json.output) as? [String: Any])
    #expect(
      abs((report["duration"] as? Double ?? 0) - 10) < 0.01 && (report["estimatedTime"] as? Double ?? 0) > 0)
    #expect(report["dryRun"] as? Bool == true && (report["clips"] as? [Any])?.count == 20)
    #expect((report["failures"] as? [[String: Any]])?.first?["status"] as? Int == 65)
    #expect(!space.exists("out"))
    // The real run ends alike.
    #expect(try space.run(arguments.dropLast() + ["-q"]).status == 65)
    // An output that exists stops it all.
    let again = try space.run(arguments)
    #expect(again.status == 73 && again.errors.contains("nothing would be done: "))
    #expect(try space.run(arguments.dropLast()).status == 73)
    let forced = try space.run(arguments + ["--force"])
    #expect(forced.status == 65 && forced.text.contains(", replacing what is there"))
  }

  @Test func stylesThatCannotBeUsedStopIt() throws {
    try Data("no sound".utf8).write(to: space.url("bad.wav"))
    let run = try space.run("talk.wav", "--style", "bad.wav", "--dry-run")
    #expect(run.status == 65 && run.errors.contains("bad.wav"))
    #expect(try space.run("talk.wav", "--style", "none.wav", "--dry-run").status == 66)
    // In a grid they lose their column alone.
    let grid = try space.run(
      "talk.wav", "--style", "bad.wav", "--style", "style.wav", "--grid", "-o", "out/", "--dry-run")
    #expect(grid.status == 65 && grid.errors == "Error: 1 of 2 clips would fail\n")
    #expect(grid.text.hasPrefix("would restyle 1 of 2 clips towards each of 2 styles: "))
    #expect(
      try space.run("-", "--style", "style.wav", "-o", "x.wav", "--dry-run").text.contains(
        "standard input → x.wav"))
    #expect(try space.names == ["bad.wav", "style.wav", "talk.wav"])
  }
}
