import AudioRestyle
import Foundation
import Testing

@testable import restyle

/// The names that the demo's recipes use.
enum DemoNames {
  static let contents = DemoRecipe.all.map(\.content)
  static let styles = DemoRecipe.all.flatMap { $0.styles.map(\.name) }
  static let count = DemoRecipe.all.count
}

@Suite struct DemoTests {
  @Test func recipesCanBeMade() throws {
    #expect(Set(DemoRecipe.all.map(\.name)).count == DemoRecipe.all.count)
    for recipe in DemoRecipe.all {
      try recipe.options.validate()
      // What a title says of the options is what they are.
      if let said = recipe.title.firstMatch(of: /--strength (-?[0-9.]+[0-9])/) {
        #expect(Double(said.1) == recipe.options.strength)
      } else {
        #expect(recipe.options.strength == 1)
      }
      #expect(recipe.title.contains("--aim equipment") == (recipe.options.aim == .equipment))
      #expect(recipe.title.contains("--method adain") == (recipe.options.method == .adain))
      #expect(recipe.title.contains("--dynamics 0") == (recipe.options.dynamics == 0))
      #expect(recipe.styles.contains { $0.weight > 0 })
    }
  }

  /// The checkout that these tests belong to has every sample that a recipe names.
  @Test func theSamplesAreThere() {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    for name in Set(DemoNames.contents + DemoNames.styles) {
      let path = root.appendingPathComponent("\(SampleFolder.name)/\(name).flac").path
      #expect(FileManager.default.fileExists(atPath: path), "\(name)")
    }
  }
}
