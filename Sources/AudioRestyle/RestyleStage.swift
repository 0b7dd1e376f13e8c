/// What a restyling is busy with.
public enum RestyleStage: Hashable, Sendable {
  /// Measuring the content.
  case measuring
  /// Refining the maps, in which round.
  case refining(Int)
  /// Rendering the result.
  case rendering
  /// Writing the output file.
  case writing
}
