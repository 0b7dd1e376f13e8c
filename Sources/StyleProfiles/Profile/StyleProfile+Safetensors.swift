import AdaIN
import AudioFeatures
public import Foundation
import InstanceNorm
public import SoundFiles
import TensorFiles

/// Profile files: safetensors with the keys described in the article on profile files.
extension StyleProfile {
  /// The version of the file format that this code writes, and the newest it reads.
  public static let formatVersion = 1

  /// The value of `format` in a profile file's `__metadata__`.
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
    static let scalars = Set(
      [frequencies, loudness, truePeak, nyquist, levelShift, gateShift, spectrum]
        + MomentaryLoudness.keys + MomentaryLoudness.shortTermKeys)
    static let tables = ["bucket", "count", "sum", "sum_of_squares_high", "sum_of_squares_low"]
    static let samples = "samples"
    /// `samples` of each clip, where there are several.
    static let clipSamples = "clip_samples"
    /// The key that earlier programs wrote instead of `samples`: count, Σx and Σx².
    static let sampleSums = "moments"
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

  /// Writes the profile to a file, which appears only when it is complete.
  ///
  /// - Throws: `InterchangeError` where the file cannot be written.
  public func write(to url: URL) throws {
    try file().write(to: url)
  }

  /// The bytes of a profile file.
  public func encoded() throws -> [UInt8] { try file().encoded() }

  // MARK: Writing

  private func file() throws -> SafetensorsFile {
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
    for (view, levels) in levels { try Self.write(levels, of: view, to: &file) }
    for (view, distribution) in distributions { try distribution.write(view, to: &file) }
    for (view, sample) in frameSamples { try sample.write(view, to: &file) }
    for (view, sounds) in sounds where !sounds.frames.isEmpty {
      try sounds.write(view, to: &file, keys: FrameSample.soundKeys)
    }
    for (view, spectrum) in fineSpectra { try spectrum.write(view, to: &file) }
    for (view, spectrum) in longTermSpectra { try spectrum.write(view, to: &file) }
    try momentary?.write(to: &file)
    try shortTerm?.write(to: &file, keys: MomentaryLoudness.shortTermKeys)
    for (view, samples) in moments where samples.count > 0 {
      file["\(view.name)/\(Key.samples)"] = try StoredArray(
        [samples.count, samples.mean, samples.meanLow, samples.sumOfSquares])
      guard let clips = clipMoments[view], clips.count > 1 else { continue }
      file["\(view.name)/\(Key.clipSamples)"] = try StoredArray(
        clips.flatMap { [$0.count, $0.mean, $0.meanLow, $0.sumOfSquares] }, shape: [clips.count, 4])
    }
    return file
  }

  private static func write(
    _ levels: LevelStatistics, of view: StereoView, to file: inout SafetensorsFile
  ) throws {
    let state = levels.state
    let shape = [state.buckets.count, levels.numFeatures]
    file["\(view.name)/bucket"] = try StoredArray(integers: state.buckets)
    file["\(view.name)/count"] = try StoredArray(integers: state.counts)
    file["\(view.name)/sum"] = try StoredArray(integers: state.sums, shape: shape)
    file["\(view.name)/sum_of_squares_high"] = try StoredArray(integers: state.squaresHigh, shape: shape)
    file["\(view.name)/sum_of_squares_low"] = try StoredArray(integers: state.squaresLow, shape: shape)
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
    let layout = try Self.layout(file, name: name)
    let shifts = try file.integers(Key.gateShift, as: Int.self)
    guard shifts.count == 1, (-1000...1000).contains(shifts[0]) else {
      throw RestyleError.invalidProfile("\(name): \(Key.gateShift): expected one number of −1000 to 1000")
    }
    let text = file.metadata[Key.sources] ?? "[]"
    guard let decoded = try? JSONDecoder().decode([ProfileSource].self, from: Data(text.utf8)),
      decoded.allSatisfy(Self.isPossible)
    else {
      throw RestyleError.invalidProfile("\(name): \(Key.sources): expected a JSON list of clips")
    }
    var levels: [StereoView: LevelStatistics] = [:]
    var distributions: [StereoView: FrameDistribution] = [:]
    var frameSamples: [StereoView: FrameSample] = [:]
    var sounds: [StereoView: FrameSample] = [:]
    var fineSpectra: [StereoView: FineSpectrum] = [:]
    var longTermSpectra: [StereoView: LongTermSpectrum] = [:]
    var moments: [StereoView: [ChannelMoments]] = [:]
    var unknown = UnknownEntries()
    for key in file.names {
      let parts = key.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 2, let view = StereoView(name: parts[0]) {
        switch parts[1] {
        case Key.samples:
          let clips = "\(parts[0])/\(Key.clipSamples)"
          moments[view] = try Self.samples(file, file[clips] == nil ? key : clips, name)
        case Key.sampleSums:
          if moments[view] == nil { moments[view] = [try Self.sampleSums(file, key, name)] }
        case Key.clipSamples: try Self.require("\(parts[0])/\(Key.samples)", beside: key, file, name)
        case Key.tables[0]: levels[view] = try Self.levels(file, view, layout.channelCount, name)
        case FrameDistribution.keys[0]:
          distributions[view] = try FrameDistribution(
            file, view, channelCount: layout.channelCount, name: name)
        case FrameSample.keys[0]:
          frameSamples[view] = try FrameSample(file, view, channelCount: layout.channelCount, name: name)
        case FrameSample.soundKeys[0]:
          sounds[view] = try FrameSample(
            file, view, channelCount: ThirdOctaves.count, name: name, keys: FrameSample.soundKeys)
        case LongTermSpectrum.key: longTermSpectra[view] = try LongTermSpectrum(file, view, name: name)
        case FineSpectrum.key: fineSpectra[view] = try FineSpectrum(file, view, name: name)
        case let part where Key.tables.contains(part):
          try Self.require("\(parts[0])/\(Key.tables[0])", beside: key, file, name)
        case let part where FrameDistribution.keys.contains(part):
          try Self.require("\(parts[0])/\(FrameDistribution.keys[0])", beside: key, file, name)
        case let part where FrameSample.keys.contains(part):
          try Self.require("\(parts[0])/\(FrameSample.keys[0])", beside: key, file, name)
        case FrameSample.soundKeys[1]:
          try Self.require("\(parts[0])/\(FrameSample.soundKeys[0])", beside: key, file, name)
        default: unknown.arrays[key] = file[key]
        }
      } else if !Key.scalars.contains(key) {
        unknown.arrays[key] = file[key]
      }
    }
    unknown.metadata = file.metadata.filter { !Key.metadata.contains($0.key) }
    guard levels[.linked] != nil else {
      throw RestyleError.invalidProfile("\(name): expected the levels of the view linked, found none")
    }
    self.init(
      layout: layout, loudness: try file[Key.loudness].map { _ in try Self.number(file, Key.loudness, name) },
      truePeak: try file[Key.truePeak].map { _ in try Self.number(file, Key.truePeak, name) } ?? -.infinity,
      nyquist: try Self.number(file, Key.nyquist, name, in: 1...1e9), sources: decoded, levels: levels,
      distributions: distributions, frameSamples: frameSamples, sounds: sounds, fineSpectra: fineSpectra,
      longTermSpectra: longTermSpectra, momentary: try MomentaryLoudness(file, name: name),
      shortTerm: try MomentaryLoudness(file, name: name, keys: MomentaryLoudness.shortTermKeys),
      moments: moments,
      levelShift: try Self.number(file, Key.levelShift, name), gateShift: shifts[0])
    self.unknown = unknown
  }

  /// Whether a clip's numbers lie within the ranges that a clip can have.
  private static func isPossible(_ source: ProfileSource) -> Bool {
    let levels = [source.loudness, source.truePeak, source.levelShift].compactMap(\.self)
    return (1...1e9).contains(source.sampleRate) && (0...(1 << 53)).contains(source.frameCount)
      && (0...65_536).contains(source.channelCount)
      && (0...(1 << 62)).contains(source.clippedSampleCount ?? 0)
      && (0...(1 << 62)).contains(source.unusableSampleCount ?? 0)
      && levels.allSatisfy(levelRange.contains)
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

  /// The range of levels in dB, LUFS and dBTP that a file may hold; numbers outside mean that it is damaged.
  private static let levelRange = -1000.0...1000.0

  private static func number(
    _ file: SafetensorsFile, _ key: String, _ name: String, in range: ClosedRange<Double> = levelRange
  ) throws -> Double {
    let values: [Double] = try file.values(key)
    guard values.count == 1, range.contains(values[0]) else {
      throw RestyleError.invalidProfile(
        "\(name): \(key): expected one number of \(range.lowerBound) to \(range.upperBound), found \(values.prefix(2))"
      )
    }
    return values[0]
  }

  /// Throws where `needed` is missing beside `key`; without this check, half of a group would be lost silently.
  private static func require(
    _ needed: String, beside key: String, _ file: SafetensorsFile, _ name: String
  ) throws(RestyleError) {
    guard file[needed] == nil else { return }
    throw .invalidProfile("\(name): expected \(needed) beside \(key), found none")
  }

  /// Moments of one clip or several, four numbers each: count, mean, rest of the mean, sum of squares.
  private static func samples(
    _ file: SafetensorsFile, _ key: String, _ name: String
  ) throws -> [ChannelMoments] {
    let values: [Double] = try file.values(key)
    let clips = stride(from: 0, to: values.count, by: 4).map { values[$0..<min($0 + 4, values.count)] }
    let isRight = clips.allSatisfy { clip in
      clip.count == 4 && clip.allSatisfy(\.isFinite) && clip[clip.startIndex + 3] >= 0
        && (clips.count > 1 ? 0...0x1p53 : 1...0x1p53).contains(clip[clip.startIndex])
    }
    guard !clips.isEmpty, isRight else {
      throw RestyleError.invalidProfile(
        "\(name): \(key): expected a count of at least 1, mean, rest of the mean and sum of squares")
    }
    return clips.map { clip in
      let first = clip.startIndex
      return ChannelMoments(
        count: clip[first], mean: clip[first + 1], meanLow: clip[first + 2], sumOfSquares: clip[first + 3])
    }
  }

  private static func sampleSums(
    _ file: SafetensorsFile, _ key: String, _ name: String
  ) throws -> ChannelMoments {
    let values: [Double] = try file.values(key)
    guard values.count == 3, values.allSatisfy(\.isFinite), (1...0x1p53).contains(values[0]) else {
      throw RestyleError.invalidProfile(
        "\(name): \(key): expected a count of at least 1, sum and sum of squares")
    }
    let (count, sum, squares) = (values[0], values[1], values[2])
    let mean = sum / count
    return ChannelMoments(
      count: count, mean: mean, sumOfSquares: max(0, squares / count - mean * mean) * count)
  }

  private static func levels(
    _ file: SafetensorsFile, _ view: StereoView, _ channelCount: Int, _ name: String
  ) throws -> LevelStatistics {
    let state = LevelStatistics.State(
      buckets: try file.integers("\(view.name)/bucket"), counts: try file.integers("\(view.name)/count"),
      sums: try file.integers("\(view.name)/sum"),
      squaresHigh: try file.integers("\(view.name)/sum_of_squares_high"),
      squaresLow: try file.integers("\(view.name)/sum_of_squares_low"))
    do {
      return try LevelStatistics(state, numFeatures: channelCount + 1)
    } catch {
      throw RestyleError.invalidProfile("\(name): \(view.name): \(error); the file is damaged")
    }
  }
}

extension StyleProfile {
  /// Loads a style: a profile file is read, a sound file is measured.
  ///
  /// - Parameters:
  ///   - path: The file; `-` measures standard input.
  ///   - learner: The learner that measures a sound file.
  ///   - isStrict: Whether a damaged or truncated sound file is an error.
  ///   - source: Wraps the opened sound file before it is measured, for example in a ``ForwardingSource`` that shows
  ///     progress.
  /// - Returns: The profile, and the properties of the sound file; these are `nil` for a profile file.
  /// - Throws: `SoundFileError` where the file cannot be opened or is no sound file, ``RestyleError`` for a damaged
  ///   profile or a clip without samples.
  public static func load(
    _ path: String, learner: ProfileLearner = ProfileLearner(), isStrict: Bool = false,
    source: (SoundFileReader) -> any FrameSource = { $0 }
  ) throws -> (profile: StyleProfile, info: SoundFileInfo?) {
    if isProfile(path) { return (try StyleProfile(contentsOf: URL(fileURLWithPath: path)), nil) }
    let reader = try SoundFileReader(path: path)
    if isStrict { try reader.requireWhole() }
    let profile = try learner.learn(source(reader))
    if isStrict { try reader.requireWhole() }
    return (profile, reader.info)
  }

  /// Loads a style as ``load(_:learner:isStrict:source:)`` does, without the properties of the sound file.
  public init(learningFrom path: String, learner: ProfileLearner = ProfileLearner()) throws {
    self = try Self.load(path, learner: learner).profile
  }

  /// Whether a file looks like safetensors: 8 bytes of header length, then the brace that opens the header.
  public static func isProfile(_ path: String) -> Bool {
    // Only regular files are looked into: reading a pipe would consume its first bytes.
    guard Paths.isRegularFile(path), let handle = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? handle.close() }
    guard let head = try? handle.read(upToCount: 9), head.count == 9 else { return false }
    let length = head.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return length < 100_000_000 && head[head.startIndex + 8] == UInt8(ascii: "{")
  }
}
