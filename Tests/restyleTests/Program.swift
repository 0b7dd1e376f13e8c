import Foundation
import SoundFiles

/// Runs the real program in a folder of its own.
final class Workspace {
  let folder: String

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appendingPathComponent("restyle-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// What a run of the program left behind.
  struct Run {
    var status: Int32
    var output: Data
    var errors: String

    var text: String { String(decoding: output, as: UTF8.self) }
  }

  /// The program that was built with these tests.
  static let program: URL = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
    let tests = bundle ?? URL(fileURLWithPath: CommandLine.arguments[0])
    return tests.deletingLastPathComponent().appendingPathComponent("restyle")
  }()

  /// Starts the program; its output goes to files, so that no pipe can fill up.
  func start(_ arguments: [String], input: Data? = nil, standardOutput: String? = nil) throws -> Process {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    for (name, handle) in [("stdout", \Process.standardOutput), ("stderr", \Process.standardError)] {
      try Data().write(to: url("." + name))
      process[keyPath: handle] = try FileHandle(forWritingTo: url("." + name))
    }
    if let standardOutput { process.standardOutput = FileHandle(forWritingAtPath: standardOutput) }
    try (input ?? Data()).write(to: url(".stdin"))
    process.standardInput = try FileHandle(forReadingFrom: url(".stdin"))
    try process.run()
    return process
  }

  /// Runs the program to its end.
  @discardableResult
  func run(_ arguments: String..., input: Data? = nil) throws -> Run { try run(arguments, input: input) }

  /// Runs the program to its end.
  @discardableResult
  func run(_ arguments: [String], input: Data? = nil) throws -> Run {
    let process = try start(arguments, input: input)
    process.waitUntilExit()
    return Run(
      status: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
      output: try Data(contentsOf: url(".stdout")),
      errors: String(decoding: try Data(contentsOf: url(".stderr")), as: UTF8.self))
  }

  func url(_ name: String) -> URL { URL(fileURLWithPath: folder).appendingPathComponent(name) }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }

  func bytes(_ name: String) throws -> Data { try Data(contentsOf: url(name)) }

  /// The names in the folder, without those of this type's own files.
  var names: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { ![".stdin", ".stdout", ".stderr"].contains($0) }.sorted()
    }
  }

  /// Writes a clip of coloured noise with a slowly changing level.
  func makeClip(
    _ name: String, seconds: Double = 0.5, channelCount: Int = 1, sampleRate: Int = 8000, gain: Float = 0.3,
    brightness: Float = 0.5, seed: UInt64 = 1, format: SoundFileFormat = SoundFileFormat(.wav, .pcm16)
  ) throws {
    let count = Int(seconds * Double(sampleRate))
    var state = seed
    let channels = (0..<channelCount).map { _ in
      var last: Float = 0
      return (0..<count).map { index in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let noise = Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648
        last += brightness * (noise - last)
        return gain * last * (0.6 + 0.4 * Float(sin(Double(index) / Double(sampleRate) * 9)))
      }
    }
    try write(channels, name, sampleRate: sampleRate, format: format)
  }

  /// Writes a clip.
  func write(
    _ channels: [[Float]], _ name: String, sampleRate: Int = 8000,
    format: SoundFileFormat = SoundFileFormat(.wav, .pcm16)
  ) throws {
    let writer = try SoundFileWriter(
      path: url(name).path, format: format, sampleRate: sampleRate, channelCount: channels.count)
    try writer.write(FrameBuffer(channels: channels))
    try writer.finish()
  }

  /// Facts of a sound file.
  func info(_ name: String) throws -> SoundFileInfo { try SoundFileReader(path: url(name).path).info }
}
