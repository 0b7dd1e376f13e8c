import Testing

@testable import restyle

@Suite struct OutputPlannerTests {
  private static let folders: [String: [String]] = [
    "takes": ["1.wav", "deep/2.flac"], "empty": [], "out": [], "music": ["a.wav", "out/a.wav"],
    "music/out": ["a.wav"],
    "more": ["1.wav"],
  ]

  /// The files in a folder, without those in another one that lies in it.
  private static func files(in folder: String, _ exception: String) -> [String] {
    (folders[folder] ?? []).filter { exception == folder || !"\(folder)/\($0)".hasPrefix(exception + "/") }
  }

  private func plan(
    _ contents: [String], to output: String? = nil, suffix: String? = nil, others: [String] = []
  ) throws -> [String] {
    let files = FileSystemView(
      isFolder: { Self.folders[trimmed($0)] != nil },
      soundFiles: { Self.files(in: trimmed($0), trimmed($1)) },
      identity: { trimmed($0.hasPrefix("./") ? String($0.dropFirst(2)) : $0) })
    let planner = OutputPlanner(
      contents: contents, otherInputs: others, output: output, suffix: suffix, files: files)
    return try planner.plan().map { "\($0.content) > \($0.output)" }
  }

  @Test func oneContentGoesBesideItself() throws {
    #expect(try plan(["a.wav"]) == ["a.wav > a.restyled.wav"])
    #expect(try plan(["in/b.c.flac"]) == ["in/b.c.flac > in/b.c.restyled.flac"])
    #expect(try plan(["noise"]) == ["noise > noise.restyled"])
    #expect(try plan(["a.wav"], suffix: "opus") == ["a.wav > a.restyled.opus"])
  }

  @Test func oneContentGoesWhereItIsTold() throws {
    #expect(try plan(["a.wav"], to: "b.flac") == ["a.wav > b.flac"])
    #expect(try plan(["a.wav"], to: "out") == ["a.wav > out/a.wav"])
    #expect(try plan(["in/a.wav"], to: "new/") == ["in/a.wav > new/a.wav"])
    #expect(try plan(["a.wav"], to: "-") == ["a.wav > -"])
    #expect(try plan(["-"], to: "b.flac") == ["- > b.flac"])
    #expect(try plan(["-"], to: "-") == ["- > -"])
  }

  @Test func severalContentsNeedAFolder() throws {
    #expect(try plan(["a.wav", "b.wav"], to: "new/") == ["a.wav > new/a.wav", "b.wav > new/b.wav"])
    #expect(
      try plan(["a.wav", "b.wav"], to: "out", suffix: "mp3") == ["a.wav > out/a.mp3", "b.wav > out/b.mp3"])
    for output in [nil, "-", "new", "new.wav"] {
      #expect(throws: UsageError.self) { try plan(["a.wav", "b.wav"], to: output) }
      #expect(throws: UsageError.self) { try plan(["takes"], to: output) }
    }
  }

  @Test func foldersKeepTheirStructure() throws {
    #expect(
      try plan(["takes", "a.wav"], to: "new/") == [
        "takes/1.wav > new/1.wav", "takes/deep/2.flac > new/deep/2.flac", "a.wav > new/a.wav",
      ])
    #expect(throws: UsageError.self) { try plan(["empty"], to: "new/") }
  }

  @Test func anOutputFolderInsideAContentFolderIsNoContent() throws {
    #expect(try plan(["music"], to: "music/out/") == ["music/a.wav > music/out/a.wav"])
  }

  @Test(arguments: [
    ["x/a.wav", "y/a.wav"], ["a.wav", "./a.wav"], ["takes", "more"], ["takes", "takes"],
  ])
  func collidingNamesAreRefused(contents: [String]) {
    #expect(throws: UsageError.self) { try plan(contents, to: "new/") }
  }

  @Test func namesThatCollideByFormatAreRefused() {
    #expect(throws: UsageError.self) { try plan(["a.wav", "a.flac"], to: "new/", suffix: "mp3") }
  }

  @Test func inputsAreNotReplaced() throws {
    #expect(throws: UsageError.self) { try plan(["a.wav"], to: "./a.wav") }
    #expect(throws: UsageError.self) { try plan(["a.wav"], to: "style.wav", others: ["style.wav"]) }
    #expect(throws: UsageError.self) { try plan(["takes"], to: "takes/") }
    #expect(throws: UsageError.self) { try plan(["out/a.wav", "b.wav"], to: "out/") }
  }

  @Test func standardInputNeedsAName() {
    #expect(throws: UsageError.self) { try plan(["-"]) }
    #expect(throws: UsageError.self) { try plan(["-"], to: "out/") }
    #expect(throws: UsageError.self) { try plan(["-", "a.wav"], to: "out/") }
    #expect(throws: UsageError.self) { try plan(["-", "-"], to: "out/") }
    #expect(throws: UsageError.self) { try plan([]) }
  }
}

private func trimmed(_ path: String) -> String {
  path.hasSuffix("/") ? String(path.dropLast()) : path
}
