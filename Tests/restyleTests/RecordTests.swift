import Foundation
import SoundFiles
import Testing

@testable import restyle

/// Runs that go on where one was ended: what is skipped, what is made anew, what is left alone.
struct RecordTests {
  private let command = ["in", "-s", "style.wav", "--skip-existing", "-j", "2", "-o", "out/"]

  /// A folder of clips, the results of an undisturbed run, and none yet.
  private func makeSpace(_ count: Int) throws -> Workspace {
    let space = try Workspace()
    try space.makeFolder(count)
    #expect(try space.run("in", "-s", "style.wav", "-o", "want/").status == 0)
    return space
  }

  private func expectWanted(_ space: Workspace, _ folder: String = "out") throws {
    let names = space.names(in: "want")
    #expect(space.names(in: folder).filter { $0 != ".restyle" } == names)
    for name in names {
      #expect(try space.bytes("\(folder)/\(name)") == space.bytes("want/" + name), "\(name)")
    }
  }

  @Test(arguments: [[], ["--together"], ["--alone"], ["--method", "adain", "--grid"]])
  func whatIsThereIsSkipped(_ more: [String]) throws {
    let space = try makeSpace(4)
    let first = try space.run(command + more)
    #expect(first.status == 0 && first.errors.contains("4 of 4 clips restyled"), "\(first.errors)")
    let names = space.names(in: "out").filter { $0 != ".restyle" }
    let before = try names.map { try space.bytes("out/" + $0) }
    let again = try space.run(command + more + ["--json"])
    #expect(again.status == 0, "\(again.errors)")
    #expect(again.errors.contains("0 of 4 clips restyled, 4 there already"), "\(again.errors)")
    #expect(again.text.contains("\"skipped\" : ["))
    #expect(try names.map { try space.bytes("out/" + $0) } == before)
    let dry = try space.run(command + more + ["--dry-run"])
    #expect(dry.status == 0)
    if more != [] && more != ["--together"] { #expect(dry.text.contains("4 existing"), "\(dry.text)") }
  }

  @Test func aSingleClipIsSkipped() throws {
    let space = try makeSpace(1)
    let one = ["in/0.wav", "-s", "style.wav", "--skip-existing", "-o", "a.wav"]
    #expect(try space.run(one).status == 0)
    let again = try space.run(one)
    #expect(again.status == 0 && again.errors.contains("exists, made from"), "\(again.errors)")
    #expect(try space.run("in/0.wav", "-s", "style.wav", "-o", "a.wav").status == 73)
  }

  @Test func whatChangedIsMadeAnew() throws {
    let space = try makeSpace(3)
    #expect(try space.run(command + ["--alone"]).status == 0)
    // Another content under an old name.
    try FileManager.default.removeItem(at: space.url("in/1.wav"))
    try space.makeClip("in/1.wav", seed: 500)
    var run = try space.run(command + ["--alone"])
    #expect(run.status == 0 && run.errors.contains("1 of 3 clips restyled, 2 there already"), "\(run.errors)")
    // Another setting, another style.
    run = try space.run(command + ["--alone", "--strength", "0.5"])
    #expect(run.status == 0 && run.errors.contains("3 of 3 clips restyled"), "\(run.errors)")
    try FileManager.default.removeItem(at: space.url("style.wav"))
    try space.makeClip("style.wav", brightness: 0.2, seed: 98)
    run = try space.run(command + ["--alone", "--strength", "0.5"])
    #expect(run.status == 0 && run.errors.contains("3 of 3 clips restyled"), "\(run.errors)")
    #expect(try space.run("in", "-s", "style.wav", "--alone", "--strength", "0.5", "-o", "new/").status == 0)
    for name in space.names(in: "new") {
      #expect(try space.bytes("new/" + name) == space.bytes("out/" + name))
    }
    // A short sound more changes the tone of a pack.
    #expect(try space.run(command + ["--force"]).status == 0)
    try space.makeClip("in/9.wav", brightness: 0.9, seed: 9)
    run = try space.run(command)
    #expect(run.status == 0 && run.errors.contains("4 of 4 clips restyled"), "\(run.errors)")
  }

  /// A short sound alone, and the pack that it belongs to later and no more.
  @Test func aContinuedRunLeavesWhatAFreshOneMakes() throws {
    let space = try makeSpace(1)
    try space.makeClip("in/long.wav", seconds: 3, brightness: 0.7, seed: 40)
    var step = 0
    func expect(_ made: Int, of count: Int) throws {
      step += 1
      let there = count - made
      let run = try space.run(command)
      let words = "\(made) of \(count) clips restyled" + (there > 0 ? ", \(there) there already" : "")
      #expect(run.status == 0 && run.errors.contains(words), "\(step): \(run.errors)")
      #expect(try space.run("in", "-s", "style.wav", "-o", "fresh\(step)/").status == 0)
      for name in space.names(in: "fresh\(step)") {
        #expect(try space.bytes("out/" + name) == space.bytes("fresh\(step)/" + name), "\(step): \(name)")
      }
    }
    try expect(2, of: 2)
    try expect(0, of: 2)
    // A second short sound makes a pack, to which the long one belongs, as most sounds are short.
    try space.makeClip("in/hit.wav", brightness: 0.9, seed: 41)
    try expect(3, of: 3)
    try expect(0, of: 3)
    // With a second long sound, the short ones are a pack of their own.
    try space.makeClip("in/more.wav", seconds: 4, seed: 42)
    try expect(4, of: 4)
    try expect(0, of: 4)
    try FileManager.default.removeItem(at: space.url("in/hit.wav"))
    try expect(1, of: 3)
    try expect(0, of: 3)
    // Made by a run of its own, and then beside another short sound.
    try space.makeClip("in/a.wav", brightness: 0.9, seed: 43)
    #expect(try space.run(["in/a.wav"] + command.dropFirst()).status == 0)
    try expect(2, of: 4)
    // A result of the pack is missing.
    try FileManager.default.removeItem(at: space.url("out/a.wav"))
    try expect(1, of: 4)
  }

  @Test func theResultOfAnotherRecordingIsNotReplaced() throws {
    let space = try makeSpace(3)
    let script = "mkdir d1 d2; mv in/0.wav d1/take.wav; mv in/1.wav d2/take.wav; mv in/2.wav d2/more.wav"
    #expect(try space.shell(script).status == 0)
    let options = Array(command.dropFirst()) + ["--alone"]
    #expect(try space.run(["d1/take.wav"] + options).status == 0)
    let first = try space.bytes("out/take.wav")
    var run = try space.run(["d2"] + options)
    #expect(run.status == 73 && run.errors.contains("1 of 2 clips restyled, 1 failed"), "\(run.errors)")
    #expect(run.errors.contains("is the result of ‘d1/take.wav’, and ‘d2/take.wav’ is another recording"))
    #expect(try space.bytes("out/take.wav") == first)
    let dry = try space.run(["d2"] + options + ["--dry-run"])
    #expect(dry.status == 73 && dry.text.contains("would fail: d2/take.wav: "), "\(dry.text)\(dry.errors)")
    // The same recording in another folder, and by another path.
    #expect(try space.shell("mv d1 d3").status == 0)
    run = try space.run(["d3/take.wav"] + options)
    #expect(run.status == 0 && run.errors.contains("exists, made from"), "\(run.errors)")
    #expect(try space.run(["d2"] + options + ["--force"]).status == 0)
    #expect(try space.bytes("out/take.wav") != first)
    // The content was changed; its path is the same in another spelling.
    #expect(try space.shell("cp d3/take.wav d2/take.wav").status == 0)
    #expect(try space.run(["./d2/../d2/take.wav"] + options).status == 0)
    #expect(try space.bytes("out/take.wav") == first)
  }

  @Test func whatTheProgramDidNotMakeStays() throws {
    let space = try makeSpace(2)
    #expect(try space.run(command).status == 0)
    // Edited by hand: its record is of other bytes.
    let edited = try space.bytes("want/0.wav") + Data([1, 2])
    try edited.write(to: space.url("out/0.wav"))
    var run = try space.run(command)
    #expect(run.status == 73 && run.errors.contains("out/0.wav") && run.errors.contains("1 there already"))
    #expect(try space.bytes("out/0.wav") == edited)
    // Without a record no file is known.
    try FileManager.default.removeItem(at: space.url("out/.restyle"))
    #expect(try space.run(command).status == 73)
    run = try space.run(command + ["--force"])
    #expect(run.status == 0)
    try expectWanted(space)
    try Data("{".utf8).write(to: space.url("out/.restyle/1.wav.json"))
    #expect(try space.run(command).status == 73)
  }

  /// A file that the program did not make fails its clip, after a plan with all clips: the others are as they would be.
  @Test func aFileOfAnotherProgramFailsItsClipAlone() throws {
    let space = try makeSpace(3)
    try FileManager.default.createDirectory(at: space.url("out"), withIntermediateDirectories: true)
    try Data("mine".utf8).write(to: space.url("out/1.wav"))
    let dry = try space.run(command + ["--dry-run"])
    #expect(dry.status == 73 && dry.text.contains("would restyle 2 of 3 clips"), "\(dry.text)\(dry.errors)")
    #expect(dry.text.contains("would fail: in/1.wav: ") && dry.text.contains("(--force)"), "\(dry.text)")
    var run = try space.run(command)
    #expect(run.status == 73 && run.errors.contains("2 of 3 clips restyled, 1 failed"), "\(run.errors)")
    #expect(run.errors.contains("in/1.wav: not restyled: ") && run.errors.contains("(--force)"))
    #expect(try space.bytes("out/1.wav") == Data("mine".utf8))
    for name in ["0.wav", "2.wav"] { #expect(try space.bytes("out/" + name) == space.bytes("want/" + name)) }
    run = try space.run(command)
    #expect(run.status == 73 && run.errors.contains("0 of 3 clips restyled, 2 there already, 1 failed"))
    #expect(try space.run(command + ["--force"]).status == 0)
    try expectWanted(space)
  }

  /// Where something else has the place of a record, the file is no result of the program.
  @Test func otherThingsInTheirPlaceAreNoRecords() throws {
    let space = try makeSpace(1)
    let one = ["in/0.wav", "-s", "style.wav", "--skip-existing", "-o", "out/a.wav"]
    for script in [
      "mkdir -p out/.restyle; mkfifo out/.restyle/a.wav.json", "mkdir -p out/.restyle/a.wav.json",
      "mkdir -p out/.restyle; echo '{}' >out/.restyle/a.wav.json",
      "mkdir -p out/.restyle; ln -s /dev/zero out/.restyle/a.wav.json",
    ] {
      #expect(try space.shell("rm -rf out; \(script); cp in/0.wav out/a.wav").status == 0)
      let run = try space.shell("timeout 60 $R \(one.joined(separator: " "))")
      #expect(run.status == 73, "\(script): \(run.errors)")
      #expect(try space.bytes("out/a.wav") == space.bytes("in/0.wav"))
    }
    #expect(try space.shell("rm -rf out; mkdir out; touch out/.restyle").status == 0)
    let run = try space.run(one)
    #expect(run.status == 73 && run.errors.contains("out/.restyle' is a file"), "\(run.errors)")
    #expect(space.names(in: "out") == [".restyle"])
  }

  @Test func streamsAndPagesHaveNoRecords() throws {
    let space = try makeSpace(1)
    for more in [
      ["in/0.wav", "-o", "-"], ["in/0.wav", "-o", "a.wav", "--report", "a.html"],
      ["in/0.wav", "-o", "a.wav", "--save-change", "a.json"], ["-", "-o", "a.wav"],
    ] {
      #expect(try space.run(more + ["-s", "style.wav", "--skip-existing"]).status == 64, "\(more)")
    }
  }

  @Test func aKilledBatchGoesOn() throws {
    let space = try makeSpace(24)
    for delay in [0.03, 0.08, 0.12] {
      let process = try space.start(command)
      Thread.sleep(forTimeInterval: delay)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let run = try space.run(command)
    #expect(run.status == 0, "\(run.errors)")
    try expectWanted(space)
    #expect(!space.names(in: "out").contains { $0.hasSuffix(".part") })
    #expect(!space.names(in: "out/.restyle").contains { $0.hasSuffix(".part") })
  }

  @Test func severalProgramsShareAFolder() throws {
    let space = try makeSpace(12)
    // Each has files for its own output.
    let processes = try (0..<8).map { _ in try space.start(command) }
    for process in processes { process.waitUntilExit() }
    for process in processes { #expect(process.terminationStatus == 0) }
    try expectWanted(space)
  }

  @Test func aLeftoverGoesAndALiveFileStays() throws {
    let space = try Workspace()
    try space.makeFolder(1)
    let live = try OutputFile(path: space.url("a.wav").path)
    let hidden = try #require(space.names(in: "").first { $0.hasPrefix(".a.wav.") })
    for name in [".a.wav.0123abc.part", ".b.wav.0123abc.part", ".a.wav.part", ".a.wav.UPPER.part"] {
      try Data().write(to: space.url(name))
    }
    #expect(try space.run("in/0.wav", "-s", "style.wav", "-o", "a.wav").status == 0)
    let left = space.names(in: "").filter { $0.hasSuffix(".part") }
    #expect(left == [".a.wav.UPPER.part", hidden, ".a.wav.part", ".b.wav.0123abc.part"].sorted())
    #expect(throws: SoundFileError.self) { try live.commit() }
  }

  @Test func digestsAreThoseOfTheStandard() {
    // FIPS 180-4, examples of NIST.
    #expect(
      SHA256.hex(of: "abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(SHA256.hex(of: []) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    let long = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    #expect(
      SHA256.hex(of: long.utf8) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    // A million letters, in pieces that do not fit blocks.
    var hash = SHA256()
    var left = 1_000_000
    while left > 0 {
      let count = min(left, 977)
      hash.update([UInt8](repeating: UInt8(ascii: "a"), count: count))
      left -= count
    }
    #expect(hash.finish() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
