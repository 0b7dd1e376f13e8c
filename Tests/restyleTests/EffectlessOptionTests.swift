import Foundation
import Testing

/// Options that would change nothing beside others are refused; their defaults may be given.
@Suite struct EffectlessOptionTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav", seconds: 0.8)
    try space.makeClip("style.wav", seconds: 0.8, gain: 0.1, brightness: 0.1, seed: 2)
  }

  @Test(
    arguments: [
      "--method adain", "--method mean", "--method efdm", "--method transport", "--features spectrum",
      "--features waveform",
    ], ["--aim equipment", "--range 100-2000", "--smoothing 1"])
  func onlyMatchTreatsUnlikeStylesInAWayOfItsOwn(method: String, option: String) throws {
    let words = (method + " " + option).split(separator: " ").map(String.init)
    let run = try space.run(["talk.wav", "--style", "style.wav", "-o", "o.wav"] + words)
    #expect(run.status == 64 && run.errors.contains("\(words[2]): has no meaning with \(method)"))
    #expect(!space.exists("o.wav"))
  }

  @Test(arguments: [
    "--method mean --aim style --smoothing 0.15", "--features waveform --phase minimum --refine 1",
    "--features waveform --refine 0 --max-gain-up 3", "--features spectrum --phase linear",
    "--ceiling off --peaks limit", "--ceiling -2 --peaks gain", "--dynamics 0.5 --dynamics-style style.wav",
    "--method match --smoothing 1 --range 100-2000 --aim equipment",
  ])
  func defaultsAndOptionsWithAnEffectPass(options: String) throws {
    let run = try space.run(
      ["talk.wav", "--style", "style.wav", "-o", "o.wav"] + options.split(separator: " ").map(String.init))
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: [
    ("--features waveform --phase linear", "--phase: has no meaning with --features waveform"),
    ("--features waveform --refine 2", "--refine: has no meaning with --features waveform"),
    ("--ceiling off --peaks gain", "--peaks: has no meaning with --ceiling off"),
    ("--dynamics 0 --dynamics-style style.wav", "--dynamics-style: has no meaning with --dynamics 0"),
    ("--quality 0.5", "--quality: expected a result of Vorbis, Opus or MP3 beside it, found WAV"),
    (
      "--quality 0.5 --format flac",
      "--quality: expected a result of Vorbis, Opus or MP3 beside it, found FLAC"
    ),
    ("--quality 0.5 --dry-run", "--quality: expected a result of Vorbis, Opus or MP3"),
    ("--quality 0.1 --for acx --format mp3", "constant bit rate of 192 kbit/s"),
  ])
  func wishesWithoutEffectAreRefused(options: String, message: String) throws {
    let run = try space.run(
      ["talk.wav", "--style", "style.wav"] + options.split(separator: " ").map(String.init))
    #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
    #expect(try space.names == ["style.wav", "talk.wav"])
  }

  /// A quality counts for the results that have one.
  @Test func aQualityCountsForSomeOfTheResults() throws {
    let ogg = try space.run("talk.wav", "--style", "style.wav", "-o", "talk.ogg")
    #expect(ogg.status == 0)
    let run = try space.run(
      "talk.wav", "talk.ogg", "--style", "style.wav", "--quality", "0.2", "-o", "out/", "--alone")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test(arguments: [
    ("--aim equipment", "aim: has no meaning"), ("--range 100-2000", "range: has no meaning"),
    ("--smoothing 1", "smoothing: has no meaning"), ("--features spectrum", "features: expected bands, as"),
    ("--stereo independent", "stereo: expected linked, as"),
  ])
  func aFeatureFileDecides(options: String, message: String) throws {
    #expect(try space.run("extract", "talk.wav", "-o", "talk.npz").status == 0)
    let words = options.split(separator: " ").map(String.init)
    let run = try space.run(["talk.wav", "--features-in", "talk.npz", "-o", "o.wav"] + words)
    #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
    #expect(!space.exists("o.wav"))
  }

  @Test func learningMeasuresWhatItIsAskedFor() throws {
    try space.makeClip("wide.wav", seconds: 1, channelCount: 2)
    #expect(try space.run("learn", "wide.wav", "-o", "plain.safetensors").status == 0)
    for option in [["--channels"], ["--features", "spectrum"]] {
      let run = try space.run(["learn", "plain.safetensors", "-o", "new.safetensors"] + option)
      #expect(run.status == 64 && run.errors.contains("\(option[0]): expected at least one sound file"))
    }
    #expect(!space.exists("new.safetensors"))
    let lost = try space.run("learn", "plain.safetensors", "wide.wav", "--channels", "-o", "new.safetensors")
    #expect(lost.status == 0 && lost.errors.contains("no statistics of single channels are kept"))
    let kept = try space.run("learn", "wide.wav", "--channels", "-o", "channels.safetensors")
    #expect(kept.status == 0 && !kept.errors.contains("Warning"))
  }
}
