import Foundation
import SoundFiles
import Testing

/// Many clips in one run of the real program.
@Suite struct BatchTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try FileManager.default.createDirectory(
      atPath: space.url("takes/deep").path, withIntermediateDirectories: true)
    for (index, name) in ["0.wav", "1.wav", "deep/2.wav"].enumerated() {
      try space.makeClip(
        "takes/" + name, seconds: 1, gain: [0.3, 0.1, 0.2][index], seed: UInt64(index + 1))
    }
    try FileManager.default.createDirectory(
      atPath: space.url("looks").path, withIntermediateDirectories: true)
    try space.makeClip("looks/dark.wav", seconds: 1, gain: 0.1, brightness: 0.1, seed: 8)
    try space.makeClip("looks/light.wav", seconds: 1, gain: 0.2, brightness: 0.9, seed: 9)
  }

  /// The files below a folder of the workspace, relative to it, hidden ones included.
  private func files(_ folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: space.url(folder).path)
      .filter { $0.hasSuffix(".wav") || $0.contains(".part") }.sorted()
  }

  private func json(_ run: Workspace.Run) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
  }

  @Test func whatIsOddAboutAStyleIsSaidOnce() throws {
    try space.makeClip("brief.wav", seconds: 0.4, gain: 0.2, seed: 11)
    let run = try space.run("takes", "--style", "brief.wav", "-o", "out/")
    let names = try files("out")
    #expect(run.status == 0 && names.count == 3)
    #expect(run.errors.components(separatedBy: "brief.wav has 0.").count == 2, "\(run.errors)")
    // It stands in the report on the pack, or in each clip's where they are planned by themselves.
    func warnings(_ part: Any?) -> [String] { (part as? [String: Any])?["warnings"] as? [String] ?? [] }
    let pack = try json(space.run("takes", "--style", "brief.wav", "-o", "pack/", "--json", "-q"))
    let together = try #require(pack["together"] as? [[String: Any]])
    #expect(together.count == 1 && warnings(together[0]).contains { $0.hasPrefix("brief.wav has 0.") })
    let command = ["takes", "--style", "brief.wav", "--method", "adain", "-o", "told/", "--json", "-q"]
    for clip in try #require(json(space.run(command))["clips"] as? [[String: Any]]) {
      #expect(warnings(clip["result"]).contains { $0.hasPrefix("brief.wav has 0.") })
    }
  }

  @Test func resultsAndMessagesDoNotDependOnJobs() throws {
    try Data("no sound".utf8).write(to: space.url("takes/bad.wav"))
    let runs = try [1, 2, 5].map { jobs in
      try space.run("takes", "--style", "looks", "--grid", "-o", "out\(jobs)/", "--jobs", "\(jobs)")
    }
    let names = try files("out1")
    #expect(names.count == 6)
    for (jobs, run) in zip([1, 2, 5], runs) {
      #expect(run.status == 65)
      #expect(run.errors.replacingOccurrences(of: "out\(jobs)/", with: "out1/") == runs[0].errors)
      #expect(try files("out\(jobs)") == names)
      for name in names {
        #expect(try space.bytes("out\(jobs)/" + name) == space.bytes("out1/" + name), "\(name), \(jobs) jobs")
      }
    }
  }

  /// With threads to spare, a single content is measured while its style is.
  @Test func oneClipIsTheSameOnOneThread() throws {
    try Data("no sound".utf8).write(to: space.url("bad.wav"))
    let commands = [
      ["takes/0.wav", "--style", "looks/dark.wav"],
      ["takes/0.wav", "--style", "looks/dark.wav=2", "--style", "looks/light.wav", "--method", "transport"],
      ["bad.wav", "--style", "looks/dark.wav"], ["takes/0.wav", "--style", "bad.wav"],
    ]
    for (number, command) in commands.enumerated() {
      let runs = try [1, 4].map { threads in
        let output = "out\(number).\(threads).wav"
        return try space.run(command + ["-o", output, "--threads", "\(threads)"])
      }
      #expect(runs[0].status == (number < 2 ? 0 : 65) && runs[1].status == runs[0].status)
      #expect(runs[1].errors.replacingOccurrences(of: ".4.wav", with: ".1.wav") == runs[0].errors)
      guard number < 2 else { continue }
      #expect(try space.bytes("out\(number).1.wav") == space.bytes("out\(number).4.wav"))
    }
  }

  @Test func aGridIsEveryContentTowardsEveryStyle() throws {
    let run = try space.run("takes", "--style", "looks", "--grid", "-o", "out/", "--json", "--quiet")
    #expect(run.status == 0)
    #expect(
      try files("out") == [
        "0.dark.wav", "0.light.wav", "1.dark.wav", "1.light.wav", "deep/2.dark.wav", "deep/2.light.wav",
      ])
    // The takes are short: towards a style, they are what they are in one command towards it alone.
    try space.run("takes", "--style", "looks/light.wav", "-o", "light/")
    #expect(try space.bytes("light/deep/2.wav") == space.bytes("out/deep/2.light.wav"))
    let clips = try #require(try json(run)["clips"] as? [[String: Any]])
    #expect(
      clips.map { $0["style"] as? String } == (0..<3).flatMap { _ in ["looks/dark.wav", "looks/light.wav"] })
  }

  @Test func aStyleThatIsNoSoundLosesItsColumnAlone() throws {
    try Data("no sound".utf8).write(to: space.url("looks/broken.wav"))
    let run = try space.run("takes", "--style", "looks", "--grid", "-o", "out/", "--json")
    #expect(run.status == 65)
    #expect(try files("out").count == 6)
    let failures = try #require(try json(run)["failures"] as? [[String: Any]])
    #expect(failures.count == 3 && failures.allSatisfy { $0["file"] as? String == "looks/broken.wav" })
    #expect(run.errors.contains("Error: looks/broken.wav: cannot be used as a style: "))
    #expect(run.errors.contains("(3 results)"))
    // Without a grid every result would need it.
    #expect(try space.run("takes", "--style", "looks", "-o", "mixed/").status == 65)
    #expect(try !space.exists("mixed") || files("mixed").isEmpty)
  }

  /// The limit of names, usually 255 bytes, is reached by one result of a grid.
  @Test func aNameThatIsTooLongFailsAlone() throws {
    let long = String(repeating: "x", count: 240)
    try space.makeClip("takes/\(long).wav", seconds: 1, seed: 4)
    let style = String(repeating: "y", count: 20)
    try space.bytes("looks/dark.wav").write(to: space.url("looks/\(style).wav"))
    let command = [
      "takes", "--style", "looks/dark.wav", "--style", "looks/\(style).wav", "--grid", "-o", "out/",
    ]
    let dry = try space.run(command + ["--dry-run"])
    #expect(dry.status == 73 && dry.text.contains("would restyle 7 of 8 clips"), "\(dry.text)\(dry.errors)")
    for more in [[], ["--skip-existing", "--force"]] {
      let run = try space.run(command + more)
      #expect(run.status == 73 && run.errors.contains("7 of 8 clips restyled, 1 failed"), "\(run.errors)")
      #expect(try files("out").count == 7)
    }
  }

  @Test func whatFailsIsListedAtTheEndAndTheRestIsDone() throws {
    try Data("no sound".utf8).write(to: space.url("bad.wav"))
    let run = try space.run(
      "missing.wav", "bad.wav", "takes", "--style", "looks/dark.wav", "-o", "out/", "--json", "-j2")
    #expect(run.status == 66, "the status of the first clip that failed")
    #expect(try files("out").count == 3)
    let lines = run.errors.split(separator: "\n").suffix(3)
    #expect(lines.first?.hasPrefix("Error: missing.wav: not restyled: ") == true)
    #expect(lines.dropFirst().first?.hasPrefix("Error: bad.wav: not restyled: ") == true)
    #expect(lines.last == "Error: 2 clips of 5 could not be restyled")
    let failures = try #require(try json(run)["failures"] as? [[String: Any]])
    #expect(failures.map { $0["status"] as? Int } == [66, 65])
    #expect(failures.map { $0["content"] as? String } == ["missing.wav", "bad.wav"])
  }

  @Test(arguments: [
    "takes/0.wav\n./takes/deep/2.wav\n", "takes/0.wav\r\n\r\ntakes/deep/2.wav",
    "takes/0.wav\0takes/deep/2.wav\0",
  ])
  func listsNameContents(text: String) throws {
    try Data(text.utf8).write(to: space.url("list.txt"))
    #expect(try space.run("--list", "list.txt", "--style", "looks/dark.wav", "-o", "out/").status == 0)
    #expect(try files("out") == ["takes/0.wav", "takes/deep/2.wav"])
    let piped = try space.run(
      "--list", "-", "--style", "looks/dark.wav", "-o", "piped/", input: Data(text.utf8))
    #expect(piped.status == 0)
    #expect(try files("piped") == files("out"))
  }

  @Test func listsNameStyles() throws {
    try Data("looks/dark.wav=3\nlooks/light.wav\n".utf8).write(to: space.url("list.txt"))
    try space.run("takes/0.wav", "--style-list", "list.txt", "-o", "a.wav")
    try space.run("takes/0.wav", "--style", "looks/dark.wav=3", "--style", "looks/light.wav", "-o", "b.wav")
    #expect(try space.bytes("a.wav") == space.bytes("b.wav"))
    // A folder is pooled, as 'learn' does.
    try space.run("takes/0.wav", "--style", "looks", "-o", "c.wav")
    try space.run("learn", "looks", "-o", "looks.safetensors")
    try space.run("takes/0.wav", "--style", "looks.safetensors", "-o", "d.wav")
    #expect(try space.bytes("c.wav") == space.bytes("d.wav"))
    try space.run("takes", "--style", "looks", "-o", "e/")
    try space.run("takes", "--style", "looks.safetensors", "-o", "f/")
    #expect(try space.bytes("e/1.wav") == space.bytes("f/1.wav"))
  }

  @Test func shortSoundsGetOneToneAndLongOnesTheirOwn() throws {
    try space.makeClip("takes/long.wav", seconds: 31, gain: 0.2, brightness: 0.3, seed: 5)
    let run = try space.run("takes", "--style", "looks/dark.wav", "-o", "out/", "--json")
    #expect(run.status == 0, "\(run.errors)")
    #expect(
      run.errors.contains("3 sounds of a pack: one tone and one gain for all, no dynamics"), "\(run.errors)")
    let report = try json(run)
    let results = try #require(report["clips"] as? [[String: Any]]).compactMap {
      $0["result"] as? [String: Any]
    }
    #expect(results.map { $0["poolCount"] as? Int } == [3, 3, 3, nil])
    let gains = results.prefix(3).compactMap { ($0["level"] as? [String: Any])?["gain"] as? Double }
    #expect(gains.count == 3 && Set(gains).count == 1)
    // A long clip is what it is alone, and so is a short one that arrives with no other.
    try space.run("takes/long.wav", "--style", "looks/dark.wav", "-o", "alone.wav")
    #expect(try space.bytes("alone.wav") == space.bytes("out/long.wav"))
    let one = try space.run(
      "takes/0.wav", "takes/long.wav", "--style", "looks/dark.wav", "-o", "two/", "--verbose")
    let alone = try space.run("takes/0.wav", "--style", "looks/dark.wav", "-o", "one.wav")
    #expect(try space.bytes("one.wav") == space.bytes("two/0.wav"))
    for text in [one.errors, alone.errors] {
      #expect(text.contains("by itself: its spectrum went to the style's"), "\(text)")
    }
    // Together, short sounds alone are the same pack; other methods plan each clip by itself.
    try FileManager.default.removeItem(at: space.url("takes/long.wav"))
    try space.run("takes", "--style", "looks/dark.wav", "--together", "-o", "together/")
    #expect(try space.bytes("together/1.wav") == space.bytes("out/1.wav"))
    try space.run("takes", "--style", "looks/dark.wav", "--method", "mean", "-o", "mean/")
    try space.run("takes/1.wav", "--style", "looks/dark.wav", "--method", "mean", "-o", "mean.wav")
    #expect(try space.bytes("mean/1.wav") == space.bytes("mean.wav"))
  }

  @Test func longerSoundsAmongShortOnesBelongToTheirPack() throws {
    func poolCounts(_ run: Workspace.Run) throws -> [Int?] {
      try #require(try json(run)["clips"] as? [[String: Any]]).map {
        ($0["result"] as? [String: Any])?["poolCount"] as? Int
      }
    }
    try space.makeClip("takes/gong.wav", seconds: 5, gain: 0.2, brightness: 0.3, seed: 5)
    let most = try space.run("takes", "--style", "looks/dark.wav", "-o", "out/", "--json")
    #expect(most.errors.contains("4 sounds of a pack: one tone and one gain for all"), "\(most.errors)")
    #expect(try poolCounts(most) == [4, 4, 4, 4])
    try space.run("takes", "--style", "looks/dark.wav", "--together", "-o", "together/")
    #expect(try space.bytes("together/gong.wav") == space.bytes("out/gong.wav"))
    // Where half of the contents are longer, those are no part of the pack.
    for number in 0..<2 {
      try space.makeClip("takes/long\(number).wav", seconds: 4, gain: 0.2, seed: UInt64(number))
    }
    let half = try space.run("takes", "--style", "looks/dark.wav", "-o", "half/", "--json")
    #expect(try poolCounts(half).compactMap(\.self) == [3, 3, 3], "\(half.errors)")
  }

  @Test func anInterruptLeavesWholeResultsOnly() throws {
    for index in 0..<12 {
      try space.makeClip(
        "takes/long\(index).wav", seconds: 20,
        channelCount: 2, sampleRate: 48_000)
    }
    signal(SIGINT, SIG_DFL)
    let process = try space.start(["takes", "--style", "looks/dark.wav", "-o", "out/", "--jobs", "3"])
    Thread.sleep(forTimeInterval: 0.7)
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 130)
    for name in (try? files("out")) ?? [] {
      #expect(!name.contains(".part"))
      #expect(try space.info("out/" + name).frameCount == space.info("takes/" + name).frameCount)
    }
  }
}

/// Several clips as one programme.
@Suite struct TogetherTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("loud.wav", seconds: 3, gain: 0.4)
    try space.makeClip("soft.wav", seconds: 2, gain: 0.1)
    try space.makeClip("style.wav", seconds: 3, gain: 0.2, brightness: 0.1, seed: 2)
  }

  private func results(_ run: Workspace.Run) throws -> [[String: Any]] {
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    return try #require(report["clips"] as? [[String: Any]]).compactMap { $0["result"] as? [String: Any] }
  }

  @Test func oneClipTogetherIsThatClip() throws {
    let options = ["--style", "style.wav", "--peaks", "gain"]
    #expect(try space.run(["loud.wav", "-o", "a.wav"] + options).status == 0)
    #expect(try space.run(["loud.wav", "-o", "b.wav", "--together"] + options).status == 0)
    #expect(try space.bytes("a.wav") == space.bytes("b.wav"))
  }

  /// Where bands get one gain each and the clips have one tone, differences of loudness stay as they are.
  @Test func differencesOfLoudnessStay() throws {
    let options = ["loud.wav", "soft.wav", "--style", "style.wav", "--method", "mean", "--json", "--quiet"]
    func differences(_ arguments: [String]) throws -> (before: Double, after: Double) {
      let results = try results(space.run(options + arguments))
      let before = results.compactMap { $0["contentLoudness"] as? Double }
      let after = results.compactMap { $0["loudness"] as? Double }
      return (before[0] - before[1], after[0] - after[1])
    }
    let together = try differences(["--together", "-o", "a/"])
    #expect(together.before > 10)
    #expect(abs(together.after - together.before) < 0.3)
    #expect(try abs(differences(["-o", "b/"]).after) < 0.1, "apart, both reach the style's loudness")
  }

  /// One map of dynamics squeezes what lies between clips; the last gains restore it, and peaks have ceilings of their own.
  @Test func relationsStayWhateverDynamicsDo() throws {
    try space.makeClip("bright.wav", seconds: 4, gain: 0.9, brightness: 0.9, seed: 7)
    try space.makeClip("squashed.wav", seconds: 6, gain: 0.3, brightness: 0.2, seed: 8)
    let command = [
      "loud.wav", "soft.wav", "bright.wav", "--style", "squashed.wav", "--together", "--json", "-q",
    ]
    func moved(_ options: String..., output: String) throws -> (largest: Double, tones: [[Double]]) {
      let results = try results(space.run(command + options + ["-o", output]))
      let before = results.compactMap { $0["contentLoudness"] as? Double }
      let after = results.compactMap { $0["loudness"] as? Double }
      #expect(before.count == 3 && after.count == 3)
      for result in results {
        let (own, peak) = (result["contentTruePeak"] as? Double, result["truePeak"] as? Double)
        #expect(try #require(peak) <= max(-1, #require(own)) + 0.05)
      }
      let mean = zip(before, after).reduce(0) { $0 + $1.1 - $1.0 } / 3
      let tones = results.map { result in
        ((result["views"] as? [[String: Any]])?[0]["channels"] as? [[String: Any]] ?? []).map {
          ($0["requestedMean"] as? Double ?? 0) - ($0["contentMean"] as? Double ?? 0)
        }
      }
      return (zip(before, after).map { abs($1 - $0 - mean) }.max() ?? 99, tones)
    }
    let kept = try moved(output: "a/")
    #expect(kept.largest < 0.5, "moved by \(kept.largest) LU")
    #expect(zip(kept.tones[0], kept.tones[2]).contains { abs($0 - $1) > 1 }, "each clip has its tone")
    let shared = try moved("--tone-shared", output: "b/")
    #expect(shared.largest < 0.5)
    for (one, other) in zip(shared.tones[0], shared.tones[2]) { #expect(abs(one - other) < 1e-9) }
    let mapped = try moved("--relations", "mapped", output: "c/")
    #expect(mapped.largest > kept.largest)
  }

  @Test func resultsDoNotDependOnJobs() throws {
    for jobs in ["1", "3"] {
      let run = try space.run(
        "loud.wav", "soft.wav", "--style", "style.wav", "--together", "-o", jobs + "/", "--jobs", jobs)
      #expect(run.status == 0)
    }
    for name in ["loud.wav", "soft.wav"] {
      #expect(try space.bytes("1/" + name) == space.bytes("3/" + name))
    }
  }

  @Test func aClipThatFailsIsLeftOut() throws {
    try Data("no sound".utf8).write(to: space.url("bad.wav"))
    let run = try space.run(
      "loud.wav", "bad.wav", "soft.wav", "--style", "style.wav", "--together", "-o", "a/")
    #expect(run.status == 65)
    try space.run("loud.wav", "soft.wav", "--style", "style.wav", "--together", "-o", "b/")
    for name in ["loud.wav", "soft.wav"] {
      #expect(try space.bytes("a/" + name) == space.bytes("b/" + name))
    }
  }

  /// A style with other channels than the contents is found when it is planned with.
  @Test(arguments: [["--together"], []]) func aStyleThatDoesNotFitLosesItsColumnAlone(_ more: [String]) throws
  {
    // Without --together these are a pack.
    for name in ["a.wav", "b.wav"] {
      try space.makeClip(name, seconds: 1, seed: UInt64(name.utf8.first ?? 0))
    }
    #expect(
      try space.run("learn", "style.wav", "--features", "spectrum", "-o", "bins.safetensors").status == 0)
    let command = ["a.wav", "b.wav", "--style", "style.wav"] + more
    #expect(try space.run(command + ["-o", "want/"]).status == 0)
    let run = try space.run(command + ["--style", "bins.safetensors", "--grid", "-o", "grid/", "--json"])
    #expect(run.status == 65 && run.errors.contains("2 of 4 clips restyled, 2 failed"), "\(run.errors)")
    // Also where it comes before the others.
    let first = try space.run(
      ["a.wav", "b.wav", "--style", "bins.safetensors", "--style", "style.wav", "--grid", "-o", "first/"]
        + more)
    #expect(first.status == 65 && first.errors.contains("2 of 4 clips restyled, 2 failed"), "\(first.errors)")
    for folder in ["grid", "first"] {
      #expect(space.names(in: folder) == ["a.style.wav", "b.style.wav"])
      for name in ["a", "b"] {
        #expect(try space.bytes("\(folder)/\(name).style.wav") == space.bytes("want/\(name).wav"))
      }
    }
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    let failures = try #require(report["failures"] as? [[String: Any]])
    #expect(failures.count == 2 && failures.allSatisfy { $0["file"] as? String == "bins.safetensors" })
    #expect((report["notBegun"] as? [Any])?.isEmpty == true)
    // Without a grid every clip would need it.
    let mixed = try space.run(command + ["--style", "bins.safetensors", "-o", "mixed/"])
    #expect(mixed.status == 65 && space.names(in: "mixed").isEmpty, "\(mixed.errors)")
  }
}
