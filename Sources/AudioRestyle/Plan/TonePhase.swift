/// How the tone that a whole clip gets is delayed over frequency.
public enum TonePhase: String, CaseIterable, Hashable, Codable, Sendable {
  /// As little as its gains allow, as by an equaliser: nothing sounds before it should.
  ///
  /// All channels share one filter, so that they do not shift against each other; what their tones differ by is not delayed.
  case minimum
  /// Not at all: a clip that is mixed with its restyled self stays in step with it, and sharp sounds smear to both sides.
  case linear
}
