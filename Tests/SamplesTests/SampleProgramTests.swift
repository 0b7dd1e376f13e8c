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
