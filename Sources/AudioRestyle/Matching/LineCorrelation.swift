/// How far the lines of two fine spectra agree.
struct LineCorrelation: Equatable {
  /// Pearson's correlation coefficient, −1 to 1.
  var coefficient: Double
  /// How much of the lines is more than chance, 0 to 1, in the recording that has more of it: noise has no lines to compare.
  var weight: Double
}
