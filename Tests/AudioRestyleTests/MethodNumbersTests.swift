import AudioRestyle
import Foundation
import Testing

@_spi(Calibration) @testable import StyleMethods

/// The numbers of the methods: as values that calibrations change, and under the paths that the scripts use.
@Suite struct MethodNumbersTests {
  private func restyling(_ change: (inout RestyleOptions) -> Void) throws -> Restyling {
    var options = RestyleOptions()
    options.refinements = 0
    change(&options)
    let restyler = Restyler(options: options)
    let (content, style) = (
      TestClips.wandering(seed: 1, count: 2 * 16000, rate: 16000),
      TestClips.wandering(seed: 2, count: 2 * 16000, rate: 16000, pole: 0.3, depth: 2)
    )
    let profile = try restyler.learner.learn(TestClips.source([style], rate: 16000))
    let own = try restyler.learner.learn(TestClips.source([content], rate: 16000))
    return try restyler.restyling(of: own, towards: [WeightedStyle(profile)])
  }

  @Test func restylingsUseTheStandardNumbersUnlessOptionsSayOthers() throws {
    let initial = try restyling { _ in }
    #expect(try restyling { $0.numbers = .standard } == initial)
    for change: (inout MethodNumbers) -> Void in [
      { $0.match.tone.powerShare = 0 }, { $0.match.dynamics.exponent = 0 },
      { $0.match.equipment.matchedShare = 1 },
    ] {
      var numbers = MethodNumbers.standard
      change(&numbers)
      #expect(
        try restyling {
          $0.numbers = numbers
          $0.aim = .equipment
        } != restyling { $0.aim = .equipment })
    }
  }

  @Test func numbersComeBackFromJSON() throws {
    var numbers = MethodNumbers.standard
    numbers.match.tone.closeShare = 0.5
    numbers.spreads.limits = 0.5...2
    let data = try JSONEncoder().encode(numbers)
    #expect(try JSONDecoder().decode(MethodNumbers.self, from: data) == numbers)
    // Options that ask for none are the same as ever.
    let options = try JSONEncoder().encode(RestyleOptions())
    #expect(!String(decoding: options, as: UTF8.self).contains("numbers"))
  }

  /// The leaves of a JSON object, by their paths.
  private static func paths(_ tree: Any, _ prefix: String = "") -> Set<String> {
    guard let node = tree as? [String: Any] else { return [prefix] }
    return node.reduce(into: []) { found, entry in
      found.formUnion(paths(entry.value, prefix.isEmpty ? entry.key : "\(prefix).\(entry.key)"))
    }
  }

  @Test func theScriptsNameNumbersThatThereAre() throws {
    let known = Self.paths(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(MethodNumbers.standard)))
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Scripts/calibration")
    func object(_ name: String) throws -> [String: Any] {
      let data = try Data(contentsOf: folder.appending(path: name))
      return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
    let scanned = try Set(object("scan.json").keys)
    #expect(!scanned.isEmpty && scanned.subtracting(known) == [])
    let parts = try object("parts.json").values
    #expect(!parts.isEmpty)
    for part in parts {
      let off = try #require((part as? [String: Any])?["off"] as? [String: Any])
      #expect(!off.isEmpty && Set(off.keys).subtracting(known) == [])
    }
  }
}
