import Foundation
import SoundFiles
import Testing

@testable import restyle

/// Which files are read, and which are never replaced: links, odd names, folders inside folders, lists.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/bash")))
struct PlaceTests {
  /// A folder of clips, with a style beside it.
  private func makeSpace(_ count: Int = 2) throws -> Workspace {
    let space = try Workspace()
    try space.makeFolder(count)
    return space
  }

  /// `..` after a link is the folder above the link's target.
  @Test func noInputIsReplacedByWayOfALink() throws {
    let space = try makeSpace()
    let script =
      "mkdir -p real/d q; cp in/0.wav real/c.wav; cp style.wav real/s.wav; ln -s real/d d; ln -s ../real/d q/d"
    #expect(try space.shell(script).status == 0)
    for command in [
      "$R real/c.wav --style real/s.wav -o d/../ --force",
      "$R real/c.wav --style real/s.wav -o d/../s.wav --force",
      "$R real/c.wav --style real/s.wav -o x.wav --report d/../c.wav --force",
      "$R real/c.wav --style real/s.wav -o x.wav --save-change d/../s.wav --force",
      "$R learn real/c.wav -o d/../c.wav --force",
    ] {
      let run = try space.shell(command)
      #expect(run.status == 64 && run.errors.contains("would replace"), "\(command): \(run.errors)")
      #expect(try space.bytes("real/c.wav") == space.bytes("in/0.wav"))
      #expect(try space.bytes("real/s.wav") == space.bytes("style.wav"))
    }
    // A file of the same name in another folder.
    let fine = try space.shell("mv real/c.wav q/; $R q/c.wav --style real/s.wav -o q/d/../c.wav")
    #expect(fine.status == 0 && space.exists("real/c.wav"), "\(fine.errors)")
    #expect(try space.bytes("q/c.wav") == space.bytes("in/0.wav"))
  }

  @Test func listsAreNotReplaced() throws {
    let space = try makeSpace()
    let lists = "printf 'in/0.wav\\n' >list.txt; printf 'style.wav\\n' >styles.txt"
    #expect(try space.shell(lists).status == 0)
    let common = "--list list.txt --style-list styles.txt --force"
    for command in [
      "$R \(common) -o out/ --report list.txt", "$R \(common) -o out/ --save-change styles.txt",
      "$R in/0.wav --style-list styles.txt --format wav --force -o styles.txt",
      "$R learn --list list.txt -o list.txt --force",
    ] {
      let run = try space.shell(command)
      #expect(run.status == 64 && run.errors.contains("would replace"), "\(command): \(run.errors)")
      #expect(try space.bytes("list.txt") == Data("in/0.wav\n".utf8))
      #expect(try space.bytes("styles.txt") == Data("style.wav\n".utf8))
    }
  }

  @Test func whatIsNoListIsRefused() throws {
    let space = try makeSpace()
    for command in [
      "$R --list in/0.wav --style style.wav -o a/", "$R in/0.wav --style-list style.wav -o a.wav",
      "$R learn --list in/0.wav -o a.safetensors",
    ] {
      let run = try space.shell(command)
      #expect(run.status == 64 && run.errors.contains("expected a text file of paths"), "\(run.errors)")
    }
    try Data([0xFF, 0xFE, 0x61, 0, 0x0A, 0]).write(to: space.url("wide"))
    let wide = try space.shell("$R --list wide --style style.wav -o a/")
    #expect(wide.status == 64 && wide.errors.contains("found UTF-16"))
    #expect(!space.exists("a"))
    // A byte order mark, and a name with a control character.
    let script = "cp in/1.wav $'in/\\x01.wav'; printf '\\xef\\xbb\\xbfin/0.wav\\r\\nin/\\x01.wav\\n' >list"
    #expect(try space.shell(script).status == 0)
    #expect(try space.shell("$R --list list --style style.wav -o a/").status == 0)
    #expect(space.names(in: "a/in") == ["\u{1}.wav", "0.wav"])
  }

  /// Such a folder cannot be opened by name; it is named, instead of passed over.
  @Test func foldersWhoseNamesAreNotUTF8AreReported() throws {
    let space = try makeSpace(1)
    let script =
      "for n in \\xe9 \\xe8; do d=$(printf \"m/Caf$n\"); mkdir -p \"$d/deep\"; cp in/0.wav \"$d/deep/1.wav\"; done"
    guard try space.shell(script).status == 0, try space.shell("test -d $'m/Caf\\xe9'").status == 0 else {
      return
    }
    for command in [
      "$R m --style style.wav -o a/", "$R m --style style.wav -o a/ --strict",
      "$R m --style style.wav -o a/ --dry-run", "$R learn m -o a.safetensors", "$R check m --for podcast",
      "$R in/0.wav --style m -o b.wav", "$R in/0.wav --style style.wav --dynamics-style m -o b.wav",
    ] {
      let run = try space.shell(command)
      #expect(run.status == 66, "\(command): \(run.errors)")
      #expect((run.errors + run.text).contains("names that are not UTF-8"), "\(command): \(run.errors)")
    }
    // Others are restyled; a folder without sound is not missed.
    #expect(try space.shell("cp in/0.wav m; mkdir $'m/\\xff'; touch $'m/\\xff/x.txt'").status == 0)
    let run = try space.shell("$R m --style style.wav -o c/")
    #expect(run.status == 66 && run.errors.contains("1 of 3 clips restyled, 2 failed"), "\(run.errors)")
    #expect(run.errors.contains("m/Caf\u{FFFD}E8: not restyled") && run.errors.contains("m/Caf\u{FFFD}E9: "))
    #expect(space.names(in: "c") == ["0.wav"])
    #expect(try space.shell("rm -r m/Caf*; $R m --style style.wav -o d/").status == 0)
  }

  /// A file 22 folders deep, whose path is longer than the system opens.
  @Test func pathsThatAreTooLongAreReported() throws {
    let space = try makeSpace(1)
    let sound = try space.bytes("in/0.wav")
    let name = String(repeating: "f", count: 200)
    var folder = open(space.url("in").path, O_RDONLY | O_DIRECTORY)
    for _ in 0..<22 {
      #expect(mkdirat(folder, name, 0o755) == 0)
      let next = openat(folder, name, O_RDONLY | O_DIRECTORY)
      close(folder)
      folder = next
    }
    let file = openat(folder, "deep.wav", O_WRONLY | O_CREAT, 0o644)
    try FileHandle(fileDescriptor: file, closeOnDealloc: true).write(contentsOf: sound)
    close(folder)
    defer { _ = try? space.shell("rm -rf in") }
    let run = try space.shell("$R in --style style.wav -o a/")
    #expect(run.status != 0 && run.errors.contains("too long"), "\(run.errors.suffix(400))")
    #expect(try space.shell("$R learn in -o a.safetensors").status == 66)
  }

  @Test func onlyFilesOfFoldersAreRead() throws {
    let space = try makeSpace()
    #expect(try space.shell("ln -s /dev/zero in/z.wav; ln -s ../style.wav in/s.wav").status == 0)
    for command in ["$R in --style style.wav -o a/", "$R learn in -o a.safetensors"] {
      let run = try space.shell("ulimit -f 10000; timeout 60 \(command)")
      #expect(run.status == 0 && run.errors.contains("left out: 1 .wav"), "\(run.errors)")
    }
    #expect(space.names(in: "a") == ["0.wav", "1.wav", "s.wav"])
  }

  @Test func theOutputFolderMayHoldTheContents() throws {
    let space = try makeSpace()
    let run = try space.shell("$R in --style style.wav -o .")
    #expect(run.status == 0 && space.exists("0.wav") && space.exists("1.wav"), "\(run.errors)")
    #expect(!run.errors.contains("left out"))
    #expect(try space.shell("$R . --style style.wav -o . --force").status == 64, "they would be replaced")
  }

  @Test func filesInTheOutputFolderThatAreNoResultsAreNamed() throws {
    let space = try makeSpace()
    #expect(try space.shell("mkdir in/new; cp in/0.wav in/new/mine.wav; ln -s new in/link").status == 0)
    for more in ["", "--force"] {
      let run = try space.shell("$R in --style style.wav -o in/new/ \(more)")
      #expect(run.status == 0 && run.errors.contains("2 of 2 clips restyled"), "\(run.errors)")
      #expect(run.errors.contains("left out: 1 in the output folder that is no result"), "\(run.errors)")
    }
    #expect(space.names(in: "in/new") == ["0.wav", "1.wav", "mine.wav"])
    let json = try space.shell("$R in --style style.wav -o in/new/ --force --json -q").text
    #expect(json.contains("\"leftOut\" : {\n    \"wav\" : 1\n  }"), "\(json)")
    let none = try space.shell("rm in/*.wav; $R in --style style.wav -o in/new/ --force")
    #expect(none.status == 64, "\(none.errors)")
    #expect(none.errors.contains("left out: 3 in the output folder that are no results"), "\(none.errors)")
  }

  @Test func aFolderIsLearnedWithItsProfiles() throws {
    let space = try makeSpace(3)
    let script = "$R learn in/0.wav -o in/0.safetensors; rm in/0.wav; touch in/x.xyz in/y.json"
    #expect(try space.shell(script).status == 0)
    let run = try space.shell("$R learn in -o a.safetensors")
    #expect(run.status == 0 && run.errors.contains("left out: 1 .json, 1 .xyz"), "\(run.errors)")
    #expect(run.errors.contains("a.safetensors: 3 clips"))
    #expect(try space.shell("$R learn in/0.safetensors in/1.wav in/2.wav -o b.safetensors").status == 0)
    #expect(try space.bytes("a.safetensors") == space.bytes("b.safetensors"))
    // The result of an earlier run in the folder is no clip.
    #expect(try space.shell("cp a.safetensors in/z.safetensors").status == 0)
    let again = try space.shell("$R learn in -o in/z.safetensors --force")
    #expect(again.status == 0 && again.errors.contains("left out: in/z.safetensors"), "\(again.errors)")
    #expect(try space.bytes("in/z.safetensors") == space.bytes("b.safetensors"))
    // Profiles alone, and neither.
    #expect(try space.shell("rm in/*.wav; $R learn in -o c.safetensors -q").status == 0)
    let none = try space.shell("rm in/*.safetensors; $R learn in -o d.safetensors")
    #expect(none.status == 64 && none.errors.contains("left out: 1 .json, 1 .xyz"), "\(none.errors)")
  }

  @Test func aCheckNamesWhatItLeavesOut() throws {
    let space = try makeSpace()
    let run = try space.shell("touch in/x.xyz; $R check in --for podcast")
    #expect(run.errors.contains("left out: 1 .xyz"), "\(run.errors)")
    #expect(try space.shell("$R check in --for podcast -q").errors.isEmpty)
  }

  /// The next argument would be taken for the value.
  @Test func optionsThatEndInAnEqualsSignAreRefused() throws {
    let space = try makeSpace()
    for option in ["--report=", "--save-change=", "--output=", "-o=", "--style="] {
      let run = try space.shell("$R \(option) in/1.wav in/0.wav --style style.wav --force -o a.wav")
      #expect(run.status == 64 && run.errors.contains("expected a value"), "\(option): \(run.errors)")
      #expect(try space.info("in/1.wav").frameCount == 4000)
    }
    #expect(!space.exists("a.wav"))
    let script = "cp in/0.wav ./--report=; $R --style style.wav -o a.wav -- --report="
    #expect(try space.shell(script).status == 0)
    #expect(try space.shell("cp style.wav s.wav=; $R in/0.wav --style=s.wav= -o b.wav").status == 0)
  }
}
