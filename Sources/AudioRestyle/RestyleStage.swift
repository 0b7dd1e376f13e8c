/// What a restyling is busy with.
public enum RestyleStage: Hashable, Sendable {
  /// Measuring the content.
  case measuring
  /// Refining the maps, in which round.
  case refining(Int)
  /// Rendering the result.
  case rendering
  /// Trying the last gain, in which trial; none is needed where no peak passes the ceiling.
  case finishing(Int)
  /// Writing the output file.
  case writing
}
