import ArgumentParser
import AudioRestyle

/// Where results go and how they are stored.
struct OutputArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The result's file; FOLDER/ for several contents; - for standard output. (default: NAME.restyled.EXT beside the content)",
      valueName: "path"))
  var output: String?

  @Option(help: "The result's container. (default: by the output's extension, else the content's)")
  var format: FormatArgument?

  @Option(help: "How the result's samples are stored. (default: as the content's)")
  var encoding: EncodingArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The quality of lossy formats, 0 (small) to 1 (best). (default: the encoder's)", valueName: "number"))
  var quality: Double?

  @Option(
    help:
      "What is added before rounding to words of 16 bits or fewer, where samples change or words get shorter. tpdf: triangular noise of one unit, the same in every run; none: nothing."
  )
  var dither = Dither.tpdf

  @Flag(help: "Replace existing outputs.")
  var force = false

  func validate() throws {
    if let quality, !(0...1).contains(quality) {
      throw ValidationError("--quality: expected 0 to 1, found \(quality)")
    }
  }

  /// The options for the restyler.
  func options(isStrict: Bool) -> OutputOptions {
    var options = OutputOptions()
    options.container = format?.container
    options.encoding = encoding?.encoding ?? format?.encoding
    options.quality = quality
    options.dither = dither
    options.overwrites = force
    options.isStrict = isStrict
    return options
  }
}
