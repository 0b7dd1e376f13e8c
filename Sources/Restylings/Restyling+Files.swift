import AudioFeatures
public import Foundation
import SoundFiles
public import StyleProfiles

/// Saved restylings: JSON, as the article on saved restylings describes it.
extension Restyling {
  /// The version of the file format that this code writes, and the newest it reads.
  public static let formatVersion = 1

  /// The value of `format` in a file.
  static let formatName = "adain-audio restyling"

  /// The contents of a file: format, version and the restyling.
  private struct Stored: Codable {
    var format: String
    var formatVersion: Int
    var restyling: Restyling
  }

  /// The format and version of a file, read before the restyling.
  private struct Head: Decodable {
    var format: String
    var formatVersion: Int
  }

  /// The bytes of a file; equal values give equal bytes and are read back exactly.
  ///
  /// - Throws: ``RestyleError/invalidRestyling(_:)`` for a restyling by the levels of a feature file, which it does not
  ///   hold.
  public func encoded() throws -> Data {
    guard !views.contains(where: { $0.state == .levelsFromOutside }) else {
      throw RestyleError.invalidRestyling(
        "expected a restyling by moments, found one by the levels of a feature file; keep that file instead")
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(
      Stored(format: Self.formatName, formatVersion: Self.formatVersion, restyling: self))
  }

  /// Writes the restyling to a file, which appears only when it is complete.
  ///
  /// - Throws: As ``encoded()``; `SoundFileError` where the file cannot be written, or exists and is not to be
  ///   replaced.
  public func write(to path: String, overwrites: Bool = false) throws {
    try OutputFile.write([UInt8](encoded()), to: path, overwrites: overwrites)
  }

  /// Reads a file.
  ///
  /// - Throws: ``RestyleError/unreadable(_:)`` for a file that cannot be opened, and
  ///   ``RestyleError/invalidRestyling(_:)`` for one that is no saved restyling, a damaged one, or of another version.
  public init(contentsOf path: String) throws {
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      let isFolder = (try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory
      let reason =
        !exists ? "no such file" : isFolder == true ? "it is a folder" : "no permission, or a failing disk"
      throw RestyleError.unreadable("cannot open '\(path)': \(reason)")
    }
    try self.init(decoding: data, name: path)
  }

  /// Reads the bytes of a file.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - name: What to call the file in messages.
  /// - Throws: ``RestyleError/invalidRestyling(_:)`` as ``init(contentsOf:)``.
  public init(decoding data: Data, name: String) throws {
    func invalid(_ text: String) -> RestyleError { .invalidRestyling("\(name): \(text)") }
    let decoder = JSONDecoder()
    guard let head = try? decoder.decode(Head.self, from: data), head.format == Self.formatName else {
      throw invalid("expected a saved restyling (format: \(Self.formatName)), found another file")
    }
    guard head.formatVersion == Self.formatVersion else {
      throw invalid(
        "expected version \(Self.formatVersion), found \(head.formatVersion); another program's version wrote it"
      )
    }
    do {
      self = try decoder.decode(Stored.self, from: data).restyling
    } catch let error as DecodingError {
      throw invalid(error.summary)
    }
    if let problem { throw invalid(problem) }
  }
}

/// The ranges of the numbers that a file may hold.
extension Restyling {
  /// The reason why the value cannot be rendered; `nil` where it can be.
  private var problem: String? {
    let bands = layout.channelCount
    guard (-1000...1000).contains(referenceBuckets) else {
      return "referenceBuckets: expected -1000 to 1000, found \(referenceBuckets)"
    }
    guard (-120.0...0).contains(lowestGain), (0.0...60).contains(highestGain) else {
      return "expected gains within -120 to 0 and 0 to 60 dB, found \(lowestGain) and \(highestGain)"
    }
    for clip in facts.content where clip.frameCount < 0 {
      return "facts.content.frameCount: expected a number of frames, found \(clip.frameCount)"
    }
    if let threshold = peakThreshold, !(threshold > 0) {
      return "peakThreshold: expected a number above 0, found \(threshold)"
    }
    if let problem = envelope?.problem { return "envelope: \(problem)" }
    if let problem = loudness?.problem { return "loudness: \(problem)" }
    if let problem = problemOfNumbers { return problem }
    if let band = soundingBand, !(band.lowerBound >= 0 && band.upperBound <= 1e9) {
      return "soundingBand: expected two frequencies in Hz, found \(band)"
    }
    if features != .waveform,
      stereo.views(channelCount: facts.content.first?.channelCount ?? 1).count != views.count
    {
      return "views: expected those of \(stereo.rawValue), found \(views.map(\.view.name))"
    }
    for view in views {
      let problem =
        view.problem(bandCount: features == .waveform ? 1 : bands)
        ?? (features == .waveform ? nil : view.problemOfLevels)
      if let problem { return "views: \(view.view.name): \(problem)" }
    }
    return nil
  }
}

extension ViewRestyling {
  /// The reason why the view cannot be rendered; `nil` where it can be.
  fileprivate func problem(bandCount: Int) -> String? {
    let featureCount = bandCount + (level == nil ? 0 : 1)
    let moments = [content.mean, content.spread, style.mean, style.spread]
    guard moments.allSatisfy({ $0.count == featureCount }) else {
      return "expected \(featureCount) means and spreads, found \(moments.map(\.count))"
    }
    let statistics = [bands.contentMean, bands.contentSpread, bands.requestedMean, bands.requestedSpread]
    guard gainSource.count == bandCount, statistics.allSatisfy({ $0.count == bandCount }) else {
      return "expected \(bandCount) bands, found \(gainSource.count) and \(statistics.map(\.count))"
    }
    let indices = 0..<bandCount
    guard (gainSource + bands.shared + (level?.channels ?? [])).allSatisfy(indices.contains) else {
      return "expected numbers of bands below \(bandCount), found others"
    }
    guard level.map({ $0.weighting.count == bandCount }) ?? true else {
      return "level: expected \(bandCount) weights, found \(level?.weighting.count ?? 0)"
    }
    let numbers =
      moments.flatMap(\.self) + statistics.flatMap(\.self) + (level?.weighting ?? [])
      + (reshaping?.numbers ?? [])
    guard numbers.allSatisfy({ abs($0) <= 1e6 }), content.spread.allSatisfy({ $0 >= 0 }) else {
      return "expected numbers within ±10^6, and spreads of 0 or more, found others"
    }
    for bucket in [gate.lowestActiveBucket, gate.floorBucket].compactMap(\.self)
    where !(-2000...2000).contains(bucket) {
      return "gate: expected buckets within ±2000, found \(bucket)"
    }
    if let equaliser, equaliser.count != ThirdOctaves.count || !equaliser.allSatisfy({ abs($0) <= 400 }) {
      return
        "equaliser: expected \(ThirdOctaves.count) gains within ±400 dB, found \(equaliser.count) or others"
    }
    switch reshaping {
    case nil: return nil
    case .level: return level == nil ? "reshaping: expected a level among the features, found none" : nil
    case .bands(let curves):
      return curves.count == featureCount ? nil : "reshaping: expected a curve for each band"
    case .frames(let matrix):
      return matrix.count == featureCount * featureCount ? nil : "reshaping: expected a square matrix"
    }
  }
}

extension LoudnessRestyling {
  /// The reason why the gain cannot be applied; `nil` where it can be.
  fileprivate var problem: String? {
    [content, style].allSatisfy { $0.mean.count == 1 && $0.spread.count == 1 }
      ? nil : "expected one mean and one spread, found others"
  }
}

extension EnvelopeGain {
  /// The reason why the gain cannot be applied; `nil` where it can be.
  fileprivate var problem: String? {
    guard tables.count == EnvelopeMeter.times.count, tables.allSatisfy({ (2...10_000).contains($0.count) })
    else {
      return "expected \(EnvelopeMeter.times.count) tables of at least 2 gains, found \(tables.map(\.count))"
    }
    return nil
  }
}

extension DecodingError {
  /// The place in the file and the problem, in one line.
  fileprivate var summary: String {
    func place(_ path: [any CodingKey]) -> String {
      path.dropFirst().map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
    return switch self {
    case .keyNotFound(let key, let context):
      "\(place(context.codingPath + [key])): expected a value, found none"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "\(place(context.codingPath)): \(context.debugDescription)"
    @unknown default: "\(self)"
    }
  }
}

extension Restyling {
  private enum CodingKeys: CodingKey {
    case features, frequencies, sampleRate, stereo, phase, referenceBuckets, views, lowestGain, highestGain
    case envelope, loudness, soundingBand, peakThreshold, level, facts
  }

  /// Writes the value; the layout is stored as its frequencies, and for `spectrum` also as the sample rate in Hz.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(features, forKey: .features)
    try values.encode(layout.frequencies, forKey: .frequencies)
    if case .spectrum(let geometry) = layout { try values.encode(geometry.sampleRate, forKey: .sampleRate) }
    try values.encode(stereo, forKey: .stereo)
    try values.encode(phase, forKey: .phase)
    try values.encode(referenceBuckets, forKey: .referenceBuckets)
    try values.encode(views, forKey: .views)
    try values.encode(lowestGain, forKey: .lowestGain)
    try values.encode(highestGain, forKey: .highestGain)
    try values.encodeIfPresent(envelope, forKey: .envelope)
    try values.encodeIfPresent(loudness, forKey: .loudness)
    try values.encodeIfPresent(soundingBand, forKey: .soundingBand)
    try values.encodeIfPresent(peakThreshold, forKey: .peakThreshold)
    try values.encode(level, forKey: .level)
    try values.encode(facts, forKey: .facts)
  }

  /// Reads the value.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let features = try values.decode(FeatureKind.self, forKey: .features)
    let frequencies = try values.decode([Double].self, forKey: .frequencies)
    let layout: FeatureLayout?
    if features == .spectrum {
      let rate = try values.decode(Double.self, forKey: .sampleRate)
      let isRate = LoudnessMeter.supportedSampleRates.contains(rate)
      layout = isRate ? .spectrum(STFTGeometry(sampleRate: rate)) : nil
    } else {
      layout = frequencies.count <= 4096 ? BandLayout(centers: frequencies).map { .bands($0) } : nil
    }
    guard let layout, layout.channelCount == frequencies.count else {
      throw DecodingError.dataCorruptedError(
        forKey: .frequencies, in: values, debugDescription: "expected ascending frequencies in Hz")
    }
    self.init(
      features: features, layout: layout, stereo: try values.decode(StereoMode.self, forKey: .stereo),
      phase: try values.decode(TonePhase.self, forKey: .phase),
      referenceBuckets: try values.decode(Int.self, forKey: .referenceBuckets),
      views: try values.decode([ViewRestyling].self, forKey: .views),
      lowestGain: try values.decode(Double.self, forKey: .lowestGain),
      highestGain: try values.decode(Double.self, forKey: .highestGain),
      envelope: try values.decodeIfPresent(EnvelopeGain.self, forKey: .envelope),
      loudness: try values.decodeIfPresent(LoudnessRestyling.self, forKey: .loudness),
      soundingBand: try values.decodeIfPresent(ClosedRange<Double>.self, forKey: .soundingBand),
      peakThreshold: try values.decodeIfPresent(Float.self, forKey: .peakThreshold),
      level: try values.decode(LevelAim.self, forKey: .level),
      facts: try values.decode(RestylingFacts.self, forKey: .facts))
  }
}

extension StereoView: Codable {
  /// Reads a view's name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let view = StereoView(name: name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected linked, mid, side or channel0, …, found \(name)")
    }
    self = view
  }

  /// Writes the view's name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
