import SoundFiles
import Foundation
import Testing

@testable import restyle

@Suite struct PathTests {
  @Test(arguments: [
    ("a", "a", "", ""), (".", ".", "", ""), ("-", "-", "", ""), ("a.wav", "a.wav", "", "wav"),
    ("/", "", "", ""),
    ("/a", "a", "/", ""), ("/a.b/c", "c", "/a.b", ""), ("d/a.b.wav", "a.b.wav", "d", "wav"),
    ("d/e/", "e", "d", ""),
    (".hidden", ".hidden", "", ""), ("./x", "x", ".", ""), ("d//x.y", "x.y", "d", "y"), ("a.", "a.", "", ""),
    ("", "", "", ""),
  ])
  func parts(path: String, name: String, folder: String, suffix: String) {
    #expect(Paths.name(path) == name)
    #expect(Paths.folder(path) == folder)
    #expect(Paths.suffix(path) == suffix)
  }

  @Test func withoutSuffix() {
    #expect(Paths.withoutSuffix("d.e/a.wav") == "d.e/a")
    #expect(Paths.withoutSuffix("d.e/a") == "d.e/a")
    #expect(Paths.withoutSuffix(".a") == ".a")
  }

  @Test func joining() {
    #expect(Paths.join("", "a") == "a")
    #expect(Paths.join("d", "a") == "d/a")
    #expect(Paths.join("d/", "a") == "d/a")
    #expect(Paths.join("/", "a") == "/a")
  }

  @Test func oneFileHasOneIdentity() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder + "/sub", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try Data().write(to: URL(fileURLWithPath: folder + "/a.wav"))
    try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/sub")
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/b.wav", withDestinationPath: folder + "/a.wav")
    #expect(Paths.identity(folder + "/b.wav") == Paths.identity(folder + "/sub/../a.wav"))
    #expect(Paths.identity(folder + "/link/new.wav") == Paths.identity(folder + "/sub/new.wav"))
    #expect(Paths.identity(folder + "/a.wav") != Paths.identity(folder + "/new.wav"))
    #expect(Paths.identity(".") == Paths.identity(FileManager.default.currentDirectoryPath))
  }

  /// After a link, `..` is the folder above the one that the link leads to, as for the system.
  @Test func dotsAfterALinkLeadToTheFolderAboveItsTarget() throws {
    let files = FileManager.default
    let folder = files.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    for name in ["real/d", "q"] {
      try files.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
    }
    defer { try? files.removeItem(atPath: folder) }
    for (link, target) in [
      ("d", "real/d"), ("q/d", "../real/d"), ("l.wav", "real/none.wav"), ("r", "s"), ("s", "r"),
    ] {
      try files.createSymbolicLink(atPath: "\(folder)/\(link)", withDestinationPath: target)
    }
    try Data().write(to: URL(fileURLWithPath: folder + "/real/c.wav"))
    try files.linkItem(atPath: folder + "/real/c.wav", toPath: folder + "/hard.wav")
    func identity(_ name: String) -> String { Paths.identity("\(folder)/\(name)") }
    for (one, other) in [
      ("d/../c.wav", "real/c.wav"), ("q/d/../c.wav", "real/c.wav"), ("d/../", "real"),
      // What does not exist yet.
      ("d/../x.wav", "real/x.wav"), ("new/../c.wav", "c.wav"), ("new/./../a/../c.wav", "c.wav"),
      ("d/../new/../../c.wav", "c.wav"), ("new/../../\(Paths.name(folder))/c.wav", "c.wav"),
      ("d/new/c.wav", "real/d/new/c.wav"), ("l.wav", "real/none.wav"), ("d//./c.wav", "real/d/c.wav"),
    ] {
      #expect(identity(one) == identity(other), "\(one) and \(other)")
    }
    for (one, other) in [
      ("d/../c.wav", "c.wav"), ("q/d/../c.wav", "q/c.wav"), ("new/../c.wav", "real/c.wav"), ("r", "s"),
      // A file is replaced by renaming, so its other name keeps the old one.
      ("hard.wav", "real/c.wav"),
    ] {
      #expect(identity(one) != identity(other), "\(one) and \(other)")
    }
  }
}
