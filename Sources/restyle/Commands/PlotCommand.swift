import ArgumentParser
import AudioRestyle
import Foundation
import Plots
import SoundFiles

/// `restyle plot`: writes a picture of clips, profiles or a saved change.
struct PlotCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plot",
    abstract: "Draw clips, profiles and saved changes as SVG or PNG.",
    discussion: """
      The name of the output says the format: .svg or .png.

        spectrogram  levels of one clip over time and frequency
        spectra      long-term spectra of clips and profiles, at equal loudness
        compare      two clips or profiles: their spectra, and how they differ
        profile      mean and spread of the levels of every band
        tone         the gain over frequency of a saved change
        levels       what a saved change makes of levels, in and out

      EXAMPLES:
        restyle plot spectrogram song.flac -o song.png
        restyle plot spectra talk.wav radio.mp3 talk.restyled.wav -o spectra.svg
        restyle plot compare talk.wav talk.restyled.wav --label before --label after -o change.svg
        restyle talk.wav --style radio.mp3 --save-change radio.json
        restyle plot tone radio.json -o tone.svg
      """)

  /// The kinds of pictures.
  enum Kind: String, CaseIterable, ExpressibleByArgument, Sendable {
    case spectrogram, spectra, compare, profile, tone, levels

    /// The numbers of files that the picture can show.
    var fileCount: ClosedRange<Int> {
      switch self {
      case .spectrogram, .tone, .levels: 1...1
      case .compare: 2...2
      case .spectra, .profile: 1...8
      }
    }
  }

  /// The format of the picture.
  enum Format {
    case svg, png

    init(path: String) throws(UsageError) {
      switch Paths.suffix(path).lowercased() {
      case "svg": self = .svg
      case "png": self = .png
      default: throw UsageError("-o \(path): expected a name that ends in .svg or .png")
      }
    }
  }

  /// The value of `--theme`.
  enum ThemeArgument: String, CaseIterable, ExpressibleByArgument, Sendable {
    case auto, light, dark
  }

  @Argument(help: "What to draw: \(Kind.allCases.map(\.rawValue).joined(separator: ", ")).")
  var kind: Kind

  @Argument(help: ArgumentHelp("Sound files, profiles, or a saved change.", valueName: "file"))
  var files: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The picture to write, .svg or .png.", valueName: "picture"))
  var output: String

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "What to call a file in the picture, one for each. (default: its name)", valueName: "name"))
  var label: [String] = []

  @Option(help: ArgumentHelp("Heading of the picture.", valueName: "text"))
  var title: String?

  @Option(
    help: ArgumentHelp("The width in units; 200 to 2000. PNG has two pixels for each.", valueName: "units"))
  var width = 760

  @Option(help: ArgumentHelp("The height in units; 120 to 2000. (default: by the kind)", valueName: "units"))
  var height: Int?

  @Option(
    help: "Colours. auto: light, and in SVG dark ones where the reader prefers them; light; dark.")
  var theme = ThemeArgument.auto

  @Flag(help: "Replace an existing picture.")
  var force = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  func validate() throws {
    guard (200...2000).contains(width) else {
      throw ValidationError("--width: expected 200 to 2000, found \(width)")
    }
    if let height, !(120...2000).contains(height) {
      throw ValidationError("--height: expected 120 to 2000, found \(height)")
    }
    guard kind.fileCount.contains(files.count) else {
      let range = kind.fileCount
      throw ValidationError(
        "\(kind): expected "
          + (range.count == 1
            ? Wording.count(range.lowerBound, "file")
            : "\(range.lowerBound) to \(range.upperBound) files") + ", found \(files.count)")
    }
    guard label.isEmpty || label.count == files.count else {
      throw ValidationError("--label: expected one for each of \(files.count) files, found \(label.count)")
    }
  }

  func run() throws {
    let format = try Format(path: output)
    try StandardStreams.checkInput(files)
    let inputs = files.filter { $0 != Paths.standardStream }.map(Paths.identity)
    guard !inputs.contains(Paths.identity(output)) else {
      throw UsageError("-o \(output): the picture would replace the file that it shows")
    }
    try OutputFile.check(path: output, overwrites: force)
    TemporaryFiles.removeLeftovers(besides: [output])
    let drawing = try drawing()
    let bytes: [UInt8]
    switch (format, theme) {
    case (.svg, .auto): bytes = Array((drawing.svg() + "\n").utf8)
    case (.svg, .light): bytes = Array((drawing.svg(theme: .fixed(.light)) + "\n").utf8)
    case (.svg, .dark): bytes = Array((drawing.svg(theme: .fixed(.dark)) + "\n").utf8)
    case (.png, .dark): bytes = drawing.png(theme: .dark)
    case (.png, _): bytes = drawing.png()
    }
    try OutputFile.write(bytes, to: output, overwrites: force)
  }

  private func drawing() throws -> Drawing {
    let (width, height) = (Double(width), height.map(Double.init))
    switch kind {
    case .spectrogram:
      let clip = try overview(files[0])
      let top = ClipCharts.range((clip.spectrogram?.levels ?? []).map(Double.init), span: 80).upperBound
      let map = ClipCharts.spectrogram(
        clip, title: title ?? name(0), gain: 0, levels: top - 80...top, unit: "dBFS")
      guard let map else { throw Failure(.data, "\(files[0]): expected a sound file, found a profile") }
      return map.drawing(width: width, height: height ?? 320)
    case .spectra:
      let chart = ClipCharts.spectra(try items(), title: title ?? "Long-term spectra")
      return chart.drawing(width: width, height: height ?? 360)
    case .profile:
      let chart = ClipCharts.profile(try items(), title: title ?? "Band levels")
      return chart.drawing(width: width, height: height ?? 360)
    case .compare:
      let items = try items()
      let upper = ClipCharts.spectra(items, title: title ?? "Comparison")
      let lower = ClipCharts.difference(
        items[0].clip, items[1].clip, named: "\(items[1].name) less \(items[0].name)")
      let height = height ?? 560
      return upper.drawing(width: width, height: height * 0.58)
        .above(lower.drawing(width: width, height: height * 0.42))
    case .tone:
      var chart = ClipCharts.tone(try curves({ DrawnTone.all(of: $0) }, "no tone to show"))
      chart.title = title ?? chart.title
      return chart.drawing(width: width, height: height ?? 320)
    case .levels:
      var chart = ClipCharts.levels(
        try curves(
          { try LevelMap.maps(of: $0) }, "no map of levels: it changes the tone alone, or each band by itself"
        ))
      chart.title = title ?? chart.title
      return chart.drawing(width: width, height: height ?? width * 0.75)
    }
  }

  private func curves<Curve>(_ curves: (Restyling) throws -> [Curve], _ missing: String) throws -> [Curve] {
    let found = try curves(Restyling(contentsOf: files[0]))
    guard !found.isEmpty else { throw Failure(.data, "\(files[0]): this change has \(missing)") }
    return found
  }

  private func items() throws -> [ClipCharts.Item] {
    try files.enumerated().map { index, file in
      let clip = try overview(file)
      guard !clip.bands.isEmpty, kind == .profile || clip.longTerm != nil else {
        throw Failure(
          .data,
          clip.isSound
            ? "\(file): expected sound that a spectrum can be drawn of, found silence, or too little"
            : "\(file): expected a long-term spectrum in this profile, found none; learn it anew")
      }
      return ClipCharts.Item(name: name(index), clip: clip, stroke: ClipCharts.stroke(index))
    }
  }

  private func name(_ index: Int) -> String {
    label.isEmpty
      ? (files[index] == Paths.standardStream ? "standard input" : Paths.name(files[index])) : label[index]
  }

  private func overview(_ file: String) throws -> ClipOverview {
    let clip = try ClipOverview(reading: file, isStrict: strict)
    for warning in clip.file?.warnings ?? [] { Console.warning("\(file): \(warning)") }
    return clip
  }
}
