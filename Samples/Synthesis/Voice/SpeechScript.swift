/// A text to be spoken, in ARPAbet: words apart by spaces, sounds by hyphens, vowels with their stress.
///
/// Stress 0 is none, 1 an accent of pitch, 2 the accent that the phrase leads to. A word of one punctuation mark
/// ends a phrase: "," with a short pause and a rise, "." with a long pause and a fall, "!" with a steeper fall.
struct SpeechScript {
  /// What ends a phrase.
  enum Ending: Character {
    case comma = ","
    case stop = "."
    case call = "!"

    /// The pause that follows, in milliseconds.
    var pause: Double {
      switch self {
      case .comma: 190
      case .stop: 520
      case .call: 480
      }
    }
  }

  /// A sound and how it is stressed.
  struct Sound {
    var phoneme: Phoneme
    var stress: Int
    var endsPhrase = false
  }

  /// The sounds up to a pause.
  struct Phrase {
    var sounds: [Sound]
    var ending: Ending
  }

  let phrases: [Phrase]

  /// Parses a script.
  ///
  /// - Precondition: Each symbol is known and the last word is a punctuation mark.
  init(_ text: String) {
    var phrases: [Phrase] = []
    var sounds: [Sound] = []
    for word in text.split(separator: " ") {
      if word.count == 1, let mark = word.first, let ending = Ending(rawValue: mark) {
        Self.markEnd(of: &sounds)
        phrases.append(Phrase(sounds: sounds, ending: ending))
        sounds = []
      } else {
        sounds += word.split(separator: "-").map(Self.sound)
      }
    }
    precondition(sounds.isEmpty, "a script ends with a punctuation mark: \(text)")
    self.phrases = phrases
  }

  private static func sound(_ notation: Substring) -> Sound {
    let stress = notation.last?.wholeNumberValue
    let symbol = stress == nil ? notation : notation.dropLast()
    guard let phoneme = Phoneme(symbol: String(symbol)) else {
      preconditionFailure("there is no sound '\(symbol)'")
    }
    return Sound(phoneme: phoneme, stress: stress ?? 0)
  }

  /// Marks the sounds from the last vowel on: they are longer before a pause.
  private static func markEnd(of sounds: inout [Sound]) {
    for index in sounds.indices.reversed() {
      sounds[index].endsPhrase = true
      if sounds[index].phoneme.kind == .vowel { return }
    }
  }
}
