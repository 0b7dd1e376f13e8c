import AdaIN
import Foundation
import Restylings
import StyleMethods
import StyleProfiles
import TensorFiles
import Tensors

/// Feature files; the article on feature files describes the layout.
extension FeatureSequence {
  /// The version of the layout that this code writes, and the newest it reads.
  public static let formatVersion = 1

  /// The value of `format` in a feature file.
  static let formatName = "adain-audio features"

  private typealias Key = FeatureFile.Key

  /// The bytes of a file.
  ///
  /// - Throws: `InterchangeError` for a .npz file from 4 GiB on.
  public func encoded(as format: FeatureFileFormat) throws -> [UInt8] {
    let levels = StoredArray(values)
    if format == .npy { return try levels.npyBytes() }
    let frequencies = try StoredArray(grid.layout.frequencies)
    let edges = try StoredArray(grid.edges.flatMap { [$0.lower, $0.upper] }, shape: [values.shape.c, 2])
    switch format {
    case .npz:
      var file = NpzFile()
      file[Key.features] = levels
      file[Key.frequencies] = frequencies
      file[Key.edges] = edges
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      file[Key.metadata] = try StoredArray(integers: [UInt8](try encoder.encode(grid.facts)))
      return try file.encoded()
    default:
      var file = SafetensorsFile(source: name)
      file[Key.features] = levels
      file[Key.frequencies] = frequencies
      file[Key.edges] = edges
      file.metadata = grid.facts
      return try file.encoded()
    }
  }

  /// Reads a file that belongs to a clip.
  ///
  /// The file's facts describe its levels. The levels of a file without facts, such as .npy, are taken for those of the
  /// given grid.
  ///
  /// - Parameters:
  ///   - path: The file; its extension names the format.
  ///   - grid: The clip's grid, for files without facts.
  /// - Throws: ``RestyleError/invalidOption(_:)`` for other extensions, ``RestyleError/featuresDoNotFit(_:)`` for
  ///   impossible facts and levels, and for frequencies and edges that are not those of the grid; `InterchangeError`
  ///   for a damaged file.
  public init(contentsOf path: String, for grid: @autoclosure () throws -> FeatureGrid) throws {
    try self.init(FeatureFile(contentsOf: path), name: path, for: try grid())
  }

  /// Checks what a file holds.
  init(_ file: FeatureFile, name: String, for grid: @autoclosure () throws -> FeatureGrid) throws {
    let tensor: Tensor3<Float>
    do {
      tensor = try file.levels.tensor(as: Float.self)
    } catch {
      throw InterchangeError(
        error.reason, source: name, key: FeatureFile.Key.features, expected: error.expected,
        found: error.found)
    }
    let known = try file.facts["format"] == nil ? grid() : FeatureGrid(file.facts, name: name)
    try self.init(tensor, grid: known, name: name)
    try Self.check(file.frequencies, known.layout.frequencies, FeatureFile.Key.frequencies, name: name)
    try Self.check(
      file.edges, known.edges.flatMap { [$0.lower, $0.upper] }, FeatureFile.Key.edges, name: name)
  }

  /// The largest relative difference of a frequency from that of the grid; 16-bit floats have half of it.
  private static let frequencyTolerance = 1e-3

  /// Throws unless the frequencies of a file, in Hz, are those of its levels; a file may lack them.
  private static func check(
    _ stored: StoredArray?, _ expected: [Double], _ key: String, name: String
  ) throws {
    guard let stored else { return }
    let found: [Double]
    do {
      found = try stored.values()
    } catch {
      throw InterchangeError(
        error.reason, source: name, key: key, expected: error.expected, found: error.found)
    }
    guard found.count == expected.count else {
      throw RestyleError.featuresDoNotFit(
        "\(name): \(key): expected \(expected.count) frequencies, as the levels have, found \(found.count)")
    }
    for (index, (found, own)) in zip(found, expected).enumerated()
    where !(abs(found - own) <= frequencyTolerance * own) {
      throw RestyleError.featuresDoNotFit(
        "\(name): \(key): expected \(own) Hz, as the levels have, found \(found) Hz as number \(index + 1); levels "
          + "keep their order, from the lowest frequency to the highest")
    }
  }
}

extension RestyleOptions {
  /// Throws where features or views were chosen that are not those of a feature file; the file decides on both.
  func check(fits grid: FeatureGrid, name: String) throws(RestyleError) {
    let initial = RestyleOptions()
    guard features == initial.features || features == grid.features else {
      throw .invalidOption(
        "features: expected \(grid.features.rawValue), as \(name) has, found \(features.rawValue)")
    }
    guard stereo == initial.stereo || stereo == grid.stereo else {
      throw .invalidOption(
        "stereo: expected \(grid.stereo.rawValue), as \(name) has, found \(stereo.rawValue)")
    }
  }
}

/// The levels and facts of a feature file, unchecked.
struct FeatureFile {
  let levels: StoredArray
  /// The frequencies of the channels in Hz; `nil` where the file has none.
  let frequencies: StoredArray?
  /// The lower and upper edge of each channel in Hz; `nil` where the file has none.
  let edges: StoredArray?
  /// Empty for a file without facts, such as .npy.
  let facts: [String: String]

  /// The names of arrays.
  enum Key {
    static let features = "features"
    static let frequencies = "frequencies"
    static let edges = "edges"
    static let metadata = "metadata"
  }

  /// Reads a file of the format that its extension names.
  init(contentsOf path: String) throws {
    let url = URL(fileURLWithPath: path)
    switch try FeatureFileFormat(path: path) {
    case .npy: (levels, frequencies, edges, facts) = (try StoredArray(npy: url), nil, nil, [:])
    case .npz:
      self = try Self(
        NpzFile(contentsOf: url, only: [Key.features, Key.frequencies, Key.edges, Key.metadata]), name: path,
        names: try NpzFile.names(inFileAt: url))
    case .safetensors: self = try Self(SafetensorsFile(contentsOf: url))
    }
  }

  /// - Parameter names: The names of all arrays of the file, for messages.
  init(_ file: NpzFile, name: String, names: @autoclosure () throws -> [String]) throws {
    guard let array = file[Key.features] else {
      throw InterchangeError(
        .missingKey, source: name, key: Key.features, expected: "an array of that name",
        found: "the names \(try names().joined(separator: ", "))")
    }
    levels = array
    (frequencies, edges) = (file[Key.frequencies], file[Key.edges])
    guard let text = try file[Key.metadata]?.integers(as: UInt8.self) else {
      facts = [:]
      return
    }
    guard let read = try? JSONDecoder().decode([String: String].self, from: Data(text)) else {
      throw RestyleError.featuresDoNotFit("\(name): \(Key.metadata): expected texts in JSON")
    }
    facts = read
  }

  init(_ file: SafetensorsFile) throws {
    levels = try file.array(Key.features)
    (frequencies, edges) = (file[Key.frequencies], file[Key.edges])
    facts = file.metadata
  }
}

extension FeatureGrid {
  /// The facts by their names in files.
  var facts: [String: String] {
    let geometry = geometry
    return [
      "format": FeatureSequence.formatName, "format_version": "\(FeatureSequence.formatVersion)",
      "features": features.rawValue, "stereo": stereo.rawValue,
      "views": views.map(\.name).joined(separator: ","), "unit": "dBFS",
      "sample_rate": sampleRate.rounded() == sampleRate ? "\(Int(sampleRate))" : "\(sampleRate)",
      "channel_count": "\(channelCount)", "frame_count": "\(frameCount)",
      "window_length": "\(geometry.windowLength)", "fft_length": "\(geometry.fftLength)",
      "hop_length": "\(geometry.hopLength)", "first_centre": "0",
    ]
  }

  /// Reads facts; throws where they contradict each other or belong to another analysis.
  init(_ facts: [String: String], name: String) throws(RestyleError) {
    func fail(_ key: String, _ expected: String) -> RestyleError {
      .featuresDoNotFit(
        "\(name): \(key): expected \(expected), found \(facts[key].map { "'\($0)'" } ?? "none")")
    }
    guard facts["format"] == FeatureSequence.formatName else {
      throw fail("format", FeatureSequence.formatName)
    }
    guard let version = facts["format_version"].flatMap(Int.init), version == FeatureSequence.formatVersion
    else {
      throw fail("format_version", "\(FeatureSequence.formatVersion), the one that this program knows")
    }
    guard let features = facts["features"].flatMap(FeatureKind.init) else {
      throw fail("features", "bands or spectrum")
    }
    guard let stereo = facts["stereo"].flatMap(StereoMode.init) else {
      throw fail("stereo", StereoMode.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard let rate = facts["sample_rate"].flatMap(Double.init) else {
      throw fail("sample_rate", "a number of Hz")
    }
    guard let channels = facts["channel_count"].flatMap(Int.init), channels > 0, channels <= 1024 else {
      throw fail("channel_count", "1 to 1024")
    }
    guard let frames = facts["frame_count"].flatMap(Int.init), frames >= 0 else {
      throw fail("frame_count", "a number of sample frames")
    }
    do {
      try self.init(
        features: features, stereo: stereo, sampleRate: rate, channelCount: channels, frameCount: frames)
    } catch {
      throw .featuresDoNotFit("\(name): \(error)")
    }
    for (key, value) in self.facts where facts[key] != nil && facts[key] != value && key != "sample_rate" {
      throw fail(key, value)
    }
  }
}
