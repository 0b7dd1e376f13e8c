import ArgumentParser
import AudioRestyle

/// Where results go and how they are stored.
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

/// Where results go.
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

/// How results are stored.
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
      "Write the result's loudness beside it: ReplayGain in FLAC, Vorbis, MP3 and AIFF, R128 gains in Opus, the fields of bext in WAV and RF64; with --together also of all as an album. (default: what the content says of its own is taken out)"
  )
  var loudnessTags = false

  @Option(
    help:
      "What is added before rounding to words of 16 bits or fewer, where samples change or words get shorter. tpdf: triangular noise of one unit, the same in every run; none: nothing."
  )
  var dither = Dither.tpdf
}
