import AudioRestyle

extension RestyleStage {
  /// How much of the whole work is done when a share of this stage is.
  ///
  /// Measuring counts as one part, every rendering as two, writing as one.
  ///
  /// - Parameters:
  ///   - share: From 0 to 1.
  ///   - refinements: How many refinements are made.
  ///   - rehearses: Whether the clip is rendered once more before the result, for a level common to several.
  ///   - isRehearsed: Whether that has been done.
  func position(
    of share: Double, refinements: Int, rehearses: Bool = false, isRehearsed: Bool = false
  ) -> Double {
    let rehearsals = rehearses ? 1 : 0
    let total = Double(1 + 2 * (refinements + rehearsals) + 2 + 1)
    return switch self {
    case .measuring: share / total
    case .refining(let round): (1 + 2 * (Double(round - 1) + share)) / total
    case .rendering: (1 + 2 * (Double(refinements + (isRehearsed ? 1 : 0)) + share)) / total
    case .writing: (total - 1 + share) / total
    }
  }
}
