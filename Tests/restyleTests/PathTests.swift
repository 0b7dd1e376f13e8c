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
}
