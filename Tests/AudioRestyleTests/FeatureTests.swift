import AdaIN
import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

@Suite struct FeatureTests {
  private let rate = 44100.0

  private func clip(_ seed: UInt64 = 1, count: Int = 60_000) -> [[Float]] {
    TestClips.stereo(seed: seed, count: count, rate: rate)
  }

  private func restyler(
    _ features: FeatureKind = .bands, _ stereo: StereoMode = .linked,
    _ change: (inout RestyleOptions) -> Void = { _ in }
  ) -> Restyler {
    var options = RestyleOptions()
    options.features = features
    options.stereo = stereo
    options.ceiling = .off
    change(&options)
    return Restyler(options: options)
  }

  private func source(_ clip: [[Float]]) -> MemorySource {
    MemorySource(clip, sampleRate: rate, name: "clip")
  }

  @Test(arguments: [FeatureKind.bands, .spectrum], StereoMode.allCases)
  func unchangedFeaturesGiveTheSamplesBack(features: FeatureKind, stereo: StereoMode) throws {
    let restyler = restyler(features, stereo) { $0.ceiling = .automatic }
    let sequence = try restyler.extractFeatures(from: source(clip()))
    #expect(sequence.values.shape.n == (stereo == .linked ? 1 : 2))
    #expect(sequence.values.shape.c == sequence.grid.layout.channelCount)
    #expect(sequence.values.shape.l == (60_000 + 469) / 470)
    // The grid of the sequence counts, not the options.
    let (result, report) = try Restyler().restyle(source(clip()), towards: sequence)
    #expect(result == clip() && report.level.gain == 0)
  }

  /// The levels of a steady tone, and their means beside the profile's.
  @Test func levelsAreThoseOfTheDefinition() throws {
    let tone = (0..<44_100).map { Float(0.5 * sin(2 * Double.pi * 1000 * Double($0) / rate)) }
    let sequence = try restyler().extractFeatures(from: source([tone]))
    let power = (10..<80).map { l in
      (0..<sequence.values.shape.c).reduce(0) { $0 + pow(10, Double(sequence.values[0, $1, l]) / 10) }
    }
    // A sine of amplitude ½ has the mean square 1/8; the window's sidelobes stay within the bands.
    for value in power { #expect(abs(10 * log10(value) - 10 * log10(0.125)) < 0.01) }
    let noise = try restyler().extractFeatures(from: source(clip()))
    let profile = try ProfileLearner().learn(source(clip()))
    // This clip has no pauses, so all its frames are active.
    #expect(profile.activeFrameCount(of: .linked) == noise.values.shape.l)
    for (channel, level) in try #require(profile.levels(of: .linked)).enumerated() {
      let row = noise.values.row(0, channel).map { Double($0) }
      #expect(abs(row.reduce(0, +) / Double(row.count) - level.mean) < 1e-9)
    }
  }

  @Test(arguments: StereoMode.allCases) func aConstantChangeIsAGain(stereo: StereoMode) throws {
    let restyler = restyler(.bands, stereo)
    // DC keeps its gain, so the clip must have nothing there.
    let clip = [900.0, 3300].map { frequency in
      (0..<60_000).map { n in
        Float(0.1 * sin(2 * Double.pi * frequency * Double(n) / rate) * (2 + sin(Double(n) / 4000)))
      }
    }
    var sequence = try restyler.extractFeatures(from: source(clip))
    sequence.values = try Tensor3(
      shape: sequence.values.shape, scalars: sequence.values.scalars.map { $0 + 6 })
    let (result, report) = try restyler.restyle(source(clip), towards: sequence)
    let factor = Float(pow(10, 6 / 20.0))
    for channel in 0..<2 {
      #expect(TestClips.signalToNoise(clip[channel].map { $0 * factor }, result[channel]) > 60)
    }
    let (before, after) = (try #require(report.contentLoudness), try #require(report.loudness))
    #expect(abs(after - before - 6) < 0.1)
    for view in report.views {
      for band in view.channels { #expect(abs(band.requestedMean - band.contentMean - 6) < 1e-4) }
    }
  }

  @Test func bandsGoWhereTheyAreSent() throws {
    let restyler = restyler { $0.measuresResult = true }
    let long = [TestClips.wandering(seed: 3, count: 200_000, rate: rate)]
    var sequence = try restyler.extractFeatures(from: source(long))
    // Half the spread in every band, and a tilt.
    for channel in 0..<sequence.values.shape.c {
      let row = Array(sequence.values.row(0, channel))
      let mean = row.reduce(0, +) / Float(row.count)
      for l in row.indices {
        sequence.values[0, channel, l] = mean + 0.5 * (row[l] - mean) - 0.2 * Float(channel)
      }
    }
    let (_, report) = try restyler.restyle(source(long), towards: sequence)
    for band in try #require(report.views.first).channels
    where band.frequency > 100 && band.frequency < 15_000 {
      let (mean, spread) = (try #require(band.mean), try #require(band.spread))
      #expect(abs(band.requestedSpread - 0.5 * band.contentSpread) < 0.01)
      #expect(abs(mean - band.requestedMean) < 0.7 && abs(spread - band.requestedSpread) < 0.7)
    }
  }

  @Test func strengthAndLimitsHold() throws {
    let own = try restyler().extractFeatures(from: source(clip()))
    func moved(_ gain: Float, _ restyler: Restyler) throws -> [[Float]] {
      var sequence = own
      sequence.values = try Tensor3(shape: own.values.shape, scalars: own.values.scalars.map { $0 + gain })
      return try restyler.restyle(source(clip()), towards: sequence).channels
    }
    #expect(try moved(8, restyler { $0.strength = 0 }) == clip())
    #expect(try moved(8, restyler { $0.strength = 0.5 }) == moved(4, restyler()))
    #expect(try moved(500, restyler()) == moved(36, restyler()))
    #expect(try moved(-500, restyler { $0.lowestGain = -6 }) == moved(-6, restyler()))
  }

  @Test func silenceStaysSilentWhateverIsAsked() throws {
    let silence = [[Float]](repeating: [Float](repeating: 0, count: 30_000), count: 2)
    var sequence = try restyler().extractFeatures(from: source(silence))
    #expect(sequence.values.scalars.allSatisfy { $0 == -120 })
    sequence.values = Tensor3(shape: sequence.values.shape, repeating: 0)
    #expect(try restyler().restyle(source(silence), towards: sequence).channels == silence)
  }

  @Test(arguments: [1, 2, 469, 470, 471, 1880]) func shortClipsWork(count: Int) throws {
    let short = [Array(clip()[0][..<count])]
    var sequence = try restyler().extractFeatures(from: source(short))
    #expect(sequence.values.shape.l == (count + 469) / 470)
    #expect(try restyler().restyle(source(short), towards: sequence).channels == short)
    sequence.values = try Tensor3(
      shape: sequence.values.shape, scalars: sequence.values.scalars.map { $0 - 3 })
    let (result, _) = try restyler().restyle(source(short), towards: sequence)
    #expect(result[0].count == count && result[0].allSatisfy { $0.isFinite })
  }

  @Test func chunksDoNotChangeFeatures() throws {
    /// A source that hands out few frames at a time.
    final class Choppy: ForwardingSource {
      override func read(into buffer: inout FrameBuffer) throws -> Int {
        var small = FrameBuffer(channelCount: buffer.channelCount, capacity: 617)
        let count = try base.read(into: &small)
        for channel in 0..<buffer.channelCount {
          for n in 0..<count { buffer[channel, n] = small[channel, n] }
        }
        buffer.frameCount = count
        return count
      }
    }
    let whole = try restyler(.bands, .midSide).extractFeatures(from: source(clip()))
    #expect(try restyler(.bands, .midSide).extractFeatures(from: Choppy(source(clip()))) == whole)
  }

  @Test func levelsThatAreNoneAreErrors() throws {
    let own = try restyler().extractFeatures(from: source(clip()))
    for value in [Float.nan, .infinity, -.infinity, 1001, -1e30] {
      var sequence = own
      sequence.values[0, 3, 17] = value
      let error = #expect(throws: RestyleError.self) {
        try restyler().restyle(source(clip()), towards: sequence)
      }
      let text = try #require(error).description
      #expect(text.contains("clip: expected levels within ±1000 dB") && text.hasSuffix("channel 3, frame 17"))
    }
  }

  @Test func featuresOfAnotherClipAreErrors() throws {
    let own = try restyler().extractFeatures(from: source(clip()))
    for other in [clip(1, count: 60_001), [clip()[0]], clip(1, count: 30_000)] {
      let error = #expect(throws: RestyleError.self) { try restyler().restyle(source(other), towards: own) }
      guard case .featuresDoNotFit(let text) = try #require(error) else {
        Issue.record("another error: \(String(describing: error))")
        continue
      }
      #expect(text.contains("60000 frames"))
    }
    let wrong = Tensor3<Float>(shape: TensorShape(1, 4, 4))
    #expect(throws: RestyleError.self) { try FeatureSequence(wrong, grid: own.grid) }
    #expect(throws: RestyleError.self) { try restyler(.waveform).extractFeatures(from: source(clip())) }
    #expect(throws: RestyleError.self) {
      try restyler(.bands, .midSide).extractFeatures(from: source([clip()[0]]))
    }
  }

  @Test(arguments: FeatureFileFormat.allCases, StereoMode.allCases)
  func filesGiveBackEveryBit(format: FeatureFileFormat, stereo: StereoMode) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "f-\(UUID().uuidString).\(format.rawValue)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let own = try restyler(.bands, stereo).extractFeatures(from: source(clip()))
    try Data(own.encoded(as: format)).write(to: URL(fileURLWithPath: path))
    let read = try FeatureSequence(contentsOf: path, for: own.grid)
    #expect(read.values == own.values && read.grid == own.grid)
    // What a file says counts; bare levels are taken for what the clip would have.
    let other = try FeatureGrid(
      features: .bands, stereo: stereo == .linked ? .midSide : .linked, sampleRate: rate, channelCount: 2,
      frameCount: 60_000)
    if format == .npy {
      #expect(throws: RestyleError.self) { try FeatureSequence(contentsOf: path, for: other) }
    } else {
      #expect(try FeatureSequence(contentsOf: path, for: other).grid == own.grid)
    }
  }

  @Test(arguments: [
    ("format_version", "2"), ("features", "mel"), ("features", "spectrum"), ("stereo", "both"),
    ("sample_rate", "0"), ("sample_rate", "nan"), ("sample_rate", "48000"), ("channel_count", "-1"),
    ("channel_count", "1e9"), ("frame_count", "-5"), ("frame_count", "70368744177665"),
    ("frame_count", "9223372036854775807"),
    ("hop_length", "512"), ("views", "side"), ("format", "mine"),
  ])
  func factsThatCannotBeAreErrors(key: String, value: String) throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "f-\(UUID().uuidString).safetensors"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let own = try restyler().extractFeatures(from: source(clip()))
    try Data(own.encoded(as: .safetensors)).write(to: URL(fileURLWithPath: path))
    var file = try SafetensorsFile(contentsOf: URL(fileURLWithPath: path))
    file.metadata[key] = value
    try file.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: RestyleError.self) { try FeatureSequence(contentsOf: path, for: own.grid) }
    #expect(try #require(error).description.contains(path))
  }

  /// Frequencies and edges say which band a level belongs to, so they must be those of the levels.
  @Test(arguments: [FeatureKind.bands, .spectrum], ["frequencies", "edges"])
  func frequenciesOfOtherBandsAreErrors(features: FeatureKind, key: String) throws {
    let own = try restyler(features).extractFeatures(from: source(clip()))
    let file = try SafetensorsFile(bytes: own.encoded(as: .safetensors))
    let values: [Double] = try file.values(key)
    let shape = try file.array(key).shape
    func read(_ stored: StoredArray?) throws -> FeatureSequence {
      var changed = file
      changed[key] = stored
      return try FeatureSequence(FeatureFile(changed), name: "file", for: own.grid)
    }
    // Absent, and rounded to other types.
    for stored in try [nil, StoredArray(values.map { Float($0) }, shape: shape)] {
      #expect(try read(stored).values == own.values)
    }
    let wrong: [[Double]] = [
      values.reversed(), Array(values.prefix(3)), values.map { _ in .nan }, values.map { $0 * 1.01 }, [],
    ]
    for values in wrong {
      let stored = try StoredArray(values, shape: values.count == shape.reduce(1, *) ? shape : nil)
      let error = #expect(throws: RestyleError.self) { try read(stored) }
      #expect(try #require(error).description.contains("file: \(key): expected"))
    }
    var archive = NpzFile()
    archive["features"] = try file.array("features")
    archive[key] = try StoredArray([Double](values.reversed()), shape: shape)
    #expect(throws: RestyleError.self) {
      try FeatureSequence(
        FeatureFile(archive, name: "file", names: []), name: "file", for: own.grid)
    }
  }

  @Test func optionsOfMethodsHaveNoMeaning() {
    for change: (inout RestyleOptions) -> Void in [
      { $0.aim = .equipment }, { $0.toneRange = 100...1000 }, { $0.smoothing = 1 }, { $0.tone = 2 },
      { $0.dynamics = 0 }, { $0.method = .mean }, { $0.refinements = 2 },
    ] {
      var options = RestyleOptions()
      change(&options)
      #expect(throws: RestyleError.self) { try options.validateForFeatures() }
    }
    #expect(throws: Never.self) { try RestyleOptions().validateForFeatures() }
  }
}
