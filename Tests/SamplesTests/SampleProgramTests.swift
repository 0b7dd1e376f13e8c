import Foundation
import SoundFiles
import Testing

/// The small programs in Samples, as they are built: what they print was worked out by hand.
struct SampleProgramTests {
  @Test func normaliseTensor() throws {
    let result = try SampleProgram("NormaliseTensor").run()
    #expect(
      result.output == """
        sample 0, channel 0: [-1.342, -0.447, 0.447, 1.342]
        sample 0, channel 1: [8.0, 8.0, 12.0, 12.0]
        sample 0, channel 2: [-1.5, -0.5, -1.5, -0.5]
        sample 1, channel 0: [-0.577, -0.577, -0.577, 1.732]
        sample 1, channel 1: [10.0, 10.0, 10.0, 10.0]
        sample 1, channel 2: [-1.671, -1.224, -0.776, -0.329]
        running mean: [0.225, 1.25, 5.15]
        running variance: [1.783, 7.567, 1.3]
        evaluated, sample 0, channel 0: [0.58, 1.329, 2.078, 2.827]

        """)
    #expect(result.status == 0)
  }

  @Test func swapStatistics() throws {
    let result = try SampleProgram("SwapStatistics").run()
    #expect(
      result.output == """
        content: mean [3.5, 1.0], standard deviation [1.708, 1.826]
        style: mean [-15.0, 7.75], standard deviation [5.0, 0.559]
        restyled: mean [-15.0, 7.75], standard deviation [5.0, 0.559]
        half way: mean [-5.75, 4.375], standard deviation [3.354, 1.192]
        half one style, half another: mean [-5.0, 3.875], standard deviation [4.0, 0.78]

        """)
    #expect(result.status == 0)
  }

  /// The programs without arguments, one for each control, and what they print.
  static let controls = [
    (
      "ChangeStrength",
      """
      strength -0.5: [-1.5, -1.0, -0.5, 0.0, 0.5]
      strength 0.0: [1.0, 2.0, 3.0, 4.0, 5.0]
      strength 0.5: [3.5, 5.0, 6.5, 8.0, 9.5]
      strength 1.0: [6.0, 8.0, 10.0, 12.0, 14.0]
      strength 1.5: [8.5, 11.0, 13.5, 16.0, 18.5]
      """
    ),
    (
      "BlendStyles",
      """
      weights [1.0, 0.0, 0.0]: [9.0, 11.0]
      weights [1.0, 1.0, 0.0]: [-6.5, -3.5]
      weights [1.0, 1.0, 2.0]: [-3.75, -1.25]
      weights [3.0, -1.0, 0.0]: [24.5, 25.5]
      blended outputs, weights [1.0, 1.0, 2.0]: -1.25
      """
    ),
    (
      "StyleRegions",
      """
      fade 0: [9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 19.0, 21.0, 19.0, 21.0, 19.0, 21.0]
      fade 4: [9.0, 11.0, 9.0, 11.0, 9.381, 14.087, 15.913, 20.619, 19.0, 21.0, 19.0, 21.0]
      part: [1.0, 3.0, 10.0, 12.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]
      mask: [9.0, 11.0, 5.0, 7.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, 3.0]
      """
    ),
    (
      "KeepChannels",
      """
      channel 0: [-1.225, 0.0, 1.225]
      channel 1: [4.0, 5.0, 9.0]
      channel 2: [-0.707, -0.707, 1.414]
      mean alone, channel 1: [-2.0, -1.0, 3.0]
      """
    ),
    (
      "StyleGrid",
      """
      content 0, style 0: [-1.0, 1.0]
      content 0, style 1: [8.0, 12.0]
      content 0, style 2: [-5.5, -4.5]
      content 1, style 0: [-0.707, -0.707, 1.414]
      content 1, style 1: [8.586, 8.586, 12.828]
      content 1, style 2: [-5.354, -5.354, -4.293]
      as a single call: true
      """
    ),
    (
      "MergeStatistics",
      """
      merged: count 6.0, mean 3.5, variance 2.917
      less the last part: count 4.0, mean 2.5, variance 1.25
      the first part counts four times: count 10.0, mean 2.3, variance 2.81
      decayed: count 3.5, mean 4.643, variance 2.372
      distance of the first and the last part: 4.0
      """
    ),
    (
      "MatchDistributions",
      """
      adain: [22.2, -33.07, -5.435, 77.47, 49.835]
      exact: [1.0, 0.0, 0.0, 100.0, 10.0]
      in a stream: [1.0, 0.0, 0.0, 100.0, 10.0]
      between the values: 0.5, beyond them: 101.0
      ranks are off by at most: [0.0]
      """
    ),
    (
      "TransportCovariance",
      """
      content: covariance [1.0, 0.0, 0.0, 1.0]
      style: covariance [5.0, 4.0, 4.0, 5.0]
      adain: covariance [5.0, 0.0, 0.0, 5.0]
      transport: covariance [5.0, 4.0, 4.0, 5.0]
      transport, channel 0: [13.0, 11.0, 9.0, 7.0]
      transport, channel 1: [3.0, -1.0, 1.0, -3.0]
      share of the identity with 4 frames of 2 channels: 0.641
      """
    ),
    (
      "TrainAdaIN",
      """
      step 0: mean 0.0, standard deviation 1.0, loss 208.0
      step 1: mean 5.0, standard deviation 2.0, loss 52.0
      step 2: mean 7.5, standard deviation 2.5, loss 13.0
      step 3: mean 8.75, standard deviation 2.75, loss 3.25
      step 20: mean 10.0, standard deviation 3.0, loss 0.0
      content gradient: [0.805, -1.073, -0.268, 0.537]
      """
    ),
    (
      "StreamAndMask",
      """
      padding keep, sample 0: [-1.342, -0.447, 0.447, 1.342]
      padding keep, sample 1: [-1.0, 1.0, 99.0, 99.0]
      padding zero, sample 0: [-1.342, -0.447, 0.447, 1.342]
      padding zero, sample 1: [-1.0, 1.0, 0.0, 0.0]
      holes, sample 0: [-1.0, 2.0, 3.0, 1.0]
      chunk: [0.0, 1.0, 1.225]
      chunk: [1.342]
      so far: mean 2.5, variance 1.25
      recent: [0.0, 0.0, 0.0, 1.0], mean 2.0
      """
    ),
  ]

  @Test(arguments: controls) func programsPrintWhatTheyShow(name: String, output: String) throws {
    let result = try SampleProgram(name).run()
    #expect(result.output == output + "\n")
    #expect(result.errors.isEmpty && result.status == 0)
  }

  @Test func everyProgramIsChecked() throws {
    let samples = SampleAudioTests.folder.deletingLastPathComponent()
    let programs = try FileManager.default.contentsOfDirectory(atPath: samples.path(percentEncoded: false))
      .filter { FileManager.default.fileExists(atPath: samples.appending(path: "\($0)/\($0).swift").path()) }
    let others = [
      "NormaliseTensor", "SwapStatistics", "ExchangeWithPython", "RestyleFile", "UseInApp", "MakeSamples",
    ]
    #expect(Set(programs) == Set(Self.controls.map(\.0) + others))
    let text = try String(contentsOf: samples.appending(path: "README.md"), encoding: .utf8)
    for program in programs { #expect(text.contains("[\(program)](\(program))")) }
  }

  @Test func exchangeWithPython() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "Exchange-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let result = try SampleProgram("ExchangeWithPython").run([folder.path(percentEncoded: false)])
    #expect(
      result.output == """
        features: F32 [1, 2, 3]
        style.count: F64 [1, 2]
        style.mean: F64 [1, 2]
        style.mean_low: F64 [1, 2]
        style.sum_of_squares: F64 [1, 2]
        mean [2.0, 6.0], features as written: true
        npy as written: true
        npz: ["features", "rates"]
        error: features.safetensors, key "style.median": expected a tensor of that name, found the names features, style.count, style.mean, style.mean_low, style.sum_of_squares

        """)
    #expect(result.errors.isEmpty && result.status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
    #expect(files.sorted() == ["features.npy", "features.npz", "features.safetensors"])
  }

  @Test func useInApp() throws {
    let result = try SampleProgram("UseInApp").run()
    #expect(
      result.output == """
        in memory: 88200 frames, last progress 1.0
        streamed: 88200 frames through measuring, refining, rendering, finishing, writing
        stopped
        error: clip: expected 2 samples in each channel, found 1

        """)
    #expect(result.errors.isEmpty && result.status == 0)
  }

  @Test func restyleFile() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "RestyleFile-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let output = folder.appending(path: "out.flac").path(percentEncoded: false)
    let content = try Self.excerpt("voice", in: folder)
    let style = try Self.excerpt("old-radio", in: folder)

    let result = try SampleProgram("RestyleFile").run([content, style, output])
    #expect(result.status == 0)
    #expect(result.errors.isEmpty)
    #expect(result.output.hasSuffix("written: \(output)\n"))
    let before = try SoundFileReader(path: content).info
    let after = try SoundFileReader(path: output).info
    #expect(after.frameCount == before.frameCount)
    #expect(after.sampleRate == before.sampleRate)
    #expect(after.channelCount == before.channelCount)
    #expect(after.format == before.format)

    // The radio has next to nothing below 150 Hz, the voice its fundamental.
    let gains = Self.gains(result.output)
    #expect(gains.filter { $0.frequency < 150 }.allSatisfy { $0.decibels < -6 })
    #expect(gains.contains { $0.frequency > 1000 && $0.frequency < 3000 && $0.decibels > 3 })
  }

  /// The stretch from 2 to 4 seconds of a sample, as a file.
  private static func excerpt(_ name: String, in folder: URL) throws -> String {
    let reader = try SoundFileReader(path: SampleAudioTests.path(name))
    let items = try SampleAudioTests.samples(reader)
    let perSecond = reader.info.sampleRate * reader.info.channelCount
    let path = folder.appending(path: "\(name).flac").path(percentEncoded: false)
    let writer = try SoundFileWriter(
      path: path, format: reader.info.format, sampleRate: reader.info.sampleRate,
      channelCount: reader.info.channelCount)
    try writer.writeIntegers(items[2 * perSecond..<4 * perSecond].map { Int32($0) << 16 })
    try writer.finish()
    return path
  }

  /// The lines "linked, 1000 Hz: 3.5 dB".
  private static func gains(_ output: String) -> [(frequency: Double, decibels: Double)] {
    output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 5, words[4] == "dB", let frequency = Double(words[1]), let gain = Double(words[3])
      else {
        return nil
      }
      return (frequency, gain)
    }
  }

  @Test func restyleFileExplainsItsArguments() throws {
    let result = try SampleProgram("RestyleFile").run(["only-one"])
    #expect(result.status == 64)
    #expect(result.errors == "usage: RestyleFile [CONTENT STYLE OUTPUT]\n")
  }

  @Test func makeSamplesReportsAFolderThatCannotBe() throws {
    let result = try SampleProgram("make-samples").run(["/dev/null/audio"])
    #expect(result.status == 74)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("error: "))
  }
}

/// An executable of this package, beside the running test bundle.
struct SampleProgram {
  let url: URL

  init(_ name: String) throws {
    // On Apple systems the tests are a bundle that another program loads; elsewhere they are a program themselves.
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    let folder = bundle?.deletingLastPathComponent() ?? Bundle.main.bundleURL
    url = folder.appending(path: name)
    try #require(
      FileManager.default.isExecutableFile(atPath: url.path(percentEncoded: false)), "\(url) is not built")
  }

  /// Runs the program to its end.
  ///
  /// What it prints must fit the pipes' buffers.
  func run(_ arguments: [String] = []) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    let output = Pipe()
    let errors = Pipe()
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = try output.fileHandleForReading.readToEnd() ?? Data()
    let complained = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: printed, as: UTF8.self),
      String(decoding: complained, as: UTF8.self)
    )
  }
}
