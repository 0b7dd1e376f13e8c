/// A speech sound of American English in ARPAbet notation, as segments with articulation targets.
///
/// Formant frequencies are rounded from published averages of men's voices (Peterson and Barney 1952,
/// Hillenbrand et al. 1995); consonant loci and noise bands follow textbook values (Stevens, Acoustic Phonetics).
struct Phoneme {
  /// What kind of sound this is; it decides on stress and on lengthening before pauses.
  enum Kind {
    case vowel
    case sonorant
    case obstruent
  }

  let kind: Kind
  let segments: [SpeechSegment]

  /// The phoneme with an ARPAbet symbol, without its stress digit.
  init?(symbol: String) {
    if let vowel = Self.vowels[symbol] {
      kind = .vowel
      segments = vowel.map { part in
        SpeechSegment(duration: part.0, target: ArticulationTarget(formants: part.1, voicing: 1))
      }
    } else if let sonorant = Self.sonorants[symbol] {
      kind = .sonorant
      segments = [sonorant]
    } else if let fricative = Self.fricatives[symbol] {
      kind = .obstruent
      segments = [fricative]
    } else if let stop = Self.stops[symbol] {
      kind = .obstruent
      segments = stop.segments
    } else {
      return nil
    }
  }

  /// Milliseconds and formants of each part of a vowel: one for a plain vowel, two for a diphthong.
  private static let vowels: [String: [(Double, [Double])]] = [
    "IY": [(125, [285, 2250, 2950])],
    "IH": [(85, [410, 1950, 2550])],
    "EH": [(105, [560, 1800, 2500])],
    "AE": [(145, [690, 1700, 2450])],
    "AA": [(150, [720, 1150, 2480])],
    "AH": [(85, [600, 1220, 2450])],
    "AO": [(145, [580, 900, 2450])],
    "UH": [(80, [450, 1080, 2300])],
    "UW": [(125, [320, 1050, 2250])],
    "ER": [(125, [480, 1320, 1680])],
    "EY": [(75, [500, 1850, 2520]), (80, [330, 2200, 2750])],
    "AY": [(105, [730, 1200, 2500]), (80, [370, 2050, 2600])],
    "OW": [(80, [540, 1000, 2350]), (75, [370, 820, 2300])],
    "AW": [(105, [730, 1280, 2500]), (80, [420, 920, 2300])],
    "OY": [(95, [540, 850, 2400]), (85, [370, 2000, 2550])],
  ]

  private static let sonorants: [String: SpeechSegment] = [
    "W": glide(65, [290, 650, 2200], 0.7),
    "Y": glide(55, [270, 2200, 3000], 0.7),
    "L": glide(65, [350, 1050, 2750], 0.65),
    "R": glide(65, [330, 1120, 1520], 0.7),
    "M": nasal(70, [280, 950, 2200]),
    "N": nasal(65, [280, 1650, 2550]),
    "NG": nasal(75, [280, 1950, 2500]),
  ]

  private static func glide(_ duration: Double, _ formants: [Double], _ voicing: Double) -> SpeechSegment {
    SpeechSegment(duration: duration, target: ArticulationTarget(formants: formants, voicing: voicing))
  }

  private static func nasal(_ duration: Double, _ formants: [Double]) -> SpeechSegment {
    let target = ArticulationTarget(formants: formants, voicing: 0.6, nasality: 1)
    return SpeechSegment(duration: duration, target: target)
  }

  private static let fricatives: [String: SpeechSegment] = [
    "S": fricative(100, [320, 1700, 2600], 0.30, at: 6800, width: 3600),
    "SH": fricative(100, [320, 1850, 2500], 0.30, at: 3200, width: 1500),
    "F": fricative(90, [300, 950, 2200], 0.09, at: 6000, width: 6000),
    "TH": fricative(80, [310, 1400, 2550], 0.08, at: 6500, width: 5000),
    "Z": fricative(75, [300, 1700, 2600], 0.17, at: 6800, width: 3600, voicing: 0.3),
    "ZH": fricative(75, [300, 1850, 2500], 0.17, at: 3200, width: 1500, voicing: 0.3),
    "V": fricative(60, [290, 1000, 2250], 0.05, at: 5500, width: 6000, voicing: 0.45),
    "DH": fricative(45, [300, 1400, 2550], 0.04, at: 6000, width: 5000, voicing: 0.5),
    "HH": SpeechSegment(duration: 65, target: ArticulationTarget(aspiration: 0.5)),
  ]

  private static func fricative(
    _ duration: Double, _ formants: [Double], _ frication: Double, at frequency: Double, width: Double,
    voicing: Double = 0
  ) -> SpeechSegment {
    let target = ArticulationTarget(
      formants: formants, voicing: voicing, frication: frication, noiseFrequency: frequency, noiseWidth: width
    )
    return SpeechSegment(duration: duration, target: target)
  }

  /// A stop: the mouth closes, and opens with a burst of noise, which breath or a fricative may follow.
  private struct Stop {
    var formants: [Double]
    var burst: Double
    var frequency: Double
    var width: Double
    var voiced: Bool
    var after: SpeechSegment?

    var segments: [SpeechSegment] {
      let closure = ArticulationTarget(formants: formants, voicing: voiced ? 0.14 : 0)
      let release = ArticulationTarget(
        formants: formants, voicing: voiced ? 0.3 : 0, aspiration: 0.1, frication: burst,
        noiseFrequency: frequency, noiseWidth: width)
      var result = [
        SpeechSegment(duration: voiced ? 52 : 62, target: closure),
        SpeechSegment(duration: voiced ? 9 : 12, target: release),
      ]
      if let after { result.append(after) }
      return result
    }
  }

  private static let breath = SpeechSegment(duration: 30, target: ArticulationTarget(aspiration: 0.42))

  private static let stops: [String: Stop] = [
    "P": voiceless([300, 850, 2150], 0.20, at: 1200, width: 2500),
    "T": voiceless([310, 1750, 2650], 0.42, at: 4800, width: 3000),
    "K": voiceless([310, 1800, 2250], 0.36, at: 2100, width: 900),
    "B": voiced([270, 850, 2150], 0.12, at: 1000, width: 2000),
    "D": voiced([270, 1750, 2650], 0.25, at: 4500, width: 3000),
    "G": voiced([270, 1800, 2250], 0.22, at: 2000, width: 900),
    "CH": voiceless(
      [310, 1800, 2550], 0.36, at: 3500, width: 1800,
      after: fricative(65, [320, 1850, 2500], 0.28, at: 3200, width: 1500)),
    "JH": voiced(
      [280, 1800, 2550], 0.25, at: 3500, width: 1800,
      after: fricative(45, [320, 1850, 2500], 0.2, at: 3200, width: 1500, voicing: 0.3)),
  ]

  private static func voiceless(
    _ formants: [Double], _ burst: Double, at frequency: Double, width: Double, after: SpeechSegment = breath
  ) -> Stop {
    Stop(
      formants: formants, burst: burst, frequency: frequency, width: width, voiced: false, after: after)
  }

  private static func voiced(
    _ formants: [Double], _ burst: Double, at frequency: Double, width: Double, after: SpeechSegment? = nil
  ) -> Stop {
    Stop(
      formants: formants, burst: burst, frequency: frequency, width: width, voiced: true, after: after)
  }
}
