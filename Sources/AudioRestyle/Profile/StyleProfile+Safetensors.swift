import AdaIN
import AudioFeatures
public import Foundation

/// Profile files: safetensors with the keys described in the article on profile files.
extension StyleProfile {
  /// The version of the file format that this code writes, and the newest it reads.
  public static let formatVersion = 1

  /// What `__metadata__` says of a profile file.
  static let formatName = "adain-audio style profile"

  private enum Key {
    static let format = "format"
    static let version = "format_version"
    static let features = "features"
    static let sources = "sources"
    static let frequencies = "frequencies"
    static let loudness = "loudness"
    static let truePeak = "true_peak"
    static let nyquist = "nyquist"
    static let levelShift = "level_shift"
    static let gateShift = "gate_shift"
    static let spectrum = "spectrum"
    static let metadata: Set<String> = [format, version, features, sources]
    static let scalars: Set<String> = [
      frequencies, loudness, truePeak, nyquist, levelShift, gateShift, spectrum,
    ]
    static let tables = ["bucket", "count", "sum", "sum_of_squares_high", "sum_of_squares_low"]
    static let moments = "moments"
  }

  /// Reads a profile file.
  ///
  /// - Throws: ``RestyleError/invalidProfile(_:)`` for a file that is no profile, a damaged one, or a newer version.
  public init(contentsOf url: URL) throws(RestyleError) {
    do {
      try self.init(SafetensorsFile(contentsOf: url), name: url.relativePath)
    } catch let error as RestyleError {
      throw error
    } catch {
      throw .invalidProfile("\(error)")
    }
  }

  /// Writes the profile to a file, which appears when it is whole.
  ///
  /// - Throws: `InterchangeError` where the file cannot be written.
  public func write(to url: URL) throws {
    try encoded().write(to: url)
  }

  // MARK: Writing

  private func encoded() throws -> SafetensorsFile {
    var file = SafetensorsFile(source: "style profile")
    file.metadata = unknown.metadata
    file.metadata[Key.format] = Self.formatName
    file.metadata[Key.version] = String(Self.formatVersion)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    file.metadata[Key.sources] = String(decoding: try encoder.encode(sources), as: UTF8.self)
    for (name, array) in unknown.arrays { file[name] = array }
    switch layout {
    case .bands: file.metadata[Key.features] = FeatureKind.bands.rawValue
    case .spectrum(let geometry):
      file.metadata[Key.features] = FeatureKind.spectrum.rawValue
      file[Key.spectrum] = try StoredArray([geometry.sampleRate, Double(geometry.fftLength)])
    }
    file[Key.frequencies] = try StoredArray(layout.frequencies)
    file[Key.loudness] = try loudness.map { try StoredArray([$0]) }
    file[Key.truePeak] = try truePeak.isFinite ? StoredArray([truePeak]) : nil
    file[Key.nyquist] = try StoredArray([nyquist])
    file[Key.levelShift] = try StoredArray([levelShift])
    file[Key.gateShift] = try StoredArray(integers: [Int64(gateShift)])
    for (view, table) in tables { try Self.write(table, of: view, to: &file) }
    for (view, sums) in moments {
      file["\(view.name)/\(Key.moments)"] = try StoredArray([Double(sums.count), sums.sum, sums.sumOfSquares])
    }
    return file
  }

  private static func write(
    _ table: LevelTable, of view: StereoView, to file: inout SafetensorsFile
  ) throws {
    let rows = table.buckets.sorted { $0.key < $1.key }
    let shape = [rows.count, table.channelCount + 1]
    let squares = rows.flatMap { $0.value.squares }
    file["\(view.name)/bucket"] = try StoredArray(integers: rows.map { Int64($0.key) })
    file["\(view.name)/count"] = try StoredArray(integers: rows.map { $0.value.count })
    file["\(view.name)/sum"] = try StoredArray(integers: rows.flatMap { $0.value.sums }, shape: shape)
    file["\(view.name)/sum_of_squares_high"] = try StoredArray(integers: squares.map(\.high), shape: shape)
    file["\(view.name)/sum_of_squares_low"] = try StoredArray(integers: squares.map(\.low), shape: shape)
  }

  // MARK: Reading

  init(_ file: SafetensorsFile, name: String) throws {
    guard file.metadata[Key.format] == Self.formatName,
      let version = file.metadata[Key.version].flatMap(Int.init)
    else {
      throw RestyleError.invalidProfile(
        "\(name): expected a style profile (\(Key.format): \(Self.formatName)), found another safetensors file"
      )
    }
    guard version >= 1, version <= Self.formatVersion else {
      throw RestyleError.invalidProfile(
        "\(name): expected a style profile of version 1 to \(Self.formatVersion), found version \(version); "
          + "a newer program wrote it")
    }
    layout = try Self.layout(file, name: name)
    loudness = try file[Key.loudness].map { _ in try Self.number(file, Key.loudness, name) }
    truePeak = try file[Key.truePeak].map { _ in try Self.number(file, Key.truePeak, name) } ?? -.infinity
    nyquist = try Self.number(file, Key.nyquist, name)
    levelShift = try Self.number(file, Key.levelShift, name)
    let shifts = try file.integers(Key.gateShift, as: Int.self)
    guard shifts.count == 1, (-1000...1000).contains(shifts[0]) else {
      throw RestyleError.invalidProfile("\(name): \(Key.gateShift): expected one number of −1000 to 1000")
    }
    gateShift = shifts[0]
    let text = file.metadata[Key.sources] ?? "[]"
    guard let decoded = try? JSONDecoder().decode([ProfileSource].self, from: Data(text.utf8)),
      decoded.allSatisfy({ $0.sampleRate > 0 && $0.sampleRate.isFinite && $0.frameCount >= 0 })
    else {
      throw RestyleError.invalidProfile("\(name): \(Key.sources): expected a JSON list of clips")
    }
    sources = decoded
    tables = [:]
    moments = [:]
    for key in file.names {
      let parts = key.split(separator: "/", omittingEmptySubsequences: false)
      if parts.count == 2, let view = StereoView(name: String(parts[0])) {
        if parts[1] == Key.moments {
          moments[view] = try Self.moments(file, key, name)
          continue
        }
        if parts[1] == Key.tables[0] {
          tables[view] = try Self.table(file, view, layout.channelCount, name)
        }
        if Key.tables.contains(String(parts[1])) { continue }
      }
      if !Key.scalars.contains(key) { unknown.arrays[key] = file[key] }
    }
    unknown.metadata = file.metadata.filter { !Key.metadata.contains($0.key) }
    guard tables[.linked] != nil else {
      throw RestyleError.invalidProfile("\(name): expected the levels of the view linked, found none")
    }
  }

  private static func layout(_ file: SafetensorsFile, name: String) throws -> FeatureLayout {
    let frequencies: [Double] = try file.values(Key.frequencies)
    switch file.metadata[Key.features].flatMap(FeatureKind.init) {
    case .bands:
      guard let bands = BandLayout(centers: frequencies), bands.count <= 4096 else {
        throw RestyleError.invalidProfile("\(name): \(Key.frequencies): expected ascending frequencies in Hz")
      }
      return .bands(bands)
    case .spectrum:
      let numbers: [Double] = try file.values(Key.spectrum)
      guard numbers.count == 2, LoudnessMeter.supportedSampleRates.contains(numbers[0]) else {
        throw RestyleError.invalidProfile(
          "\(name): \(Key.spectrum): expected sample rate and transform length")
      }
      let layout = FeatureLayout.spectrum(STFTGeometry(sampleRate: numbers[0]))
      guard layout.channelCount == frequencies.count else {
        throw RestyleError.invalidProfile(
          "\(name): expected \(layout.channelCount) frequencies, found \(frequencies.count)")
      }
      return layout
    case .waveform, nil:
      throw RestyleError.invalidProfile("\(name): \(Key.features): expected bands or spectrum")
    }
  }

  private static func number(_ file: SafetensorsFile, _ key: String, _ name: String) throws -> Double {
    let values: [Double] = try file.values(key)
    guard values.count == 1, values[0].isFinite else {
      throw RestyleError.invalidProfile("\(name): \(key): expected one finite number")
    }
    return values[0]
  }

  private static func moments(
    _ file: SafetensorsFile, _ key: String, _ name: String
  ) throws -> SampleMoments {
    let values: [Double] = try file.values(key)
    guard values.count == 3, values.allSatisfy(\.isFinite), values[0] >= 0, values[0] <= 0x1p53 else {
      throw RestyleError.invalidProfile("\(name): \(key): expected count, sum and sum of squares")
    }
    return SampleMoments(count: Int(values[0]), sum: values[1], sumOfSquares: values[2])
  }

  private static func table(
    _ file: SafetensorsFile, _ view: StereoView, _ channelCount: Int, _ name: String
  ) throws -> LevelTable {
    let buckets: [Int64] = try file.integers("\(view.name)/bucket")
    let counts: [Int64] = try file.integers("\(view.name)/count")
    let sums: [Int64] = try file.integers("\(view.name)/sum")
    let high: [Int64] = try file.integers("\(view.name)/sum_of_squares_high")
    let low: [UInt64] = try file.integers("\(view.name)/sum_of_squares_low")
    let width = channelCount + 1
    guard counts.count == buckets.count,
      [sums.count, high.count, low.count].allSatisfy({ $0 == buckets.count * width }),
      buckets.allSatisfy({ (-2000...2000).contains($0) }), Set(buckets).count == buckets.count
    else {
      throw RestyleError.invalidProfile(
        "\(name): \(view.name): expected levels of \(buckets.count) buckets and \(width) channels")
    }
    var rows: [Int: LevelSums] = [:]
    for (row, bucket) in buckets.enumerated() {
      let range = row * width..<(row + 1) * width
      let squares = range.map { WideSum(high: high[$0], low: low[$0]) }
      guard
        let sums = LevelSums(
          count: counts[row], sums: ContiguousArray(sums[range]), squares: ContiguousArray(squares))
      else {
        throw RestyleError.invalidProfile(
          "\(name): \(view.name): expected sums that frames of levels can have; the file is damaged")
      }
      rows[Int(bucket)] = sums
    }
    return LevelTable(channelCount: channelCount, buckets: rows)
  }
}
