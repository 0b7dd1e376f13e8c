import Foundation
import SoundFiles
import Testing

/// A change that is kept and used again, by the real program.
@Suite struct ChangeTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav", seconds: 3, gain: 0.3, brightness: 0.3)
    try space.makeClip("quiet.wav", seconds: 3, gain: 0.075, brightness: 0.3)
    try space.makeClip("style.wav", seconds: 3, gain: 0.1, brightness: 0.1, seed: 2)
  }

  private func loudness(_ run: Workspace.Run) throws -> [Double] {
    let report = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    return try #require(report["clips"] as? [[String: Any]]).map {
      try #require(($0["result"] as? [String: Any])?["loudness"] as? Double)
    }
  }

  @Test func theSameClipGetsTheSameBytes() throws {
    let first = try space.run(
      "talk.wav", "--style", "style.wav", "--save-change", "house.json", "-o", "1.wav")
    #expect(first.status == 0, "\(first.errors)")
    for levels in ["own", "absolute"] {
      for loudness in ["target", "gain"] {
        let again = try space.run(
          "talk.wav", "--apply-change", "house.json", "--change-levels", levels, "--change-loudness",
          loudness,
          "-o", "2.wav", "--force", "--json", "-q")
        #expect(again.status == 0, "\(again.errors)")
        #expect(try space.bytes("2.wav") == space.bytes("1.wav"), "\(levels), \(loudness)")
        #expect(again.text.contains("\"changeLevels\" : \"\(levels)\""))
        #expect(again.text.contains("\"changeLoudness\" : \"\(loudness)\""))
      }
    }
    // By default, they are the first of each.
    #expect(try space.run("talk.wav", "--apply-change", "house.json", "-o", "3.wav").status == 0)
    #expect(try space.bytes("3.wav") == space.bytes("1.wav"))
  }

  /// A copy 12 dB lower comes out as loud as the first clip, or 12 dB lower.
  @Test func loudnessIsATargetOrAGain() throws {
    try space.run("talk.wav", "--style", "style.wav", "--save-change", "house.json", "-o", "1.wav")
    let apply = ["talk.wav", "quiet.wav", "--apply-change", "house.json", "--json", "-q"]
    let target = try loudness(space.run(apply + ["-o", "target/"]))
    #expect(abs(target[0] - target[1]) < 0.05)
    let gain = try loudness(space.run(apply + ["-o", "gain/", "--change-loudness", "gain"]))
    #expect(gain[0] == target[0] && abs(gain[0] - gain[1] - 12.04) < 0.05)
  }

  /// Towards less dynamics, a quiet copy at the same map of levels is raised where it was lowered.
  @Test func levelsFollowTheClipOrStay() throws {
    try space.run("talk.wav", "--style", "style.wav", "--save-change", "house.json", "-o", "1.wav")
    let apply = ["quiet.wav", "--apply-change", "house.json", "-q"]
    #expect(try space.run(apply + ["-o", "own.wav"]).status == 0)
    #expect(try space.run(apply + ["-o", "absolute.wav", "--change-levels", "absolute"]).status == 0)
    #expect(try space.bytes("own.wav") != space.bytes("absolute.wav"))
  }

  @Test(arguments: [("--change-levels", "absolute"), ("--change-loudness", "gain")])
  func optionsOfASavedChangeNeedOne(option: String, value: String) throws {
    let run = try space.run("talk.wav", "--style", "style.wav", option, value)
    #expect(run.status == 64 && run.errors.contains("\(option): expected --apply-change beside it"))
    let wrong = try space.run("talk.wav", "--apply-change", "house.json", option, "loud")
    #expect(wrong.status == 64 && wrong.errors.contains(value))
  }

  /// Numbers that no clip has are refused before anything is computed from them.
  @Test(arguments: [
    "", "reshaping.inputs", "reshaping.outputs", "anchor", "gate", "pauseGain", "content.mean",
  ])
  func impossibleLevelsAreRefused(_ key: String) throws {
    try space.run("talk.wav", "--style", "style.wav", "--save-change", "house.json", "-o", "1.wav")
    let read = try JSONSerialization.jsonObject(with: space.bytes("house.json"))
    var file = try #require(read as? [String: Any])
    var restyling = try #require(file["restyling"] as? [String: Any])
    let map: [String: Any] = [
      "anchor": -22, "gate": -20, "pauseGain": 0, "pauseDepth": 0,
      "content": ["mean": [-3], "spread": [1]], "style": ["mean": [-3], "spread": [1]],
      "reshaping": ["endSlope": 1, "inputs": [-20, -10, 0, 10], "outputs": [-12, -6, 0, 10]],
    ]
    /// Puts levels up to 10⁹ in the place of a key.
    func changed(_ value: Any, _ keys: ArraySlice<Substring>) throws -> Any {
      guard let key = keys.first else {
        guard let count = (value as? [Any])?.count else { return -1e9 }
        return (0..<count).map { 1e9 * (count == 1 ? 1 : 2 * Double($0) / Double(count - 1) - 1) }
      }
      var object = try #require(value as? [String: Any])
      object[String(key)] = try changed(#require(object[String(key)]), keys.dropFirst())
      return object
    }
    restyling["loudness"] = try key.isEmpty ? map as Any : changed(map, key.split(separator: ".")[...])
    file["restyling"] = restyling
    try JSONSerialization.data(withJSONObject: file).write(to: space.url("hostile.json"))
    for command in [
      "inspect hostile.json", "export hostile.json", "plot levels hostile.json -o a.svg",
      "talk.wav --apply-change hostile.json -o 2.wav",
    ] {
      let run = try space.shell("timeout 60 $R \(command)")
      // Without a change of the map, it is one that can be used.
      let isRefused = run.status == 65 && run.errors.contains("loudness: ")
      #expect(key.isEmpty ? run.status == 0 : isRefused, "\(command): \(run.status) \(run.errors)")
    }
  }
}
