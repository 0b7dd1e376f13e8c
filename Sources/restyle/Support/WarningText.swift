import AudioRestyle
import Foundation

extension RestyleWarning {
  /// The kind of the warning: the name of its case.
  var kind: String {
    if case .file(let warning) = self { return "file " + Self.caseName(warning) }
    return Self.caseName(self)
  }

  private static func caseName(_ value: some Any) -> String {
    Mirror(reflecting: value).children.first?.label ?? "\(value)"
  }

  /// The warning after the name of its clip, unless the text itself names its subject.
  func sentence(about content: String) -> String {
    switch self {
    case .samplesClipped, .stemClipped, .notKept, .notTagged: text
    case _ where style != nil: text
    default: "\(content): \(text)"
    }
  }

  /// The text of the warning on the command line.
  var text: String {
    switch self {
    case .valuesAreNoSound(let count):
      "\(count) values of the content are not finite numbers or beyond 10^6 times full scale; they were read as silence"
    case .styleIsShort(let style, let seconds):
      format(
        "%@ has %.2f s of active sound: what is measured follows single sounds, and less of the dynamics is taken; "
          + "use a style of several seconds", style, seconds)
    case .styleIsMostlySilent(let style, let share, let seconds):
      format(
        "%@ is silent for %.0f %% of its time: only the other %.1f s are its style; check that it is the right clip",
        style, 100 * share, seconds)
    case .styleIsClipped(let style, let count):
      "\(style) looks clipped (\(runs(count))): its distortion counts as tone, and its dynamics lack their peaks; use "
        + "an undamaged recording, or less of it (--strength, --dynamics)"
    case .styleValuesAreNoSound(let style, let count):
      "\(count) values of \(style) are not finite numbers or beyond 10^6 times full scale; they were read as silence"
    case .styleIsNarrow(let style, let highest):
      format(
        "%@ has no sound above %.1f kHz, and the content has: the bands above take the gain of the highest common "
          + "band; use a style of full bandwidth where that matters", style, highest / 1000)
    case .styleHasNoSide(let style):
      "mid-side needs styles of 2 channels, and \(style) has no side: all channels share one gain (linked)"
    case .styleHasNoChannels(let style):
      "\(style) has no statistics of single channels: every channel goes towards its mean"
    case .contentIsClipped(let count):
      "the content looks clipped (\(runs(count))): the distortion stays, and new levels can bring it out; use an "
        + "undamaged recording or repair it first"
    case .channelIsSilent(let channel):
      "the \(channel == 0 ? "left" : "right") channel has no sound and stays silent; the loudness is that of the "
        + "other one alone; copy the other one there if it should be heard on both sides"
    case .channelsAreInverse:
      "left and right are each other's inverse, and stay so: together, as on one loudspeaker, they cancel; invert one "
        + "of them first"
    case .contentIsSilent:
      "the content has no sound above -70 dBFS: its tone and dynamics stay as they are"
    case .channelCountsDiffer:
      "the clips differ in their number of channels: all channels of a clip share one gain (linked)"
    case .contentHasNoSide(let channelCount):
      "mid-side needs a content of 2 channels, found \(channelCount): all channels share one gain (linked)"
    case .fewFrames:
      "content or style has under 8 independent frames of active sound (about 0.35 s): only means are transferred, "
        + "no dynamics"
    case .spreadsLimited(let count, let isOfDirections):
      "the dynamics of content and style are too far apart in "
        + (isOfDirections
          ? "\(Wording.count(count, "direction")) of the bands together"
          : "\(Wording.count(count, "band")) or \(count == 1 ? "range" : "ranges") of level")
        + ": only part of the difference is taken there"
    case .noSharedBands(let view):
      "content and style have no band in which both have sound (\(view)): tone and dynamics stay as they are, and "
        + "only the level changes"
    case .gainsLimited(let lowest, let highest, let bandCount, let sharedCount, let share):
      format(
        "the gain limits of %+.0f and %+.0f dB hold %d of %d bands in up to %.0f %% of the time with sound: the "
          + "result stays short of the style there; a lower --strength or wider limits (--max-gain-up, --max-gain-down) "
          + "avoid it", lowest, highest, bandCount, sharedCount, 100 * share)
    case .levelLimited(let gain, let limit):
      format("the level would change by %+.1f dB; it is limited to ±%d dB", gain, Int(limit))
    case .loudnessMissed(let difference, let largestReduction, let largestLoss):
      format(
        "the loudness stays %.1f LU under its target: to reach it under the ceiling, the limiter would lower peaks by "
          + "more than %.0f dB or the loudness by more than %.0f LU; a lower --loudness asks for less",
        difference,
        largestReduction, largestLoss)
    case .pausesRaised(let content, let result, let least, let byDynamics):
      format(
        "noise in pauses comes nearer to the sound: it was %.0f dB below it and is now %.0f dB below it, %.0f dB "
          + "nearer than in content and style; %@ lessens this", content, result, least - result,
        byDynamics ? "a lower --dynamics or --tone" : "a lower --tone")
    case .samplesClipped(let output, let count): "\(output): \(count) samples were clipped at full scale"
    case .stemClipped(let output, let count):
      "\(output): \(count) samples of this stem were clipped at full scale, since the ceiling holds for the mix only: the stems "
        + "do not sum to it there; --encoding float32 keeps them"
    case .notKept(let output, let what): "\(output): the format does not keep \(what)"
    case .notTagged(let output, .thereIsNone):
      "\(output): no gain is written beside the sound, as it has no loudness: it is silent, or shorter than 400 ms"
    case .notTagged(let output, .isCopy):
      "\(output): no loudness is written beside the sound, as the file is a copy of the content"
    case .notTagged(let output, .channelCountsDiffer):
      "\(output): no gain of the album is written beside the sound, as mono and stereo clips are counted differently"
    case .file(let warning): warning.description
    }
  }

  private func runs(_ count: Int) -> String { "\(count) samples in runs at its highest or lowest value" }

  private func format(_ text: String, _ values: any CVarArg...) -> String {
    String(format: text, arguments: values)
  }
}

/// Numbers as people read them.
enum Wording {
  /// A level with one decimal and a unit for a cell of a table; a dash without unit where there is none.
  static func cell(_ value: Double?, _ unit: String) -> String {
    value?.isFinite == true ? level(value, unit).withMinus : "–"
  }

  /// A level with one decimal and a unit; a dash with the unit where there is none.
  static func level(_ value: Double?, _ unit: String) -> String {
    guard let value, value.isFinite else { return "– \(unit)" }
    return String(format: "%.1f ", value) + unit
  }

  /// A gain in dB with its sign.
  static func gain(_ value: Double) -> String { String(format: "%+.1f dB", value) }

  /// A share of 0 to 1 in per cent.
  static func percent(_ share: Double) -> String {
    let value = share * 100
    return (value > 0 && value < 0.1 ? "under 0.1" : String(format: value < 10 ? "%.1f" : "%.0f", value))
      + " %"
  }

  /// A duration as `m:ss.mmm`, with hours where there are some.
  static func duration(_ seconds: Double) -> String {
    if seconds > 0, seconds < 0.0005 { return "under 0:00.001" }
    let thousandths = Int((min(max(seconds, 0), 1e12) * 1000).rounded())
    let (total, rest) = (thousandths / 1000, thousandths % 1000)
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    let tail = String(format: "%02d.%03d", total % 60, rest)
    return hours > 0 ? "\(hours):" + String(format: "%02d:", minutes) + tail : "\(minutes):" + tail
  }

  /// A time in whole seconds as `m:ss`, with hours where there are some.
  static func time(_ seconds: Double) -> String {
    let total = Int(min(seconds, 1e9).rounded(.up))
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, total % 60)
      : String(format: "%d:%02d", minutes, total % 60)
  }

  /// A number with its noun.
  static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

/// Reports as JSON text.
enum JSONText {
  /// Encodes a value with sorted keys, indented; numbers that JSON does not have become the texts `inf`, `-inf`, `nan`.
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
