/// What is added to samples before they are rounded to integers of 16 bits or fewer.
public enum Dither: String, CaseIterable, Hashable, Codable, Sendable {
  /// Nothing: rounding errors follow the signal.
  case none
  /// Noise with a triangular distribution of ±1 unit, seeded, where samples were changed or words get shorter; digital
  /// silence stays silent.
  case tpdf
}
