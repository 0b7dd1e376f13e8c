import ArgumentParser
import AudioRestyle

/// The places and the formats of results.
struct OutputArguments: ParsableArguments {
  @OptionGroup(title: "Common") var place: PlaceArguments
  @OptionGroup(title: "Output") var form: FormArguments

  var output: String? { place.output }
  var force: Bool { place.force }
  var format: FormatArgument? { form.format }

  func validate() throws {
    if let quality = form.quality, !(0...1).contains(quality) {
      throw ValidationError("--quality: expected 0 to 1, found \(quality)")
    }
  }

  /// The options for the restyler.
  func options(isStrict: Bool) -> OutputOptions {
    var options = OutputOptions()
    options.container = form.format?.container
    options.encoding = form.encoding?.encoding ?? form.format?.encoding
    options.quality = form.quality
    options.tagsLoudness = form.loudnessTags
    options.dither = form.dither
    options.overwrites = place.force
    options.isStrict = isStrict
    return options
  }
}

/// The places of results.
struct PlaceArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The result's file; FOLDER/ for several contents; - for standard output. (default: NAME.restyled.EXT beside the content)",
      valueName: "path"))
  var output: String?

  @Flag(help: "Replace existing outputs.")
  var force = false
}

/// The formats of results.
struct FormArguments: ParsableArguments {
  @Option(help: "The result's container. (default: by the output's extension, else the content's)")
  var format: FormatArgument?

  @Option(help: "How the result's samples are stored. (default: as the content's)")
  var encoding: EncodingArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The quality of lossy formats, 0 (small) to 1 (best). (default: the encoder's)", valueName: "number"))
  var quality: Double?

  @Flag(
    help:
      "Write the result's loudness beside it: ReplayGain in FLAC, Vorbis, MP3 and AIFF, R128 gains in Opus, the fields of bext in WAV and RF64; with --together also of all as an album. (default: the content's loudness figures are removed)"
  )
  var loudnessTags = false

  @Option(
    help:
      "Dither before rounding to 16 bits or fewer, if samples change or words get shorter. tpdf: triangular noise of one unit, the same in every run; none: nothing."
  )
  var dither = Dither.tpdf
}

/// The form of the output on the terminal.
struct ReportArguments: ParsableArguments {
  @Flag(help: "Print the results as JSON on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print errors only.")
  var quiet = false
}

/// The details of the output for many clips, and the dry run.
struct DetailArguments: ParsableArguments {
  @OptionGroup(title: "Common") var rehearsal: RehearsalArguments
  @OptionGroup(title: "Reports") var clips: ClipReportArguments

  var verbose: Bool { clips.verbose }
  var dryRun: Bool { rehearsal.dryRun }
}

/// The dry run.
struct RehearsalArguments: ParsableArguments {
  @Flag(
    help: "Print what would be done, the outputs, and what would fail; write nothing.")
  var dryRun = false
}

/// The details of the output for many clips.
struct ClipReportArguments: ParsableArguments {
  @Flag(help: "With several clips: print a line and the warnings of each, not only a summary.")
  var verbose = false
}
