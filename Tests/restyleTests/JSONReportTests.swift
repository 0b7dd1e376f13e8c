import Foundation
import Testing

/// The article on reports in JSON names every key that the program prints.
@Suite struct JSONReportTests {
  private static let article = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Sources/AudioRestyle/AudioRestyle.docc/JSONReports.md")

  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("a.wav", seconds: 3, channelCount: 2, seed: 1)
    try space.makeClip("b.wav", seconds: 3, gain: 0.1, seed: 2)
    try space.makeClip("radio.wav", seconds: 3, brightness: 0.1, seed: 3)
    try space.makeClip("short.wav", seconds: 0.4, seed: 4)
    try space.makeClip("shorter.wav", seconds: 0.3, seed: 5)
    try FileManager.default.createDirectory(
      atPath: space.url("takes").path, withIntermediateDirectories: true)
    for name in ["a.wav", "b.wav"] {
      try FileManager.default.copyItem(at: space.url(name), to: space.url("takes/" + name))
    }
    try Data("notes".utf8).write(to: space.url("takes/notes.txt"))
  }

  /// The keys of a report at any depth, without those of objects whose keys are data.
  private func keys(of value: Any) -> Set<String> {
    switch value {
    case let object as [String: Any]:
      object.reduce(into: []) { all, entry in
        all.insert(entry.key)
        if !["metadata", "leftOut"].contains(entry.key) { all.formUnion(keys(of: entry.value)) }
      }
    case let list as [Any]: list.reduce(into: []) { $0.formUnion(keys(of: $1)) }
    default: []
    }
  }

  private func report(_ arguments: String, status: Int32 = 0) throws -> Set<String> {
    let run = try space.run((arguments + " --json").split(separator: " ").map(String.init))
    #expect(run.status == status, "\(arguments): \(run.errors)")
    return keys(of: try JSONSerialization.jsonObject(with: run.output))
  }

  @Test(arguments: [
    "a.wav --style radio.wav -o r.wav --gains --save-change change.json",
    "a.wav --style radio.wav -o r.wav --aim equipment --range 100-3000 --loudness -20 --ceiling off",
    "a.wav b.wav --style radio.wav --style b.wav=2 --dynamics-style b.wav -o out/ --together",
    "short.wav shorter.wav --style radio.wav -o out/",
    "a.wav b.wav --style radio.wav --style b.wav --grid --shard 1/2 -o out/",
    "takes/ --style radio.wav -o out/ --dry-run",
    "learn a.wav b.wav -o profile.safetensors",
    "inspect a.wav b.wav",
    "compare a.wav radio.wav",
    "extract a.wav -o levels.npz",
    "check --list",
  ])
  func keysAreDocumented(_ arguments: String) throws {
    try expectDocumented(try report(arguments))
  }

  @Test func keysAfterOtherRunsAreDocumented() throws {
    var keys = try report("takes/ --style radio.wav -o out/ --skip-existing")
    keys.formUnion(try report("takes/ --style radio.wav -o out/ --skip-existing"))
    #expect(keys.isSuperset(of: ["skipped", "leftOut"]))
    keys.formUnion(try report("a.wav missing.wav --style radio.wav -o out2/", status: 66))
    keys.formUnion(try report("a.wav --like b.wav --style radio.wav -o stems/", status: 65))
    keys.formUnion(try report("a.wav --like a.wav --style radio.wav -o stems/"))
    keys.formUnion(try report("a.wav --style radio.wav -o r.wav --save-change change.json"))
    keys.formUnion(try report("b.wav --apply-change change.json -o s.wav"))
    keys.formUnion(try report("learn a.wav -o profile.safetensors"))
    keys.formUnion(try report("inspect change.json profile.safetensors"))
    keys.formUnion(try report("extract a.wav -o levels.npz"))
    keys.formUnion(try report("a.wav --features-in levels.npz -o t.wav"))
    keys.formUnion(try report("check a.wav missing.wav --for podcast --for acx", status: 66))
    #expect(
      keys.isSuperset(of: ["failures", "status", "featuresIn", "changeApplied", "sources", "findings"]))
    try expectDocumented(keys)
  }

  private func expectDocumented(_ keys: Set<String>) throws {
    let text = try String(contentsOf: Self.article, encoding: .utf8)
    let named = Set(text.matches(of: /`([A-Za-z]+)`/).map { String($0.1) })
    #expect(keys.count > 3)
    let missing = keys.subtracting(named).sorted()
    #expect(missing.isEmpty, "keys that the article does not name: \(missing)")
  }
}
