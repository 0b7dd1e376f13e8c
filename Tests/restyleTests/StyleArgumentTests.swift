import Testing

@testable import restyle

@Suite struct StyleArgumentTests {
  private func parse(_ text: String, existing: Set<String> = []) throws -> StyleArgument {
    try StyleArgument(text, exists: existing.contains)
  }

  @Test(arguments: [
    ("a.wav", "a.wav", 1.0), ("a.wav=2", "a.wav", 2), ("a.wav=0.25", "a.wav", 0.25),
    ("a.wav=1e-3", "a.wav", 0.001),
    ("a.wav=0", "a.wav", 0), ("a=b.wav=3", "a=b.wav", 3), ("a.wav=loud", "a.wav=loud", 1),
    ("a.wav=", "a.wav=", 1),
    ("-", "-", 1), ("-=2", "-", 2),
  ])
  func readsAWeight(text: String, path: String, weight: Double) throws {
    #expect(try parse(text) == StyleArgument(path: path, weight: weight))
  }

  @Test func anExistingPathWins() throws {
    #expect(
      try parse("a.wav=2", existing: ["a.wav=2", "a.wav"]) == StyleArgument(path: "a.wav=2", weight: 1))
    #expect(try parse("a.wav=2=3", existing: ["a.wav=2"]) == StyleArgument(path: "a.wav=2", weight: 3))
  }

  @Test(arguments: ["a.wav=-1", "a.wav=inf", "a.wav=nan", "", "=2"])
  func refusesWhatIsNoStyle(text: String) {
    #expect(throws: UsageError.self) { try parse(text) }
  }

  @Test func someWeightMustCount() throws {
    #expect(throws: UsageError.self) { try StyleArgument.all([], exists: { _ in false }) }
    #expect(throws: UsageError.self) { try StyleArgument.all(["a=0", "b=0"], exists: { _ in false }) }
    #expect(try StyleArgument.all(["a=0", "b"], exists: { _ in false }).map(\.weight) == [0, 1])
  }
}
