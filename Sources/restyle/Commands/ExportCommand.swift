import ArgumentParser
import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// `restyle export`: writes the tone of a change and its maps of levels for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Take the tone of a change to an equaliser, a convolver or a compressor.",
    usage: """
      restyle export <change> [-o <file>] [<options>]
      restyle export --from <clip> --to <style> ... [-o <file>] [<options>]
      """,
    discussion: """
      A change is a file of 'restyle apply --save-change'. With --from and --to it is made here, as 'apply' would \
      make it, and no sound is written.

      The output's extension chooses what is written, or --format: an impulse response (wav), the filters of a \
      parametric equaliser (parametric: Equalizer APO and all that read its lines; rew: REW), the line GraphicEQ of \
      Equalizer APO (graphic), tables (csv, levels), or everything as data (json). A folder gets one file of each. \
      Without -o it is only told what there is.

      The tone is the same throughout a clip. What a change does to levels over time is written as the points of a \
      compressor's curve, with the nearest threshold, ratio and make-up.

      EXAMPLES:
        restyle export house.json -o house.wav
        restyle export house.json -o house.txt --filters 8
        restyle export --from talk.wav --to radio.mp3 -o radio/
        restyle export --from talk.wav --to radio.mp3 --format graphic -o radio.txt
      """)

  @Argument(help: ArgumentHelp("A saved change (--save-change).", valueName: "change"))
  var change: String?

  @Option(
    help: ArgumentHelp("The clip that the change is made for, instead of a saved one.", valueName: "clip"))
  var from: String?

  @Option(
    parsing: .unconditionalSingleValue,
    help: ArgumentHelp("A style to go towards, with its weight among several.", valueName: "style[=weight]"))
  var to: [String] = []

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write; FOLDER/ for one of each format; - for standard output.", valueName: "path"))
  var output: String?

  @Option(help: "What is written. (default: by the output's extension)")
  var format: Format?

  @Option(help: ArgumentHelp("The number of filters, 1 to 32.", valueName: "count"))
  var filters = 10

  @Option(help: ArgumentHelp("The sample rate of the impulse response and of the filters.", valueName: "Hz"))
  var rate = 48_000

  @Option(
    help: ArgumentHelp(
      "With --stereo independent or mid-side: the tone of one view (mid, side, channel0, …) by itself.",
      valueName: "view"))
  var view: String?

  @Flag(help: "Replace an existing output.")
  var force = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  @OptionGroup var method: MethodArguments
  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  /// The formats that can be written.
  enum Format: String, CaseIterable, ExpressibleByArgument, Sendable {
    case wav, parametric, rew, graphic, csv, levels, json

    /// The format of a path's extension; `nil` for others.
    init?(path: String) {
      switch Paths.suffix(path).lowercased() {
      case "wav": self = .wav
      case "txt": self = .parametric
      case "csv": self = .csv
      case "json": self = .json
      case "req": self = .rew
      default: return nil
      }
    }

    /// The file's name in a folder.
    var fileName: String {
      switch self {
      case .wav: "tone.wav"
      case .parametric: "tone.parametric.txt"
      case .rew: "tone.rew.txt"
      case .graphic: "tone.graphic.txt"
      case .csv: "tone.csv"
      case .levels: "levels.csv"
      case .json: "tone.json"
      }
    }
  }

  func validate() throws {
    guard (change == nil) != (from == nil) else {
      throw ValidationError(
        "export: expected either a saved change or --from, found \(change == nil ? "neither" : "both")")
    }
    guard (from == nil) == to.isEmpty else {
      throw ValidationError("export: expected --from and --to together, found one of them")
    }
    guard ParametricEqualizer.supportedCounts.contains(filters) else {
      throw ValidationError("--filters: expected 1 to 32, found \(filters)")
    }
    guard (8000...384_000).contains(rate) else {
      throw ValidationError("--rate: expected 8000 to 384000 Hz, found \(rate)")
    }
    if let view, StereoView(name: view) == nil {
      throw ValidationError("--view: expected mid, side, linked or channel0, channel1, …, found \(view)")
    }
    if let output, format == nil, !isFolder(output), Format(path: output) == nil {
      throw ValidationError(
        "--output \(output): expected the extension wav, txt, csv or json, or --format beside it, found neither"
      )
    }
    if report.json, output == Paths.standardStream {
      throw ValidationError("--json and -o - would both write to standard output")
    }
  }

  func run() throws {
    try StandardStreams.checkInput([change, from].compactMap(\.self) + to)
    let styles = try styles()
    let files = try files(besides: styles)
    let restyling = try restyling(towards: styles)
    let export = try ToneExport(
      restyling, view: view.flatMap { StereoView(name: $0) }, filterCount: filters, sampleRate: Double(rate))
    for (format, path) in files { try write(export, format, to: path) }
    if report.json {
      try Console.result(json: TonePackage(export))
    } else if !report.quiet {
      for line in ToneSummary(export).lines { Console.note(line) }
      for (format, path) in files where path != Paths.standardStream {
        Console.note("\(path): " + words(format))
      }
    }
  }

  private func isFolder(_ path: String) -> Bool { path.hasSuffix("/") || Paths.isFolder(path) }

  /// The styles that the change is made towards; empty for a saved change.
  private func styles() throws -> [StyleArgument] {
    guard from != nil else { return [] }
    return try StyleArgument.all(to, option: "--to", exists: Paths.exists)
      .flatMap {
        try $0.expanded(
          isGrid: false, option: "--to", isFolder: Paths.isFolder, files: FileSystemView.styleFiles)
      }
  }

  /// The files to write; throws where one of them cannot be created.
  private func files(besides styles: [StyleArgument]) throws -> [(format: Format, path: String)] {
    guard let output else { return [] }
    guard isFolder(output) else {
      guard let format = format ?? Format(path: output) else { return [] }
      try refuseInputs(styles, [output])
      if output != Paths.standardStream { try OutputFile.check(path: output, overwrites: force) }
      return [(format, output)]
    }
    try FileSystemView.createFolder(output)
    let files = (format.map { [$0] } ?? Format.allCases).map { ($0, Paths.join(output, $0.fileName)) }
    try refuseInputs(styles, files.map { $0.1 })
    for (_, path) in files { try OutputFile.check(path: path, overwrites: force) }
    TemporaryFiles.removeLeftovers(besides: files.map { $0.1 })
    return files
  }

  /// Throws where an output would replace an input: the clip, the saved change, a style or a member of one.
  private func refuseInputs(_ styles: [StyleArgument], _ outputs: [String]) throws {
    let all = [change, from].compactMap(\.self) + styles.flatMap(\.files)
    let inputs = Dictionary(
      all.filter { $0 != Paths.standardStream }.map { (Paths.identity($0), $0) },
      uniquingKeysWith: { a, _ in a })
    for output in outputs where output != Paths.standardStream {
      if let file = inputs[Paths.identity(output)] {
        throw UsageError("-o \(output): the export would replace '\(file)'; choose another name")
      }
    }
  }

  private func restyling(towards styles: [StyleArgument]) throws -> Restyling {
    guard let from else {
      var initial = method.options
      // The phase is that of the impulse response.
      initial.phase = RestyleOptions().phase
      guard initial.isDefault else {
        throw UsageError(
          "export: expected no option of the method beside a saved change, since the file contains all of them"
        )
      }
      return try Restyling(contentsOf: change ?? "")
    }
    var options = method.options
    // Minimum phase gives one filter with the whole tone, whatever phase is written.
    options.phase = .minimum
    let restyler = Restyler(options: options, threads: speed.threads)
    let input = SoundInput(isStrict: strict, isQuiet: report.quiet)
    let profiles = try styles.map { style in
      // A folder is pooled, as `learn` does.
      var parts = try style.files.map { try input.profile($0, restyler.learner).profile }
      var pooled = parts.removeFirst()
      for part in parts { try pooled.merge(part) }
      return WeightedStyle(pooled, weight: style.weight, name: style.path)
    }
    let reader = try input.open(from)
    guard reader.info.frameCount > 0 else { throw RestyleError.emptyClip(from) }
    let bar = ProgressBar(from, isWanted: !report.quiet)
    defer { bar.clear() }
    let total = Double(reader.info.frameCount)
    let restyling = try restyler.restyling(of: reader, towards: profiles) { stage, done in
      let share = Double(done) / total
      bar.update(stage == .measuring ? share / 2 : 0.5 + share / 2)
    }
    if strict { try reader.requireWhole() }
    bar.clear()
    input.printWarnings(of: reader.info)
    if !report.quiet {
      for warning in restyling.facts.warnings { Console.warning(warning.sentence(about: from)) }
    }
    return restyling
  }

  private func write(_ export: ToneExport, _ format: Format, to path: String) throws {
    let text: String
    switch format {
    case .wav:
      try ToneImpulseResponse(export.curve, sampleRate: Double(rate), phase: method.phase)
        .write(to: path, overwrites: force)
      return
    case .parametric: text = export.equalizerAPO
    case .rew: text = export.roomEQWizard
    case .graphic: text = export.graphicEQ
    case .csv: text = export.csv
    case .levels: text = export.levelsCSV
    case .json: text = try export.json
    }
    try OutputFile.write(Array(text.utf8), to: path, overwrites: force)
  }

  private func words(_ format: Format) -> String {
    switch format {
    case .wav: "the tone as an impulse response of \(method.phase.rawValue) phase, \(rate) Hz, 32-bit float"
    case .parametric: "\(Wording.count(filters, "filter")) for Equalizer APO"
    case .rew: "\(Wording.count(filters, "filter")) for REW"
    case .graphic: "a graphic equaliser for Equalizer APO"
    case .csv: "the tone as a table"
    case .levels: "the level maps as a table"
    case .json: "everything as JSON"
    }
  }
}

/// An export in words: the error of the filters, and each map of levels as the settings of a compressor.
struct ToneSummary {
  private let export: ToneExport

  init(_ export: ToneExport) {
    self.export = export
  }

  /// One fact a line.
  var lines: [String] {
    var lines = ["tone: \(Wording.count(export.equalizer.filters.count, "filter")), \(export.errorWords)"]
    lines += export.levels.map { Self.words($0) }
    if export.levels.isEmpty {
      lines.append("levels: no map of all bands together, which a compressor could follow")
    }
    if let peak = export.peakLevel {
      lines.append("limiter: peaks to \(Self.level(peak, "dBFS")) before the last gain")
    }
    if let text = Self.lastGain(export.level) { lines.append("last gain: " + text) }
    return lines
  }

  /// The target of the last gain in words; `nil` where it has none.
  static func lastGain(_ level: LevelAim) -> String? {
    let target = level.loudness.map { Self.level($0, "LUFS") } ?? level.rms.map { Self.level($0, "dB RMS") }
    let ceiling = level.ceiling.map { ", peaks under \(Self.level($0, "dBTP"))" } ?? ""
    return target.map { "to \($0)\(ceiling)" }
  }

  /// A map of levels as the settings of a compressor or an expander.
  static func words(_ map: LevelMap) -> String {
    let detector =
      switch map.detector {
      case .frames: "the level over 43 ms"
      case .loudness: "the loudness over 400 ms"
      case .envelope: "an envelope"
      }
    let setting = map.nearest
    let act =
      switch (setting.actsAbove, setting.ratio >= 1) {
      case (true, true): "compress above"
      case (true, false): "expand above"
      case (false, true): "compress upwards below"
      case (false, false): "expand below"
      }
    let ratio =
      setting.ratio >= 1
      ? String(format: "%.1f:1", setting.ratio) : String(format: "1:%.1f", 1 / setting.ratio)
    let times = String(format: "attack %.0f ms, release %.0f ms", 1000 * map.attack, 1000 * map.release)
    return
      "levels: by \(detector) (\(times)) \(act) \(level(setting.threshold, map.unit)) at \(ratio), make-up "
      + Wording.gain(setting.makeUp).withMinus + String(format: "; within %.1f dB RMS", setting.rmsError)
  }

  private static func level(_ value: Double, _ unit: String) -> String {
    Wording.level(value, unit).withMinus
  }
}
