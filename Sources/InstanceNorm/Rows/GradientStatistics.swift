/// Where the statistics come from by which rows were normalized.
package enum GradientStatistics: Sendable {
  /// They are the rows' own; gradients flow through them.
  case own
  /// They are given for each row n · C + c, and the sums are about their mean; without `needsSums` those stay 0.
  case given(needsSums: Bool, @Sendable (Int) -> RowMoments)
}
