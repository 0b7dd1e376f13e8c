import AudioFeatures
import Foundation
import SoundFiles
import Testing

/// Stems of a mix, by the real program.
@Suite struct StemTests {
  private let space: Workspace
  private let names = ["hits", "rest", "melody", "silence"]

  init() throws {
    space = try Workspace()
  }

  private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Samples/audio").standardized

  /// A bundled clip as it is.
  private func sample(_ name: String) -> String { Self.samples.appending(path: name).path }

  /// All samples of a sound file.
  private func read(_ path: String) throws -> [[Float]] {
    let reader = try SoundFileReader(path: path)
    var buffer = FrameBuffer(channelCount: reader.info.channelCount, capacity: 65536)
    var channels = [[Float]](repeating: [], count: reader.info.channelCount)
    while try reader.read(into: &buffer) > 0 {
      for channel in channels.indices { channels[channel] += buffer.channel(channel) }
    }
    return channels
  }

  /// Writes a mix of bundled clips and the stems that it is the exact sum of: the drum loop in turn in one and the other
  /// stem, a melody on the right, and silence.
  private func makeStems(_ encoding: SoundEncoding = .pcm24, seconds: Double = 4) throws {
    let count = Int(seconds * 44100)
    // Words of 24 bits, so that sums are exact.
    func words(_ channel: [Float], _ gain: (Int) -> Float) -> [Float] {
      (0..<count).map { (channel[$0] * gain($0) * 8_388_608).rounded() / 8_388_608 }
    }
    let (drums, melody) = try (read(sample("drum-loop.flac")), read(sample("plucked-melody.flac")))
    let isHit = { (n: Int) in n / 15000 % 2 == 0 }
    let stems = [
      drums.map { words($0) { isHit($0) ? 0.25 : 0 } }, drums.map { words($0) { isHit($0) ? 0 : 0.25 } },
      zip(melody, [0.1, 0.3] as [Float]).map { channel, gain in words(channel) { _ in gain } },
      [[Float]](repeating: [Float](repeating: 0, count: count), count: 2),
    ]
    let format = SoundFileFormat(.wav, encoding)
    for (name, stem) in zip(names, stems) {
      try space.write(stem, name + ".wav", sampleRate: 44100, format: format)
    }
    let mix = (0..<2).map { channel in
      (0..<count).map { index in stems.reduce(0) { $0 + $1[channel][index] } }
    }
    try space.write(mix, "mix.wav", sampleRate: 44100, format: format)
  }

  private var files: [String] { names.map { $0 + ".wav" } }

  /// The ratio of a clip's power to that of what a sum of others differs by from it, in dB.
  private func agreement(_ clip: [[Float]], _ parts: [[[Float]]]) -> Double {
    var (power, error) = (0.0, 0.0)
    for channel in clip.indices {
      for (index, sample) in clip[channel].enumerated() {
        let sum = parts.reduce(0) { $0 + Double($1[channel][index]) }
        power += Double(sample) * Double(sample)
        error += (Double(sample) - sum) * (Double(sample) - sum)
      }
    }
    return 10 * log10(power / max(error, .leastNormalMagnitude))
  }

  /// The share of a result's power that is coherent with its source: 1 for what only a filter was applied to.
  private func ownShare(_ source: [Float], _ result: [Float]) -> Double {
    let geometry = STFTGeometry(sampleRate: 44100)
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 2)
    for (channel, samples) in [source, result].enumerated() {
      analyzer.append(samples.span, channel: channel)
    }
    analyzer.finish()
    var frame = analyzer.makeFrame()
    let bins = geometry.binCount
    var (own, other) = ([Double](repeating: 0, count: bins), [Double](repeating: 0, count: bins))
    var (real, imaginary) = (own, own)
    while analyzer.nextFrame(into: &frame) {
      for k in 0..<bins {
        let (a, b) = (Double(frame.real[k]), Double(frame.imaginary[k]))
        let (c, d) = (Double(frame.real[bins + k]), Double(frame.imaginary[bins + k]))
        own[k] += a * a + b * b
        other[k] += c * c + d * d
        real[k] += a * c + b * d
        imaginary[k] += a * d - b * c
      }
    }
    var coherent = 0.0
    for k in 0..<bins where own[k] > 0 {
      coherent += (real[k] * real[k] + imaginary[k] * imaginary[k]) / own[k]
    }
    return coherent / other.reduce(0, +)
  }

  private func json(_ run: Workspace.Run) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: run.output) as? [String: Any])
  }

  /// With loudness and limiter at work; the mix among its stems becomes the restyled mix itself.
  @Test(arguments: [("linked", SoundEncoding.pcm24), ("mid-side", .float32), ("independent", .pcm24)])
  func stemsSumToTheRestyledMix(stereo: String, encoding: SoundEncoding) throws {
    try makeStems(encoding)
    let options = ["--style", sample("bright-broadcast.flac"), "--loudness", "-11", "--stereo", stereo]
    let alone = try space.run(["mix.wav", "-o", "alone.wav", "--json", "-q"] + options)
    #expect(alone.status == 0, "\(alone.errors)")
    let run = try space.run(files + ["mix.wav", "--like", "mix.wav", "-o", "out/", "--json", "-q"] + options)
    #expect(run.status == 0, "\(run.errors)")
    let report = try json(run)
    let mix = try #require((report["like"] as? [String: Any])?["result"] as? [String: Any])
    let level = try #require(mix["level"] as? [String: Any])
    let limiting = try #require(level["limiting"] as? [String: Any])
    #expect((limiting["share"] as? Double ?? 0) > 0.02, "the limiter acts")
    #expect(abs(level["gain"] as? Double ?? 0) > 3, "the loudness changes")
    for clip in try #require(report["clips"] as? [[String: Any]]) {
      #expect((clip["result"] as? [String: Any])?["clippedSampleCount"] as? Int == 0)
    }
    let whole = try read(space.url("alone.wav").path)
    #expect(try read(space.url("out/mix.wav").path) == whole)
    let results = try files.map { try read(space.url("out/" + $0).path) }
    #expect(agreement(whole, results) > 100)
    #expect(results[3].joined().allSatisfy { $0 == 0 }, "silence stays digital silence")
    for index in 0..<3 {
      let source = try read(space.url(files[index]).path)
      for channel in 0..<2 { #expect(ownShare(source[channel], results[index][channel]) > 0.9) }
      #expect(ownShare(source[0], results[(index + 1) % 3][0]) < 0.5)
    }
  }

  /// A mono mix, where nothing is limited, and 16 bits: the sum is as good as the words and their dither.
  @Test func monoStemsAndShortWords() throws {
    var parts: [[Float]] = []
    for (seed, name) in ["a.wav", "b.wav"].enumerated() {
      try space.makeClip(name, seconds: 3, brightness: 0.2 + 0.4 * Float(seed), seed: UInt64(seed + 1))
      parts.append(try read(space.url(name).path)[0])
    }
    try space.write([zip(parts[0], parts[1]).map { $0 + $1 }], "mix.wav")
    try space.makeClip("style.wav", seconds: 3, gain: 0.1, brightness: 0.1, seed: 9)
    let options = ["--style", "style.wav", "--loudness", "keep"]
    #expect(try space.run(["mix.wav", "-o", "alone.wav"] + options).status == 0)
    let run = try space.run(["a.wav", "b.wav", "--like", "mix.wav", "-o", "out/"] + options)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.errors.contains("2 of 2 clips restyled") && run.errors.contains("like mix.wav: "))
    let whole = try read(space.url("alone.wav").path)
    let results = try ["out/a.wav", "out/b.wav"].map { try read(space.url($0).path) }
    #expect(agreement(whole, results) > 50)
    #expect(try space.info("out/a.wav").format == space.info("a.wav").format)
  }

  @Test func resultsDoNotDependOnJobsAndThreads() throws {
    try makeStems(seconds: 1.5)
    for (folder, more) in [("1/", ["-j1"]), ("2/", ["-j3"]), ("3/", ["-j1", "--threads", "3"])] {
      let run = try space.run(
        files + ["--like", "mix.wav", "--style", sample("dark-tape.flac"), "-o", folder] + more)
      #expect(run.status == 0, "\(run.errors)")
      for file in files { #expect(try space.bytes(folder + file) == space.bytes("1/" + file)) }
    }
  }

  @Test func aStemThatDoesNotFitIsToldAndTheOthersAreRestyled() throws {
    try makeStems(seconds: 1)
    let hits = try read(space.url("hits.wav").path)
    try space.write(hits, "fast.wav", sampleRate: 48000)
    try space.write([hits[0]], "mono.wav", sampleRate: 44100)
    try space.write(hits.map { Array($0.dropLast()) }, "short.wav", sampleRate: 44100)
    let arguments =
      files + ["fast.wav", "mono.wav", "short.wav", "--like", "mix.wav", "--style", sample("dark-tape.flac")]
    let run = try space.run(arguments + ["-o", "out/"])
    #expect(run.status == 65)
    let expected =
      "expected a stem of 2 channels at 44100 Hz and 44100 frames, as the mix mix.wav has, found "
    #expect(run.errors.contains("fast.wav: \(expected)2 channels at 48000 Hz and 44100 frames"))
    #expect(run.errors.contains("mono.wav: \(expected)1 channel at 44100 Hz and 44100 frames"))
    #expect(run.errors.contains("short.wav: \(expected)2 channels at 44100 Hz and 44099 frames"))
    #expect(run.errors.contains("3 clips of 7 could not be restyled"))
    for file in files { #expect(try space.info("out/" + file).frameCount == 44100) }
    #expect(!space.exists("out/mono.wav"))
    let dry = try space.run(arguments + ["-o", "other/", "--dry-run"])
    #expect(dry.status == 65 && dry.text.contains("would restyle 4 of 7 clips towards "))
    #expect(dry.text.contains(", as stems of mix.wav") && dry.text.contains(expected))
    #expect(!space.exists("other"))
    try FileManager.default.removeItem(at: space.url("mix.wav"))
    let missing = try space.run(arguments + ["-o", "other/"])
    #expect(missing.status == 66 && missing.errors.contains("mix.wav"))
  }

  /// Stems that cancel in the mix pass full scale where it becomes loud.
  @Test func aStemThatClipsIsNamedWithAWayOut() throws {
    let format = SoundFileFormat(.wav, .pcm24)
    try space.makeClip("a.wav", seconds: 2, gain: 0.9, brightness: 1, format: format)
    let a = try read(space.url("a.wav").path)[0]
    try space.write([a.map { -0.8 * $0 }], "b.wav", format: format)
    let b = try read(space.url("b.wav").path)[0]
    try space.write([zip(a, b).map { $0 + $1 }], "mix.wav", format: format)
    let options = ["a.wav", "b.wav", "--like", "mix.wav", "--style", "a.wav", "--loudness", "-10"]
    let run = try space.run(options + ["-o", "out/", "--verbose"])
    #expect(run.status == 0)
    for name in ["out/a.wav", "out/b.wav"] { #expect(run.errors.contains("Warning: \(name): ")) }
    #expect(
      run.errors.contains("samples of this stem were clipped") && run.errors.contains("--encoding float32"))
    let float = try space.run(options + ["-o", "float/", "--encoding", "float32", "--verbose"])
    #expect(float.status == 0 && !float.errors.contains("clipped at full scale"))
    #expect(try read(space.url("float/a.wav").path)[0].contains { abs($0) > 1 })
  }

  @Test func aSavedChangeServesStems() throws {
    try makeStems(seconds: 1.5)
    let style = ["--style", sample("dark-tape.flac")]
    #expect(try space.run(["mix.wav", "-o", "alone.wav", "--save-change", "1.json"] + style).status == 0)
    let stems = files + ["--like", "mix.wav"]
    #expect(try space.run(stems + ["-o", "1/", "--save-change", "2.json"] + style).status == 0)
    #expect(try space.bytes("1.json") == space.bytes("2.json"))
    #expect(try space.run(stems + ["-o", "2/", "--apply-change", "1.json"]).status == 0)
    for file in files { #expect(try space.bytes("2/" + file) == space.bytes("1/" + file)) }
  }

  @Test func strengthZeroCopiesStems() throws {
    try makeStems(seconds: 1)
    let run = try space.run(
      files + ["--like", "mix.wav", "--style", sample("dark-tape.flac"), "--strength", "0", "-o", "out/"])
    #expect(run.status == 0 && run.errors.contains("4 copied as they are"))
    for file in files { #expect(try space.bytes("out/" + file) == space.bytes(file)) }
  }

  @Test(arguments: [
    (["--grid"], "expected none of --grid, --together"),
    (["--together"], "expected none of --grid, --together"),
    (["--features", "waveform"], "expected --features bands or spectrum"),
  ])
  func whatServesNoStemsIsAUsageError(more: [String], message: String) throws {
    try space.makeClip("a.wav")
    try space.makeClip("b.wav", seed: 2)
    let run = try space.run(
      ["a.wav", "b.wav", "--like", "a.wav", "--style", "b.wav", "-o", "out/"] + more)
    #expect(run.status == 64 && run.errors.contains("--like: \(message)"), "\(run.errors)")
    let stream = try space.run("a.wav", "--like", "-", "--style", "b.wav", "-o", "out.wav")
    #expect(stream.status == 64 && stream.errors.contains("--like -: expected a file"))
    #expect(!space.exists("out"))
  }
}
