import AudioFeatures
import Foundation
import Testing

@testable import restyle

@Suite struct BatchPlanningTests {
  private func plan(
    _ contents: [String], listed: [String] = [], styles: [String]? = nil, suffix: String? = nil
  ) throws -> [String] {
    let files = FileSystemView(
      isFolder: { $0 == "takes" }, soundFiles: { _, _ in ["1.wav", "deep/1.wav"] }, identity: { $0 })
    return try OutputPlanner(
      contents: contents, listed: listed, styles: styles, output: "out/", suffix: suffix, files: files
    ).plan().map { "\($0.content) > \($0.output) \($0.style.map(String.init) ?? "-")" }
  }

  @Test func namesOfAGridNeverCollide() throws {
    #expect(
      try plan(["a.wav"], styles: ["x", "x"]) == ["a.wav > out/a.x.wav 0", "a.wav > out/a.x-2.wav 1"])
    // a.b towards c, and a towards b.c.
    #expect(
      try plan(["a.b.wav", "a.wav"], styles: ["c", "b.c"]) == [
        "a.b.wav > out/a.b.c.wav 0", "a.b.wav > out/a.b.b.c.wav 1", "a.wav > out/a.c.wav 0",
        "a.wav > out/a.b.c-2.wav 1",
      ])
    #expect(
      try plan(["a.wav", "a.flac", "x/a.wav"], styles: ["s"], suffix: "mp3") == [
        "a.wav > out/a.s.mp3 0", "a.flac > out/a.s-2.mp3 0", "x/a.wav > out/a.s-3.mp3 0",
      ])
  }

  @Test func listedFilesKeepTheirFolders() throws {
    #expect(
      try plan([], listed: ["./x/a.wav", "y/a.wav", "/z/b.wav", "../c.wav", "takes"]) == [
        "./x/a.wav > out/x/a.wav -", "y/a.wav > out/y/a.wav -", "/z/b.wav > out/b.wav -",
        "../c.wav > out/c.wav -", "takes/1.wav > out/1.wav -", "takes/deep/1.wav > out/deep/1.wav -",
      ])
    #expect(throws: UsageError.self) { try plan([], listed: ["/x/a.wav", "/y/a.wav"]) }
    #expect(throws: UsageError.self) { try plan([], listed: ["a.wav", "-"]) }
  }

  @Test func listsAreLinesOrEndedByNUL() {
    #expect(PathList.paths(in: Data("a\n\n b \r\n#c".utf8)) == ["a", " b ", "#c"])
    #expect(PathList.paths(in: Data("a\nb\0\0c\r\0".utf8)) == ["a\nb", "c\r"])
    #expect(PathList.paths(in: Data()).isEmpty)
    // A byte order mark, as some programs of Windows write it, is no part of the first path.
    #expect(PathList.paths(in: Data("\u{FEFF}a\r\nb\u{FEFF}\r\n".utf8)) == ["a", "b\u{FEFF}"])
    #expect(PathList.paths(in: Data("\u{FEFF}\n".utf8)).isEmpty)
  }

  @Test func aFolderIsOneStyleAndInAGridItsFiles() throws {
    let style = StyleArgument(path: "looks", weight: 2)
    func expanded(isGrid: Bool, _ files: [String]) throws -> [StyleArgument] {
      try style.expanded(isGrid: isGrid, isFolder: { _ in true }, files: { _ in files })
    }
    let pooled = try expanded(isGrid: false, ["a.wav", "deep/b.safetensors"])
    #expect(pooled.map(\.path) == ["looks"] && pooled[0].weight == 2)
    #expect(pooled[0].files == ["looks/a.wav", "looks/deep/b.safetensors"])
    let files = try expanded(isGrid: true, ["a.wav", "deep/b.safetensors"])
    #expect(files.map(\.path) == ["looks/a.wav", "looks/deep/b.safetensors"])
    #expect(files.map(\.label) == ["a", "deep-b"])
    #expect(files.allSatisfy { $0.weight == 2 && $0.files == [$0.path] })
    #expect(throws: UsageError.self) { try expanded(isGrid: false, []) }
  }

  @Test func contentsAreMeasuredShortlyBeforeTheirClips() {
    let order = BatchOrder(["a", "a", "b", "b", "c"], ahead: 1)
    #expect(order.contents == [0..<2, 2..<4, 4..<5])
    #expect(
      order.steps == [
        .measure(0), .clip(0, content: 0), .clip(1, content: 0), .measure(1), .clip(2, content: 1),
        .clip(3, content: 1), .clip(4, content: 2),
      ])
  }

  @Test(arguments: [1, 2, 7, 300]) func workersDoEverythingOnceInOrder(jobs: Int) {
    let begun = Guarded<[Int]>([])
    let squares = Workers.map(100, jobs: jobs) { index in
      begun.with { $0.append(index) }
      return index * index
    }
    #expect(squares.compactMap { try? $0?.get() } == (0..<100).map { $0 * $0 })
    #expect(begun.with { $0 }.sorted() == Array(0..<100))
    Workers.run(100, jobs: jobs) { _ in false }
  }

  @Test func resultsComeInOrder() {
    let seen = Guarded<[Int]>([])
    let order = InOrder<Int> { value in seen.with { $0.append(value) } }
    for index in [2, 0, 3, 1] { order.add(index * 10, at: index) }
    #expect(seen.with { $0 } == [0, 10, 20, 30])
    for index in [7, 4, 5] { order.add(index * 10, at: index) }
    #expect(seen.with { $0 } == [0, 10, 20, 30, 40, 50])
    order.flush()
    #expect(seen.with { $0 } == [0, 10, 20, 30, 40, 50, 70])
  }

  @Test func theBarSaysHowLongTheRestTakes() {
    #expect(ProgressBar.rest(after: 30, done: 2, left: 6) == 90)
    #expect(ProgressBar.rest(after: 30, done: 2, left: 0) == 0)
    #expect(ProgressBar.rest(after: 0.5, done: 2, left: 6) == nil)
    #expect(ProgressBar.rest(after: 30, done: 0, left: 6) == nil)
    let line = ProgressBar.line("x.wav", fraction: 0.5, rest: 3725, width: 50)
    #expect(line.hasSuffix(" 50% 1:02:05 left") && line.count == 50)
  }
}
