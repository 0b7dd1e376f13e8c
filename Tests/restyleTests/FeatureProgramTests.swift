import Foundation
import SoundFiles
import TestSupport
import Testing

/// `restyle extract` and `restyle apply --features-in`, from the real program.
@Suite struct FeatureProgramTests {
  private let space: Workspace

  init() throws {
    space = try Workspace()
    try space.makeClip("talk.wav", seconds: 1.5, channelCount: 2, sampleRate: 16_000)
  }

  @Test(arguments: ["npy", "npz", "safetensors"], ["linked", "independent", "mid-side"])
  func unchangedFeaturesGiveTheBytesBack(suffix: String, stereo: String) throws {
    let file = "talk.\(suffix)"
    let extract = try space.run("extract", "talk.wav", "--stereo", stereo, "-o", file)
    #expect(extract.status == 0 && extract.output.isEmpty)
    #expect(extract.errors.contains("\(file): ") && extract.errors.contains("channels, "))
    let apply = try space.run("talk.wav", "--features-in", file, "--stereo", stereo, "-o", "new.wav")
    #expect(apply.status == 0)
    #expect(try space.bytes("new.wav") == space.bytes("talk.wav"))
  }

  @Test func jsonSaysWhatTheNumbersStandFor() throws {
    let run = try space.run("extract", "talk.wav", "-o", "talk.npy", "--features", "spectrum", "--json")
    #expect(run.status == 0 && run.errors.isEmpty)
    let facts = try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
    #expect(facts["sampleRate"] as? Double == 16_000 && facts["frameCount"] as? Int == 24_000)
    let (hop, fft) = (try #require(facts["hopLength"] as? Int), try #require(facts["fftLength"] as? Int))
    #expect(hop == 171 && fft == 1024 && facts["length"] as? Int == (24_000 + hop - 1) / hop)
    #expect(facts["views"] as? [String] == ["linked"])
    let frequencies = try #require(facts["frequencies"] as? [Double])
    #expect(abs(frequencies[1] - frequencies[0] - 16_000 / Double(fft)) < 1e-9)
    #expect((facts["edges"] as? [[Double]])?.count == frequencies.count)
  }

  /// Not even by a link, and with --force.
  @Test func featuresDoNotReplaceTheClip() throws {
    let before = try space.bytes("talk.wav")
    try FileManager.default.createSymbolicLink(
      at: space.url("talk.npz"), withDestinationURL: space.url("talk.wav"))
    let run = try space.run("extract", "talk.wav", "-o", "talk.npz", "--force")
    #expect(run.status == 64 && run.errors.contains("would replace the clip"))
    #expect(try space.bytes("talk.wav") == before)
  }

  @Test func wrongCommandLinesAre64() throws {
    #expect(try space.run("extract", "talk.wav", "-o", "talk.npz").status == 0)
    for arguments in [
      ["extract", "talk.wav"], ["extract", "talk.wav", "-o", "talk.txt"],
      ["extract", "talk.wav", "-o", "npz"],
      ["extract", "talk.wav", "-o", "x.npz", "--features", "waveform"],
      ["talk.wav", "--features-in", "talk.npz", "--style", "talk.wav"],
      ["talk.wav", "--features-in", "talk.npz", "--tone", "2"],
      ["talk.wav", "--features-in", "talk.npz", "--method", "efdm"],
      ["talk.wav", "talk.wav", "--features-in", "talk.npz", "-o", "out/"],
      ["talk.wav", "--features-in", "talk.wav"],
    ] {
      let process = try space.start(arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 64, "\(arguments)")
    }
    #expect(try space.names == ["talk.npz", "talk.wav"])
  }

  @Test func wrongFilesAre65And66And73() throws {
    try space.makeClip("other.wav", seconds: 1.4, channelCount: 2, sampleRate: 16_000)
    #expect(try space.run("extract", "other.wav", "-o", "other.npy").status == 0)
    #expect(try space.run("extract", "other.wav", "-o", "other.npz").status == 0)
    try Data("no array".utf8).write(to: space.url("bad.npz"))
    try space.bytes("other.npz").dropLast(100).write(to: space.url("cut.npz"))
    for file in ["other.npy", "other.npz", "bad.npz", "cut.npz"] {
      let run = try space.run("talk.wav", "--features-in", file, "-o", "new.wav")
      #expect(run.status == 65 && run.errors.contains(file), "\(run.errors)")
    }
    let wrong = try space.run("talk.wav", "--features-in", "other.npy", "-o", "new.wav")
    #expect(wrong.errors.contains("expected features of shape [1, 31, 141]"))
    #expect(wrong.errors.contains("found [1, 31, 131]"))
    #expect(try space.run("talk.wav", "--features-in", "none.npz", "-o", "new.wav").status == 66)
    let unused = try space.run("talk.wav", "--features-in", "none.npz", "--strength", "0", "-o", "new.wav")
    #expect(unused.status == 66)
    #expect(try space.run("extract", "none.wav", "-o", "none.npz").status == 66)
    #expect(try space.run("extract", "talk.wav", "-o", "other.npz").status == 73)
    #expect(try space.run("extract", "talk.wav", "-o", "other.npz", "--force").status == 0)
    #expect(!space.exists("new.wav"))
  }

  /// A clip that breaks off has fewer frames than its header promises; features are of those that are there.
  @Test(arguments: ["npy", "npz", "safetensors"])
  func featuresOfAClipThatBreaksOffFitIt(suffix: String) throws {
    try space.makeClip("whole.flac", seconds: 2, sampleRate: 16_000, format: SoundFileFormat(.flac, .pcm16))
    let bytes = try space.bytes("whole.flac")
    try bytes.prefix(bytes.count * 2 / 3).write(to: space.url("cut.flac"))
    #expect(try space.run("extract", "cut.flac", "-o", "cut.\(suffix)").status == 0)
    let run = try space.run("cut.flac", "--features-in", "cut.\(suffix)", "-o", "new.wav")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try space.info("new.wav").frameCount < 32_000)
  }

  /// A spectral tilt made by numpy, in other types and orders than the file's own, becomes audio with that tilt.
  @Test(.enabled(if: Python.has("numpy")))
  func pythonWorksOnFeaturesInBetween() throws {
    #expect(try space.run("extract", "talk.wav", "-o", "talk.npz").status == 0)
    let script = """
      import json, sys, numpy
      arrays = dict(numpy.load(sys.argv[1]))
      facts = json.loads(bytes(arrays["metadata"]))
      x = arrays["features"]
      assert x.dtype == numpy.float32 and x.shape == (1, len(arrays["frequencies"]), 141), x.shape
      assert facts["hop_length"] == "171" and facts["sample_rate"] == "16000"
      assert (arrays["edges"][:, 0] < arrays["frequencies"]).all()
      tilt = numpy.linspace(6, -6, x.shape[1])[None, :, None]
      arrays["features"] = numpy.asfortranarray(x.astype(numpy.float64) + tilt)
      numpy.savez_compressed(sys.argv[2], **arrays)
      numpy.save(sys.argv[3], (x + tilt).astype(">f4"))
      """
    let paths = ["talk.npz", "new.npz", "new.npy"].map { space.url($0).path }
    let made = try Python.run(script, paths)
    #expect(made.status == 0, "\(made.output)")
    for file in ["new.npz", "new.npy"] {
      let run = try space.run(
        "talk.wav", "--features-in", file, "-o", "\(file).wav", "--encoding", "float32", "--ceiling", "off")
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(try space.bytes("new.npz.wav") == space.bytes("new.npy.wav"))
    #expect(try space.run("extract", "new.npz.wav", "-o", "after.npy").status == 0)
    let check = """
      import sys, numpy
      before, after = (numpy.load(name) for name in sys.argv[1:3])
      tilt = numpy.linspace(6, -6, before.shape[1])
      moved = (after - before)[0].mean(1)
      # Above 8 kHz there is nothing in a clip of 16 kHz; the lowest bands share bins.
      assert numpy.abs(moved - tilt)[3:24].max() < 0.5, moved - tilt
      """
    #expect(try space.run("extract", "talk.wav", "-o", "before.npy").status == 0)
    let checked = try Python.run(check, ["before.npy", "after.npy"].map { space.url($0).path })
    #expect(checked.status == 0, "\(checked.output)")
  }

  @Test(.enabled(if: Python.has("numpy", "safetensors")))
  func pythonReadsAndWritesSafetensors() throws {
    #expect(
      try space.run("extract", "talk.wav", "-o", "talk.safetensors", "--stereo", "mid-side").status == 0)
    let script = """
      import sys
      from safetensors import safe_open
      from safetensors.numpy import save_file
      with safe_open(sys.argv[1], "np") as file:
          facts = file.metadata()
          arrays = {key: file.get_tensor(key) for key in file.keys()}
      assert facts["views"] == "mid,side" and arrays["features"].shape[0] == 2
      save_file({"features": arrays["features"]}, sys.argv[2], metadata=facts)
      """
    let made = try Python.run(script, ["talk.safetensors", "new.safetensors"].map { space.url($0).path })
    #expect(made.status == 0, "\(made.output)")
    #expect(try space.run("talk.wav", "--features-in", "new.safetensors", "-o", "new.wav").status == 0)
    #expect(try space.bytes("new.wav") == space.bytes("talk.wav"))
  }

  #if os(Linux)
  @Test func aFullDiskIs74() throws {
    try space.makeClip("style.wav", seed: 2)
    for arguments in [["learn", "style.wav", "-o", "/dev/full", "--force"]] {
      let process = try space.start(arguments)
      process.waitUntilExit()
      #expect(process.terminationStatus == 74)
    }
  }
  #endif
}
