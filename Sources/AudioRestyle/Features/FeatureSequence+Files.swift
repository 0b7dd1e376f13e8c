import AdaIN
import Foundation
import Restylings
import StyleProfiles
import TensorFiles
import Tensors

/// Feature files; the article on feature files describes the layout.
extension FeatureSequence {
  /// The version of the layout that this code writes, and the newest it reads.
  public static let formatVersion = 1

  /// The value of `format` in a feature file.
  static let formatName = "adain-audio features"

  private enum Key {
    static let features = "features"
    static let frequencies = "frequencies"
    static let edges = "edges"
    static let metadata = "metadata"
  }

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
  ///   impossible facts and levels, `InterchangeError` for a damaged file.
  public init(contentsOf path: String, for grid: @autoclosure () throws -> FeatureGrid) throws {
    let url = URL(fileURLWithPath: path)
    var facts: [String: String] = [:]
    let levels: StoredArray
    switch try FeatureFileFormat(path: path) {
    case .npy: levels = try StoredArray(npy: url)
    case .npz:
      let file = try NpzFile(contentsOf: url, only: [Key.features, Key.metadata])
      guard let array = file[Key.features] else {
        throw InterchangeError(
          .missingKey, source: path, key: Key.features, expected: "an array of that name",
          found: "the names \(try NpzFile.names(inFileAt: url).joined(separator: ", "))")
      }
      levels = array
      if let text = try file[Key.metadata]?.integers(as: UInt8.self) {
        guard let read = try? JSONDecoder().decode([String: String].self, from: Data(text)) else {
          throw RestyleError.featuresDoNotFit("\(path): \(Key.metadata): expected texts in JSON")
        }
        facts = read
      }
    case .safetensors:
      let file = try SafetensorsFile(contentsOf: url)
      levels = try file.array(Key.features)
      facts = file.metadata
    }
    let tensor: Tensor3<Float>
    do {
      tensor = try levels.tensor(as: Float.self)
    } catch {
      throw InterchangeError(
        error.reason, source: path, key: Key.features, expected: error.expected, found: error.found)
    }
    let known = try facts["format"] == nil ? grid() : FeatureGrid(facts, name: path)
    try self.init(tensor, grid: known, name: path)
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
