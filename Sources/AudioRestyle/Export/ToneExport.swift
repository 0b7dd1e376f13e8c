import Foundation
import Rendering
import Restylings
import StyleProfiles

/// The parts of a restyling that other programs can use: its tone and its maps of levels.
///
/// The tone is a curve, filters and an impulse response; the maps are points. See <doc:TakingATone>.
public struct ToneExport: Sendable {
  /// The tone.
  public let curve: ToneCurve
  /// The filters that fit the tone best.
  public let equalizer: ParametricEqualizer
  /// The maps of levels.
  public let levels: [LevelMap]
  /// The limit of sample peaks before the last gain, in dBFS; `nil` for none.
  public let peakLevel: Double?
  /// The target level and the ceiling.
  public let level: LevelAim
  /// The names of the clips that the tone was made for, and of the styles.
  public let names: (contents: [String], styles: [String])

  /// Makes the tone, the filters and the maps of a restyling.
  ///
  /// - Parameters:
  ///   - restyling: The restyling.
  ///   - view: One of its views; `nil` takes the tone that all channels share.
  ///   - filterCount: The number of filters.
  ///   - sampleRate: The sample rate in Hz for which the filters are fitted.
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
    // A line feed in a name would let the rest be read as settings; other controls act on terminals.
    var scalars = String.UnicodeScalarView()
    for scalar in title.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator: scalars.append(" ")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }

  /// The error of the filters, in words.
  public var errorWords: String {
    format(
      "within %.2f dB RMS of the tone from 50 Hz to %g kHz, at most %.2f dB off (at %.0f Hz)",
      equalizer.rmsError, equalizer.statedTop / 1000,
      equalizer.largestError, equalizer.largestErrorFrequency)
  }
}

/// The tone as text for other programs.
extension ToneExport {
  /// The filters as a configuration of Equalizer APO, which other programs with parametric equalisers import too.
  ///
  /// The `Preamp` lowers the whole curve until no frequency is above 0 dB.
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

  /// The level maps as comma-separated values: the number of the map, its unit, an input level and its output level.
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
    ["# " + title, "# " + text]
  }

  private func preamp(_ gain: Double) -> String { format("Preamp: %.2f dB", gain) }

  private func format(_ text: String, _ values: any CVarArg...) -> String {
    String(format: text, arguments: values)
  }
}

/// The contents of the JSON file of an export.
public struct TonePackage: Encodable, Sendable {
  /// The name of the format: `adain-audio tone`.
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
  /// The filters that fit the tone best.
  public let parametric: ParametricEqualizer
  /// The maps of levels.
  public let levels: [LevelMap]
  /// The limit of sample peaks before the last gain, in dBFS; `nil` for none.
  public let peakLevel: Double?
  /// The target level and the ceiling.
  public let level: LevelAim

  /// Creates the contents from an export.
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
