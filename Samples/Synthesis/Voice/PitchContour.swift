/// The melody of speech: a slow fall over each phrase, a rise on each accent, a fall or rise at the end.
///
/// All parts add up in semitones, as in Fujisaki's model of intonation, and are smoothed together.
struct PitchContour {
  private let speaker: Speaker
  private var accents: [(time: Double, strength: Int)] = []
  private var phrases: [(start: Double, end: Double, ending: SpeechScript.Ending)] = []

  init(speaker: Speaker) {
    self.speaker = speaker
  }

  /// Adds an accent with its peak at a time in milliseconds.
  mutating func addAccent(at time: Double, strength: Int) {
    accents.append((time, strength))
  }

  /// Adds a phrase between two times in milliseconds.
  mutating func addPhrase(from start: Double, to end: Double, ending: SpeechScript.Ending) {
    phrases.append((start, end, ending))
  }

  /// The pitch in Hz.
  func track(duration: Int) -> ControlTrack {
    var semitones = Array(repeating: 0.0, count: duration)
    for phrase in phrases { addDeclination(phrase, to: &semitones) }
    for accent in accents { addBump(accent, to: &semitones) }
    let smooth = ControlTrack(semitones).smoothed(width: 50).values
    return ControlTrack(
      smooth.enumerated().map { index, value in
        speaker.pitch * Arithmetic.exp2((speaker.liveliness * value + Self.flutter(Double(index))) / 12)
      })
  }

  private func addDeclination(
    _ phrase: (start: Double, end: Double, ending: SpeechScript.Ending), to semitones: inout [Double]
  ) {
    let (height, final, span): (Double, Double, Double) =
      switch phrase.ending {
      case .comma: (1.5, 2.2, 160)
      case .stop: (2, -4, 300)
      case .call: (3, -5.5, 320)
      }
    for index in max(0, Int(phrase.start))..<min(semitones.count, Int(phrase.end) + 60) {
      let time = Double(index)
      let progress = min(1, (time - phrase.start) / (phrase.end - phrase.start))
      semitones[index] += height * (1 - 1.8 * progress)
      let late = (time - (phrase.end - span)) / span
      if late > 0 { semitones[index] += final * min(1, late) }
    }
  }

  private func addBump(_ accent: (time: Double, strength: Int), to semitones: inout [Double]) {
    let height = accent.strength == 2 ? 4.5 : 2.4
    let rise = 130.0
    let fall = 190.0
    for index in max(0, Int(accent.time - rise))..<min(semitones.count, Int(accent.time + fall)) {
      let distance = Double(index) - accent.time
      let position = distance < 0 ? -distance / rise : distance / fall
      semitones[index] += height * (0.5 + 0.5 * Arithmetic.cosine(turns: 0.5 * position))
    }
  }

  /// Slow irregularity in semitones: three sines without a common period, as in Klatt's synthesiser.
  private static func flutter(_ milliseconds: Double) -> Double {
    let seconds = milliseconds / 1000
    return 0.11
      * (Arithmetic.sine(turns: 12.7 * seconds) + Arithmetic.sine(turns: 7.1 * seconds)
        + Arithmetic.sine(turns: 4.7 * seconds))
  }
}
