/// Equal temperament with A4 = 440 Hz.
enum Pitch {
  /// The frequency in Hz of a MIDI note number; 69 is A4.
  static func frequency(midi note: Double) -> Double {
    440 * Arithmetic.exp2((note - 69) / 12)
  }
}
