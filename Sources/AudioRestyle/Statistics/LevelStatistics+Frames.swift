import AdaIN
import AudioFeatures

extension LevelStatistics {
  /// Takes in one frame: the levels of all channels, of which the last is the broadband level.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    guard let broadband = levels.last else { return }
    levels.withSteps { add(steps: $0, level: broadband.steps) }
  }
}
