import Foundation
import Rendering
import Restylings
import StyleProfiles

/// What can be taken of a restyling to other programs: its tone, and its maps of levels.
///
/// The tone comes as a curve, as filters and as an impulse response, the maps as points; see <doc:TakingATone>.
public struct ToneExport: Sendable {
  /// The tone.
  public let curve: ToneCurve
  /// The filters that are nearest to the tone.
  public let equalizer: ParametricEqualizer
  /// What is done to levels beside the tone.
  public let levels: [LevelMap]
  /// What the largest sample is held under before the last gain, in dBFS; `nil` for nothing.
  public let peakLevel: Double?
  /// Where the loudness and the true peaks go at the end.
  public let level: LevelAim
  /// The names of the clips that the tone was made for, and of the styles.
  public let names: (contents: [String], styles: [String])

  /// Makes everything that can be taken of a restyling.
  ///
  /// - Parameters:
  ///   - restyling: The restyling.
  ///   - view: One of its views; `nil` takes what all channels have in common.
  ///   - filterCount: The number of filters.
  ///   - sampleRate: The sample rate in Hz that the filters are meant for.
  /// - Throws: ``RestyleError`` as ``ToneCurve`` and ``ParametricEqualizer`` do.
  public init(
    _ restyling: Restyling, view: StereoView? = nil, filterCount: Int = 10, sampleRate: Double = 48_000
  )
    throws
  {
    curve = try ToneCurve(restyling, view: view)
    equalizer = try ParametricEqualizer(curve, count: filterCount, sampleRate: sampleRate)
    levels = try LevelMap.maps(of: restyling)
    peakLevel = restyling.peakThreshold.map { 20 * log10(Double($0)) }
    level = restyling.level
    names = (restyling.facts.content.map(\.name), restyling.facts.styles.map(\.name))
  }

  /// The frequencies of the lists and tables in Hz, every 1/24 octave from 20 Hz to 20 kHz.
  public static let frequencies = ToneCurve.tableFrequencies(perOctave: 24)

  private var title: String {
    let styles = names.styles.joined(separator: ", ")
    let title = names.contents.joined(separator: ", ") + (styles.isEmpty ? "" : " towards " + styles)
    // A name with a line feed would be read as settings.
    return String(title.map { $0.isNewline ? " " : $0 })
  }

  /// The error of the filters, in words.
  public var errorWords: String {
    format(
      "within %.2f dB RMS of the tone from 50 Hz to 16 kHz, at most %.2f dB off (at %.0f Hz)",
      equalizer.rmsError,
      equalizer.largestError, equalizer.largestErrorFrequency)
  }
}

/// The tone as text that other programs read.
extension ToneExport {
  /// The filters as a configuration of Equalizer APO; other programs that import parametric equalisers read it as
  /// well.
  ///
  /// The `Preamp` lowers everything so far that no frequency is raised above 0 dB.
  public var equalizerAPO: String {
    var lines = heading(errorWords)
    lines.append(preamp(equalizer.gain - max(0, equalizer.highestGain)))
    for (index, filter) in equalizer.filters.enumerated() {
      lines.append(
        format(
          "Filter %d: ON %@ Fc %.1f Hz Gain %.2f dB Q %.3f", index + 1, filter.shape.nameInAPO,
          filter.frequency,
          filter.gain, filter.q))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The filters as a settings file of REW, for its equaliser "Generic".
  public var roomEQWizard: String {
    var lines = ["Filter Settings file", "", "Notes:" + title, errorWords]
    lines.append(preamp(equalizer.gain - max(0, equalizer.highestGain)))
    lines += ["", "Equaliser: Generic"]
    for (index, filter) in equalizer.filters.enumerated() {
      let type = filter.shape.nameInREW.padding(toLength: 8, withPad: " ", startingAt: 0)
      lines.append(
        format(
          "Filter %2d: ON  %@ Fc %7.1f Hz  Gain %6.2f dB  Q %6.3f", index + 1, type, filter.frequency,
          filter.gain,
          filter.q))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The tone as the line `GraphicEQ` of Equalizer APO, with a point every 1/24 octave.
  public var graphicEQ: String {
    let points = Self.frequencies.map { ($0, curve.decibels(at: $0)) }
    let highest = max(0, points.map(\.1).max() ?? 0)
    let line = points.map { format("%.1f %.2f", $0, $1) }.joined(separator: "; ")
    return (heading("a point every 1/24 octave") + [preamp(-highest), "GraphicEQ: " + line])
      .joined(separator: "\n") + "\n"
  }

  /// The tone as comma-separated values: a frequency in Hz, its gain in dB, and the gain of the filters in dB.
  public var csv: String {
    let rows = Self.frequencies.map {
      format("%.2f,%.3f,%.3f", $0, curve.decibels(at: $0), equalizer.decibels(at: $0))
    }
    return (["frequency_hz,gain_db,filters_db"] + rows).joined(separator: "\n") + "\n"
  }

  /// The level maps as comma-separated values: the number of the map, its unit, a level and what becomes of it.
  public var levelsCSV: String {
    let rows = levels.enumerated().flatMap { index, map in
      zip(map.inputs, map.outputs).map { format("%d,%@,%.2f,%.2f", index + 1, map.unit, $0, $1) }
    }
    return (["map,unit,input,output"] + rows).joined(separator: "\n") + "\n"
  }

  /// Everything as JSON: the keys are those of ``TonePackage``.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(TonePackage(self)), as: UTF8.self) + "\n"
    }
  }

  private func heading(_ text: String) -> [String] {
    // Names must not end the comment.
    ["# " + title.filter { !$0.isNewline }, "# " + text]
  }

  private func preamp(_ gain: Double) -> String { format("Preamp: %.2f dB", gain) }

  private func format(_ text: String, _ values: any CVarArg...) -> String {
    String(format: text, arguments: values)
  }
}

/// What the JSON file of an export holds.
public struct TonePackage: Encodable, Sendable {
  /// What the file is: `adain-audio tone`.
  public let format = "adain-audio tone"
  /// The version of the format.
  public let formatVersion = 1
  /// The clips that the tone was made for.
  public let contents: [String]
  /// The styles.
  public let styles: [String]
  /// The frequencies of the tone in Hz.
  public let frequencies: [Double]
  /// The gain of the tone in dB at each of them.
  public let gains: [Double]
  /// The filters that are nearest to it.
  public let parametric: ParametricEqualizer
  /// What is done to levels beside the tone.
  public let levels: [LevelMap]
  /// What the largest sample is held under before the last gain, in dBFS.
  public let peakLevel: Double?
  /// Where the loudness and the true peaks go.
  public let level: LevelAim

  /// Takes what an export has.
  public init(_ export: ToneExport) {
    (contents, styles) = export.names
    frequencies = ToneExport.frequencies
    gains = frequencies.map { export.curve.decibels(at: $0) }
    parametric = export.equalizer
    levels = export.levels
    peakLevel = export.peakLevel
    level = export.level
  }
}

extension ParametricFilter.Shape {
  /// The type in a configuration of Equalizer APO.
  fileprivate var nameInAPO: String {
    switch self {
    case .peaking: "PK"
    case .lowShelf: "LSC"
    case .highShelf: "HSC"
    }
  }

  /// The type in a settings file of REW.
  fileprivate var nameInREW: String {
    switch self {
    case .peaking: "PK"
    case .lowShelf: "LS Q"
    case .highShelf: "HS Q"
    }
  }
}
