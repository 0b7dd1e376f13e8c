import ArgumentParser
import AudioRestyle
import SoundFiles
import Testing

@testable import restyle

@Suite struct ArgumentTests {
  private func apply(_ arguments: String...) throws -> ApplyCommand {
    try #require(try RestyleCommand.parseAsRoot(["in.wav", "--style", "s.wav"] + arguments) as? ApplyCommand)
  }

  @Test func applyIsTheDefaultAndItsDefaultsAreTheEngines() throws {
    let command = try apply()
    #expect(command.contents == ["in.wav"])
    #expect(command.input.style == ["s.wav"])
    #expect(command.method.options == RestyleOptions())
    let output = command.output.options(isStrict: false)
    #expect(output.container == nil && output.encoding == nil && output.quality == nil && !output.overwrites)
  }

  @Test func everyOptionReachesTheEngine() throws {
    let command = try apply(
      "--strength", "-0.5", "--tone", "0.3", "--dynamics", "2", "--method", "adain", "--features", "spectrum",
      "--stereo", "mid-side", "--phase", "linear", "--loudness", "-16.5", "--ceiling", "-3",
      "--peaks", "gain", "--max-gain-up", "12", "--max-gain-down", "18", "--refine", "3")
    var expected = RestyleOptions()
    expected.strength = -0.5
    expected.tone = 0.3
    expected.dynamics = 2
    expected.method = .adain
    expected.features = .spectrum
    expected.stereo = .midSide
    expected.phase = .linear
    expected.loudness = .lufs(-16.5)
    expected.ceiling = .decibelsTruePeak(-3)
    expected.peaks = .gain
    expected.highestGain = 12
    expected.lowestGain = -18
    expected.refinements = 3
    #expect(command.method.options == expected)
  }

  @Test(arguments: RestyleMethod.allCases) func methodsReachTheEngine(method: RestyleMethod) throws {
    #expect(try apply("--method", method.rawValue).method.options.method == method)
  }

  @Test func wordsForDither() throws {
    #expect(try apply().output.options(isStrict: false).dither == .tpdf)
    #expect(try apply("--dither", "none").output.options(isStrict: false).dither == .none)
  }

  @Test func wordsForLoudnessAndCeiling() throws {
    #expect(try apply("--loudness", "keep").method.options.loudness == .keep)
    #expect(try apply("--loudness", "off").method.options.loudness == .off)
    #expect(try apply("--loudness", "style").method.options.loudness == .style)
    #expect(try apply("--ceiling", "auto").method.options.ceiling == .automatic)
    #expect(try apply("--ceiling", "off").method.options.ceiling == .off)
  }

  @Test(arguments: [
    ["--strength", "10.5"], ["--strength", "nan"], ["--strength", "much"], ["--tone", "-0.1"],
    ["--dynamics", "5"],
    ["--loudness", "1"], ["--loudness", "-71"], ["--loudness", "nan"], ["--loudness", "quiet"],
    ["--ceiling", "0.5"],
    ["--ceiling", "-61"], ["--max-gain-up", "61"], ["--max-gain-down", "-1"], ["--refine", "4"],
    ["--refine", "1.5"],
    ["--quality", "1.1"], ["--quality", "nan"], ["--method", "magic"], ["--features", "mel"],
    ["--stereo", "both"],
    ["--format", "doc"], ["--encoding", "pcm12"], ["--frobnicate"],
  ])
  func valuesOutsideTheirRangesAreRefused(arguments: [String]) {
    #expect(throws: (any Error).self) {
      try RestyleCommand.parseAsRoot(["in.wav", "--style", "s.wav"] + arguments)
    }
  }

  @Test(arguments: FormatArgument.allCases)
  func everyFormatCanBeWritten(format: FormatArgument) throws {
    let source = SoundFileFormat(.wav, .pcm16)
    let command = try apply("--format", format.rawValue)
    let clip = PlannedClip(content: "in.wav", output: "in.restyled.\(format.suffix)")
    let (_, result) = try command.output.options(isStrict: false).fitted(to: clip, like: source)
    #expect(result.container == format.container)
    if let encoding = format.encoding { #expect(result.encoding == encoding) }
    try result.check(sampleRate: 48_000, channelCount: 2)
  }

  @Test(arguments: EncodingArgument.allCases)
  func everyEncodingCanBeWrittenSomewhere(encoding: EncodingArgument) throws {
    let source = SoundFileFormat(.wav, .pcm16)
    let suffix = [.vorbis, .opus].contains(encoding) ? "ogg" : "caf"
    let clip = PlannedClip(content: "in.wav", output: "out.\(suffix)")
    let command = try apply("--encoding", encoding.rawValue)
    let (_, result) = try command.output.options(isStrict: false).fitted(to: clip, like: source)
    try result.check(sampleRate: 48_000, channelCount: 2)
    // Core Audio files have signed 8-bit samples only.
    #expect(result.encoding == (encoding == .pcm8 ? .pcmS8 : encoding.encoding))
  }

  /// A name that says nothing about the format keeps the content's.
  @Test(arguments: ["clip", "clip.dat"])
  func anUnknownExtensionKeepsTheContainer(name: String) throws {
    let source = SoundFileFormat(.flac, .pcm24)
    let options = try apply().output.options(isStrict: false)
    let output = name == "clip" ? "clip.restyled" : "clip.restyled.dat"
    let kept = try options.fitted(to: PlannedClip(content: name, output: output), like: source)
    #expect(kept.format == source)
    #expect(throws: SoundFileError.self) {
      try options.fitted(to: PlannedClip(content: name, output: "other.xyz"), like: source)
    }
  }
}
