import ArgumentParser
import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// The features that can be extracted: those of `restyle apply` without the samples themselves.
enum LevelFeatures: String, CaseIterable, ExpressibleByArgument, Sendable {
  case bands, spectrum

  /// The kind of features.
  var kind: FeatureKind {
    switch self {
    case .bands: .bands
    case .spectrum: .spectrum
    }
  }
}

/// `restyle extract`: writes the feature sequence of a clip.
struct ExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Write a clip's feature sequence for other programs to work on.",
    discussion: """
      The file holds the level in dB of every band (or bin) in every frame as 32-bit floats of shape (views, \
      channels, frames), and, unless it is a .npy file, all facts that say what they stand for. Changed by any \
      program, it is rendered by 'restyle CLIP --features-in FILE'.

      EXAMPLES:
        restyle extract talk.wav -o talk.npz
        restyle extract song.flac --stereo mid-side -o song.safetensors
      """)

  @Argument(help: ArgumentHelp("A sound file, or - for standard input.", valueName: "clip"))
  var clip: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write; .npy, .npz or .safetensors names its format.", valueName: "features"))
  var output: String

  @Option(help: "Which levels: of bands, or of all bins of the spectrum.")
  var features = LevelFeatures.bands

  @Option(
    help:
      "linked: the mean power of all channels; independent: each channel; mid-side: middle and side.")
  var stereo = StereoMode.linked

  @Flag(help: "Replace an existing file.")
  var force = false

  @Flag(help: "Treat a truncated or damaged file as an error (65) instead of using the readable part.")
  var strict = false

  @OptionGroup(title: "Speed") var speed: ThreadArguments
  @OptionGroup(title: "Reports") var report: ReportArguments

  func run() throws {
    let format = try FeatureFileFormat(path: output)
    guard clip == Paths.standardStream || Paths.identity(clip) != Paths.identity(output) else {
      throw UsageError("-o \(output): the features would replace the clip")
    }
    try OutputFile.check(path: output, overwrites: force)
    TemporaryFiles.removeLeftovers(besides: [output])
    var options = RestyleOptions()
    options.features = features.kind
    options.stereo = stereo
    let input = SoundInput(isStrict: strict, isQuiet: report.quiet)
    let sequence = try input.features(clip, Restyler(options: options, threads: speed.threads))
    try OutputFile.write(sequence.encoded(as: format), to: output, overwrites: force)
    let facts = FeatureReport(path: output, sequence.grid)
    if report.json {
      try Console.result(json: facts)
    } else if !report.quiet {
      Console.note(
        "\(output): \(Wording.count(facts.views.count, "view")), \(facts.frequencies.count) channels, "
          + "\(Wording.count(facts.length, "frame")) of \(facts.hopLength) samples")
    }
  }
}

/// The report of `restyle extract --json`: the meaning of the numbers in a feature file.
struct FeatureReport: Encodable, Sendable {
  var path: String
  var features: FeatureKind
  var stereo: StereoMode
  /// The N views, in order.
  var views: [String]
  /// The centre frequencies of the C channels in Hz.
  var frequencies: [Double]
  /// The lower and upper edges of the channels in Hz.
  var edges: [[Double]]
  /// The number L of frames.
  var length: Int
  /// The sample rate in Hz.
  var sampleRate: Double
  var channelCount: Int
  /// The number of sample frames.
  var frameCount: Int
  /// The length of the window in samples; the lengths of transform and hop follow in samples too.
  var windowLength: Int
  var fftLength: Int
  var hopLength: Int

  init(path: String, _ grid: FeatureGrid) {
    self.path = path
    features = grid.features
    stereo = grid.stereo
    views = grid.views.map(\.name)
    frequencies = grid.layout.frequencies
    edges = grid.edges.map { [$0.lower, $0.upper] }
    length = grid.length
    sampleRate = grid.sampleRate
    channelCount = grid.channelCount
    frameCount = grid.frameCount
    windowLength = grid.geometry.windowLength
    fftLength = grid.geometry.fftLength
    hopLength = grid.geometry.hopLength
  }
}
