import AdaIN
import AudioRestyle
import Foundation
import SoundFiles
import Testing

@testable import restyle

extension Workspace {
  /// Runs a script of the shell in the folder; `$R` is the program.
  func shell(_ script: String) throws -> Run {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    var environment = ProcessInfo.processInfo.environment
    environment["R"] = Self.program.path
    process.environment = environment
    for (name, handle) in [("stdout", \Process.standardOutput), ("stderr", \Process.standardError)] {
      try Data().write(to: url("." + name))
      process[keyPath: handle] = try FileHandle(forWritingTo: url("." + name))
    }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return Run(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try Data(contentsOf: url(".stdout")),
      errors: String(decoding: try Data(contentsOf: url(".stderr")), as: UTF8.self))
  }

  /// A folder of clips, and a style beside it.
  func makeFolder(_ count: Int, format: SoundFileFormat = SoundFileFormat(.wav, .pcm16)) throws {
    try FileManager.default.createDirectory(at: url("in"), withIntermediateDirectories: true)
    for number in 0..<count { try makeClip("in/\(number).wav", seed: UInt64(number + 5), format: format) }
    try makeClip("style.wav", brightness: 0.1, seed: 99)
  }

  /// The names in a folder, hidden ones too.
  func names(in name: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: url(name).path)) ?? []).sorted()
  }
}

/// What the system and the shell do to the program: closed descriptors, pipes, limits, names.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")))
struct FaultTests {
  @Test(arguments: ["2>&-", "</dev/null >&-", "<&-", "<&- >&- 2>&-"])
  func closedDescriptorsAreNotTakenByOutputs(_ closing: String) throws {
    let space = try Workspace()
    try space.makeFolder(6)
    #expect(try space.shell("$R in --style style.wav -o a/ --format flac -j 1").status == 0)
    #expect(try space.shell("$R in --style style.wav -o b/ --format flac -j 4 \(closing)").status == 0)
    for name in space.names(in: "a") { #expect(try space.bytes("a/" + name) == space.bytes("b/" + name)) }
    #expect(space.names(in: "b") == space.names(in: "a"))
    #expect(try space.shell("$R in/0.wav --style style.wav -o - >&-").status == 74)
    #expect(try space.shell("$R - --style style.wav -o c.wav <&-").status == 74)
  }

  @Test func aReaderThatGoesAwayEndsNothing() throws {
    let space = try Workspace()
    try space.makeFolder(3)
    let run = try space.shell("set -o pipefail; $R in --style style.wav -o a/ 2>&1 | head -c 1")
    #expect(run.status == 0)
    #expect(space.names(in: "a") == ["0.wav", "1.wav", "2.wav"])
  }

  @Test func pipesAndDevicesAreAsStandardStreams() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    #expect(try space.shell("$R in/0.wav --style style.wav -o want.wav").status == 0)
    let want = try space.bytes("want.wav")
    let scripts = [
      "mkfifo p; cat in/0.wav >p & $R p --style style.wav -o 1.wav",
      "$R <(cat in/0.wav) --style style.wav -o 2.wav",
      "$R /dev/stdin --style style.wav -o 3.wav <in/0.wav",
      "cat in/0.wav | $R /dev/stdin --style style.wav -o 4.wav",
      "$R in/0.wav --style <(cat style.wav) -o 5.wav",
      "$R in/0.wav --style style.wav -o /dev/stdout >6.wav",
      "$R in/0.wav --style style.wav -o /dev/stdout | cat >7.wav",
      "$R in/0.wav --style style.wav -o >(cat >8.wav; touch 8.done); while [ ! -f 8.done ]; do sleep 0.05; done",
    ]
    for (index, script) in scripts.enumerated() {
      let run = try space.shell("timeout 60 bash -c '\(script)'")
      #expect(run.status == 0, "\(script): \(run.errors)")
      #expect(try space.bytes("\(index + 1).wav") == want, "\(script)")
    }
    #expect(try space.shell("timeout 60 bash -c '$R <(cat in/0.wav) --style style.wav'").status == 64)
  }

  @Test func oneOddFileFailsAlone() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    var clip = try space.bytes("in/0.wav")
    clip.replaceSubrange(22..<24, with: [9, 0])
    clip.replaceSubrange(28..<34, with: [0x20, 0x65, 4, 0, 18, 0])
    try clip.write(to: space.url("in/nine.wav"))
    var slow = try space.bytes("in/0.wav")
    slow.replaceSubrange(24..<32, with: [1, 0, 0, 0, 2, 0, 0, 0])
    try slow.write(to: space.url("in/slow.wav"))
    try space.bytes("in/0.wav").prefix(44).write(to: space.url("in/empty.wav"))
    let run = try space.shell("$R in --style style.wav -o a/")
    #expect([64, 65].contains(run.status))
    #expect(space.names(in: "a") == ["0.wav", "1.wav"])
    for name in ["nine", "slow", "empty"] { #expect(run.errors.contains("in/\(name).wav: not restyled")) }
  }

  /// Headers that promise terabytes or more: the frames that are there are restyled, and so are the other clips.
  @Test func headersThatPromiseTooMuchCostNothing() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    try space.makeClip("in/a.w64", format: SoundFileFormat(.w64, .pcm16))
    try space.makeClip("in/b.caf", format: SoundFileFormat(.caf, .pcm16))
    try space.makeClip("in/c.mp3", sampleRate: 48000, format: SoundFileFormat(.mp3, .mpegLayer3))
    let ones = [UInt8](repeating: 0xFF, count: 7)
    for (name, mark, offset, field) in [
      ("in/a.w64", "data", 16, ones + [0x7F]), ("in/b.caf", "data", 4, [0x7F] + ones),
      ("in/c.mp3", "Xing", 8, [0x7F, 0xFF, 0xFF, 0xFF]),
    ] as [(String, String, Int, [UInt8])] {
      var bytes = try space.bytes(name)
      let marks = [mark, mark == "Xing" ? "Info" : mark].compactMap { bytes.range(of: Data($0.utf8)) }
      let start = try #require(marks.first).lowerBound + offset
      bytes.replaceSubrange(start..<start + field.count, with: field)
      try bytes.write(to: space.url(name))
    }
    let run = try space.shell("$R in --style style.wav -o a/")
    #expect(run.status == 0, "\(run.errors)")
    #expect(space.names(in: "a") == ["0.wav", "a.w64", "b.caf", "c.mp3"])
    for name in ["a.w64", "b.caf"] { #expect(try space.info("a/" + name).frameCount == 4000) }
    #expect(try abs(space.info("a/c.mp3").frameCount - 24_000) < 2400)
    #expect(run.errors.contains("in/c.mp3: the file breaks off"))
    #expect(try space.shell("$R in/c.mp3 --style style.wav -o b.mp3 --strict").status == 65)
  }

  @Test func formatsOfOldMachinesAreWrittenOrRefusedAlone() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    for (name, encoding) in [("gsm", SoundEncoding.gsm610), ("nms", .nmsADPCM32), ("g721", .g721)] {
      try space.makeClip("in/\(name).wav", format: SoundFileFormat(.wav, encoding))
    }
    let run = try space.shell("$R in --style style.wav -o a/")
    #expect(run.status == 0, "\(run.errors)")
    #expect(space.names(in: "a").count == 5)
    #expect(try space.info("a/gsm.wav").format.encoding == .gsm610)
    try space.makeClip("x.htk", sampleRate: 8000, format: SoundFileFormat(.htk, .pcm16))
    #expect(try space.shell("$R x.htk --style style.wav -o y.sds").status == 64)
    #expect(try space.shell("$R in/0.wav --style style.wav -o y.mp2").status == 64)
    // A content that keeps a name of layer II.
    try space.makeClip("l.mp3", sampleRate: 48000, format: SoundFileFormat(.mp3, .mpegLayer3))
    #expect(try space.shell("mv l.mp3 l.mp2; $R l.mp2 --style style.wav").status == 64)
    #expect(try space.shell("$R l.mp2 --style style.wav -o l.mp3").status == 0)
  }

  @Test func flacWithANameOfOggIsNotWrittenAsVorbis() throws {
    let space = try Workspace()
    try space.makeClip("a.flac", sampleRate: 48000, format: SoundFileFormat(.flac, .pcm16))
    try space.makeClip("style.wav", sampleRate: 48000, brightness: 0.1, seed: 99)
    let run = try space.shell("mv a.flac a.ogg; $R a.ogg --style style.wav")
    #expect(run.status == 64 && run.errors.contains("the content is FLAC, which is not written in Ogg"))
    #expect(try space.shell("$R a.ogg --style style.wav -o a.flac").status == 0)
  }

  @Test func foldersAreReadThroughLinksAndWhatIsLeftOutIsSaid() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    let script =
      "mkdir in/sub; cp in/0.wav in/sub/2.wav; ln -s in linked; ln -s .. in/sub/circle; touch in/a.xyz in/b.xyz in/c"
    #expect(try space.shell(script).status == 0)
    let run = try space.shell("$R linked --style style.wav -o a/")
    #expect(run.status == 0)
    #expect(space.names(in: "a") == ["0.wav", "1.wav", "sub"])
    #expect(run.errors.contains("left out: 2 .xyz, 1 without extension"))
    #expect(try space.shell("$R linked --style style.wav -o b/ -q").errors.isEmpty)
  }

  @Test func pipesInFoldersAreLeftOut() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    // A link to a file is a file; a link to a pipe is none.
    let script =
      "mkfifo in/p.wav in/q.wav; ln -s p.wav in/r.wav; ln -s ../style.wav in/s.wav; mkfifo in/t.xyz"
    #expect(try space.shell(script).status == 0)
    for command in [
      "$R in --style style.wav -o a/", "$R style.wav --style in -o b.wav", "$R learn in -o c.safetensors",
      "$R check in --for podcast",
    ] {
      let run = try space.shell("timeout 60 \(command)")
      #expect(
        command.contains("check") ? [0, 1].contains(run.status) : run.status == 0, "\(command): \(run.errors)"
      )
      #expect(!run.text.contains("in/p.wav") && !run.text.contains("in/r.wav"))
      if command.contains("--style") { #expect(run.errors.contains("left out: 3 .wav"), "\(run.errors)") }
    }
    #expect(space.names(in: "a") == ["0.wav", "1.wav", "s.wav"])
    // A pipe that the command line names is read.
    #expect(
      try space.shell("cat in/0.wav >in/p.wav & timeout 60 $R in/p.wav -s style.wav -o d.wav").status == 0)
  }

  // Root reads everything.
  @Test(.enabled(if: geteuid() != 0)) func aFolderThatCannotBeReadFailsAlone() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    #expect(try space.shell("mkdir in/sub; cp in/0.wav in/sub/; chmod 0 in/sub").status == 0)
    let run = try space.shell("$R in --style style.wav -o a/; s=$?; chmod 700 in/sub; exit $s")
    #expect(run.status == 66 && run.errors.contains("in/sub: not restyled: cannot open"))
    #expect(space.names(in: "a") == ["0.wav", "1.wav"])
  }

  @Test func namesComposedDifferentlyAreTwoFiles() throws {
    let space = try Workspace()
    try space.makeFolder(2)
    let (composed, apart) = ("\u{E9}.wav", "e\u{301}.wav")
    let script = "mkdir n; mv in/0.wav n/\(composed); mv in/1.wav n/\(apart); ls n | wc -l"
    guard try space.shell(script).text.trimmingCharacters(in: .whitespacesAndNewlines) == "2" else { return }
    // Short sounds share a tone but with this method.
    #expect(try space.shell("$R n --style style.wav --method mean -o a/").status == 0)
    for (name, number) in [(composed, 1), (apart, 2)] {
      #expect(try space.shell("$R n/\(name) --style style.wav --method mean -o \(number).wav").status == 0)
      #expect(try space.shell("cmp a/\(name) \(number).wav").status == 0, "\(number)")
    }
  }

  @Test func namesThatAreNotUTF8AreRefused() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    #expect(try space.shell("$R in/0.wav --style style.wav -o $'\\xff.wav'").status == 64)
    for option in ["--report", "--save-change", "--report="] {
      let name = option.hasSuffix("=") ? "\(option)$'\\xff.x'" : "\(option) $'\\xff.x'"
      #expect(try space.shell("$R in/0.wav --style style.wav -o a.wav \(name)").status == 64)
    }
    #expect(!space.exists("a.wav"))
    guard try space.shell("cp in/0.wav $'in/\\xff.wav'").status == 0 else { return }
    let run = try space.shell("$R in --style style.wav -o a/")
    #expect(run.status == 66 && run.errors.contains("UTF-8"))
    #expect(space.names(in: "a") == ["0.wav"])
    #expect(try space.shell("$R $'in/\\xff.wav' --style style.wav -o b.wav").status == 66)
    #expect(!space.exists("b.wav"))
  }

  @Test func namesThatLookLikeOptionsAreNotReadAsSuch() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    let run = try space.shell("cp in/0.wav ./-hum.wav; $R -hum.wav --style style.wav -o b.wav")
    #expect(run.status == 64 && run.errors.contains("./-hum.wav"))
    #expect(try space.shell("$R ./-hum.wav --style style.wav -o b.wav").status == 0)
  }

  @Test func limitsOfTheSystemAreErrorsThatLeaveNothing() throws {
    let space = try Workspace()
    try space.makeClip("a.wav", seconds: 20, channelCount: 2, sampleRate: 48000)
    try space.makeClip("style.wav", brightness: 0.1, seed: 99)
    let large = try space.shell("ulimit -f 200; $R a.wav --style style.wav -o b.wav")
    #expect(large.status == 74)
    let open = try space.shell("ulimit -n 5; $R a.wav --style style.wav -o c.wav")
    #expect(open.status == 74 && open.errors.contains("Too many open files"), "\(open.errors)")
    #expect(try space.names == ["a.wav", "style.wav"])
  }

  /// Writing the second sound of a pack fails, while an earlier clip, which is no short sound, waits for its turn.
  @Test func whatStoppedAPackAndWhatWasDoneIsSaid() throws {
    let space = try Workspace()
    try space.makeFolder(0)
    try space.makeClip("in/long.wav", seconds: 31, sampleRate: 48000)
    for (name, seconds) in [("s1", 1.0), ("s2", 1.9), ("s3", 1.9)] {
      try space.makeClip("in/\(name).wav", seconds: seconds, sampleRate: 48000)
    }
    let run = try space.shell("ulimit -f 120; $R in --style style.wav -o a/ -j 1 --json")
    #expect(run.status == 74, "\(run.errors)")
    #expect(run.errors.contains("1 of 4 clips restyled, 1 failed, 2 not begun"), "\(run.errors)")
    #expect(run.errors.contains("in/s2.wav: not restyled: writing"), "\(run.errors)")
    #expect(run.errors.contains("1 clip of 4 could not be restyled, and 2 were not started: writing"))
    #expect(space.names(in: "a") == ["s1.wav"])
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    func contents(_ key: String) -> [String] {
      (report[key] as? [[String: Any]] ?? []).compactMap { $0["content"] as? String }
    }
    #expect(contents("clips") == ["in/s1.wav"] && contents("failures") == ["in/s2.wav"])
    #expect(contents("notBegun") == ["in/long.wav", "in/s3.wav"])
  }

  @Test func controlCharactersDoNotReachTheTerminal() throws {
    let space = try Workspace()
    var options = SoundFileWriter.Options()
    options.metadata = SoundMetadata(texts: [.title: "\u{1B}[31mred\u{7}\u{202E}x", .artist: "é\ttab"])
    let writer = try SoundFileWriter(
      path: space.url("a.flac").path, format: SoundFileFormat(.flac, .pcm16), sampleRate: 48000,
      channelCount: 1,
      options: options)
    try writer.write(FrameBuffer(channels: [[Float](repeating: 0.25, count: 30_000)]))
    try writer.finish()
    let text = try space.run("inspect", "a.flac").text
    #expect(text.contains("\u{241B}[31mred\u{2407}\u{FFFD}x") && text.contains("é\ttab"))
    #expect(!text.contains("\u{1B}"))
    let errors = try space.shell("$R $'x\\e[2J.wav' --style a.flac -o b.wav").errors
    #expect(!errors.contains("\u{1B}") && errors.contains("\u{241B}[2J"))
  }

  /// Names in JSON are those of the files, in characters that no terminal obeys.
  @Test func controlCharactersStayInJSON() throws {
    let space = try Workspace()
    try space.makeFolder(0)
    let names = ["a\u{7F}b\u{202E}c.wav", "d\u{1B}[31m\u{85}\u{2066}\u{1F600}\"\\é.wav"]
    for name in names { try space.makeClip("in/" + name, seconds: 1) }
    let apply = try space.run("in", "--style", "style.wav", "-o", "out/", "--json", "-q")
    #expect(apply.status == 0, "\(apply.errors)")
    let report = try #require(try JSONSerialization.jsonObject(with: apply.output) as? [String: Any])
    let clips = try #require(report["clips"] as? [[String: Any]])
    #expect(clips.compactMap { $0["output"] as? String } == names.map { "out/" + $0 })
    let inspect = try space.run(["inspect", "--json"] + names.map { "out/" + $0 })
    let files = try #require(try JSONSerialization.jsonObject(with: inspect.output) as? [[String: Any]])
    #expect(files.compactMap { $0["path"] as? String } == names.map { "out/" + $0 })
    for text in [apply.text, inspect.text] {
      #expect(text.contains("a\\u007fb\\u202ec.wav") && text.contains("\\u0085\\u2066\u{1F600}"))
      #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control && $0 != "\n" })
      #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{2066}"))
    }
  }

  /// The line of a content that is only written in another format says what is lost.
  @Test func aContentInAnotherFormatIsNotUnchangedWhereValuesAreLost() throws {
    let space = try Workspace()
    try space.makeClip("style.wav", brightness: 0.1, seed: 99)
    let tone = (0..<4000).map { 0.3 * sin(Float($0) / 9) }
    try space.write(
      [tone + [Float](repeating: .nan, count: 100)], "nan.wav", format: SoundFileFormat(.wav, .float32))
    let loss = try space.shell("$R nan.wav --style style.wav --strength 0 --encoding pcm16 -o a.wav")
    #expect(loss.status == 0 && loss.errors.contains("100 values of the content are not finite numbers"))
    #expect(!loss.errors.contains("otherwise unchanged") && loss.errors.contains("rounded to 16-bit"))
    // Encoders of floats get silence in place of such values.
    for suffix in ["mp3", "ogg"] {
      let run = try space.shell("$R nan.wav --style style.wav --strength 0 -o a.\(suffix)")
      #expect(run.status == 0 && run.errors.contains("100 values of the content are not finite numbers"))
      #expect(try space.info("a.\(suffix)").frameCount == 4100)
    }
    let learning = try space.shell("$R learn nan.wav -o nan.safetensors")
    #expect(learning.status == 0 && learning.errors.contains("100 values of nan.wav are not finite numbers"))
    let style = try space.shell("$R style.wav --style nan.safetensors -o b.wav")
    #expect(style.status == 0 && style.errors.contains("values of nan.safetensors are not finite numbers"))
    try space.write([tone], "long.wav", format: SoundFileFormat(.wav, .pcm32))
    let long = try space.shell("$R long.wav --style style.wav --strength 0 -o a.flac")
    #expect(long.status == 0 && long.errors.contains("in another format, rounded to 24-bit samples"))
    try space.write([tone], "short.wav", format: SoundFileFormat(.wav, .pcm16))
    let short = try space.shell("$R short.wav --style style.wav --strength 0 -o b.flac")
    #expect(short.status == 0 && short.errors.contains("in another format, otherwise unchanged"))
  }

  @Test func mp3WithoutATagIsReadAndWrittenBesideAnAppleDoubleFolder() throws {
    let space = try Workspace()
    try space.makeClip("a.mp3", seconds: 2, sampleRate: 48000, format: SoundFileFormat(.mp3, .mpegLayer3))
    try space.makeClip("style.wav", sampleRate: 48000, brightness: 0.1, seed: 99)
    #expect(try space.bytes("a.mp3").starts(with: [0xFF]))
    let run = try space.shell("mkdir .AppleDouble; touch ._; $R a.mp3 --style style.wav -o b.mp3")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try space.info("b.mp3").frameCount == 96_000)
  }

  @Test func theDecodersOwnLinesAreNotPrinted() throws {
    let space = try Workspace()
    try space.makeClip(
      "a.mp3", seconds: 4, channelCount: 2, sampleRate: 48000, format: SoundFileFormat(.mp3, .mpegLayer3))
    var bytes = try space.bytes("a.mp3")
    for index in bytes.count / 2..<bytes.count / 2 + 700 {
      bytes[index] = UInt8(truncatingIfNeeded: index &* 7)
    }
    try bytes.write(to: space.url("b.mp3"))
    try space.makeClip("style.wav", sampleRate: 48000, brightness: 0.1, seed: 99)
    let run = try space.shell("$R b.mp3 --style style.wav -o c.wav -q")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    #expect(try space.shell("$R b.mp3 --style style.wav -o d.wav").errors.contains("damaged"))
    #expect(try space.shell("$R b.mp3 --style style.wav -o e.wav --strict").status == 65)
  }

  @Test func aContentThatChangesAfterItWasMeasuredIsAnError() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    let (content, output) = (space.url("in/0.wav").path, space.url("a.wav").path)
    let style = WeightedStyle(try StyleProfile(learningFrom: space.url("style.wav").path))
    let measured = try FileRestyler().measure(content)
    _ = try FileRestyler().restyle(content, measured: measured, towards: [style], to: output)
    try FileManager.default.removeItem(atPath: output)
    try space.makeClip("in/1.wav", seed: 77)
    try space.bytes("in/1.wav").write(to: space.url("in/0.wav"))
    #expect(throws: RestyleError.self) {
      try FileRestyler().restyle(content, measured: measured, towards: [style], to: output)
    }
    #expect(!space.exists("a.wav"))
  }

  @Test(arguments: [
    ("loudness", [1e17]), ("loudness", [.nan]), ("true_peak", [-1e300]), ("nyquist", [-5]),
    ("level_shift", [1e18]),
    ("linked/samples", [0, 0, 0, 0]), ("linked/moments", [0, 0, 0]),
  ])
  func profilesWithImpossibleNumbersAreRefused(_ key: String, _ values: [Double]) throws {
    let space = try Workspace()
    try space.makeFolder(1)
    #expect(try space.shell("$R learn style.wav -o p.safetensors").status == 0)
    var file = try SafetensorsFile(contentsOf: space.url("p.safetensors"))
    file[key] = try StoredArray(values)
    try file.write(to: space.url("q.safetensors"))
    for script in ["$R in/0.wav --style q.safetensors -o a.wav", "$R inspect q.safetensors"] {
      let run = try space.shell(script)
      #expect(run.status == 65, "\(run.errors)")
    }
  }

  @Test(arguments: [
    "\"channelCount\":9223372036854775807", "\"frameCount\":-1", "\"sampleRate\":1e300", "\"loudness\":1e17",
    "\"clippedSampleCount\":9223372036854775807", "\"levelShift\":-1e9",
  ])
  func profilesOfImpossibleClipsAreRefused(_ change: String) throws {
    let space = try Workspace()
    try space.makeFolder(1)
    #expect(try space.shell("$R learn style.wav -o p.safetensors").status == 0)
    var file = try SafetensorsFile(contentsOf: space.url("p.safetensors"))
    let key = change.prefix { $0 != ":" }
    let sources = try #require(file.metadata["sources"])
    let parts = sources.dropFirst(2).dropLast(2).split(separator: ",").filter { !$0.hasPrefix(key) }
    file.metadata["sources"] = "[{" + (parts.map(String.init) + [change]).joined(separator: ",") + "}]"
    try file.write(to: space.url("q.safetensors"))
    let run = try space.shell("$R in/0.wav --style q.safetensors -o a.wav")
    #expect(run.status == 65, "\(run.errors)")
  }
}
