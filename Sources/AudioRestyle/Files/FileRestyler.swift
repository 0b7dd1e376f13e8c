import AudioFeatures
import Foundation
import Mastering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles

/// Restyles sound files; a result appears under its name only when it is complete.
///
/// ```swift
/// let style = try StyleProfile(learningFrom: "style.flac")
/// let report = try FileRestyler().restyle("take.wav", towards: [WeightedStyle(style)], to: "take.restyled.wav")
/// ```
/// Sample rate, number of channels, length in frames, text metadata and, unless chosen otherwise, container and
/// encoding are the content's. The rendered clip passes through a temporary file of 32-bit floats, so memory
/// does not depend on the clip's length.
public struct FileRestyler: Sendable {
  /// The options of the restyling.
  public var options: RestyleOptions
  /// The options for writing the output.
  public var output: OutputOptions
  /// The number of threads that work on a clip; `nil` is one for each processor.
  ///
  /// The result does not depend on it.
  public var threads: Int?

  /// Called with a stage and its finished share, 0 to 1; an error that it throws ends the work.
  public typealias Progress = (RestyleStage, Double) throws -> Void

  /// Creates a file restyler.
  public init(
    options: RestyleOptions = RestyleOptions(), output: OutputOptions = OutputOptions(), threads: Int? = nil
  ) {
    self.threads = threads
    self.options = options
    self.output = output
  }

  /// Restyles one file.
  ///
  /// - Parameters:
  ///   - contentPath: The content; `-` reads standard input.
  ///   - styles: One or several styles.
  ///   - outputPath: The path of the result; `-` writes to standard output.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Returns: The report.
  /// - Throws: ``RestyleError``, or `SoundFileError` where a file cannot be read or written. No partial file is left.
  public func restyle(
    _ contentPath: String, towards styles: [WeightedStyle], to outputPath: String,
    progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    try restyle(contentPath, to: outputPath, progress: progress) { _ in .styles(styles) }
  }

  /// Measures one file, for ``restyle(_:measured:towards:to:progress:)`` and ``AlbumPlan``.
  ///
  /// - Parameters:
  ///   - contentPath: The content.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Throws: As for restyling.
  public func measure(
    _ contentPath: String, progress: Progress = { _, _ in }
  ) throws -> ContentMeasurement {
    try options.validate()
    let reader = try openContent(contentPath)
    let total = Double(reader.info.frameCount)
    var measurement = try Restyler(options: options, threads: threads).learner.measure(
      reader, progress: { try progress(.measuring, Double($0) / total) })
    if output.isStrict { try reader.requireWhole() }
    measurement.stamp = reader.info.stamp
    return measurement
  }

  /// Restyles one file that was measured before with the same options.
  ///
  /// The result is that of ``restyle(_:towards:to:progress:)``. A content that goes towards many styles is measured
  /// only once in this way.
  ///
  /// - Throws: ``RestyleError/unstableContent(_:)`` where the file was changed since, and as for restyling.
  public func restyle(
    _ contentPath: String, measured: ContentMeasurement, towards styles: [WeightedStyle],
    to outputPath: String, progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    try restyle(contentPath, to: outputPath, progress: progress) { reader in
      if let stamp = measured.stamp, stamp != reader.info.stamp {
        throw RestyleError.unstableContent("\(contentPath): the file was changed after it was measured")
      }
      return .styles(styles, measured: measured)
    }
  }

  /// Applies a restyling to one file, moved to the clip's level (``Restyling/anchored(to:_:)``).
  ///
  /// - Parameters:
  ///   - contentPath: The content; `-` reads standard input.
  ///   - restyling: The restyling.
  ///   - anchoring: The way in which it is moved to the clip's level.
  ///   - outputPath: The path of the result; `-` writes to standard output.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  public func restyle(
    _ contentPath: String, by restyling: Restyling, anchoring: Anchoring = Anchoring(),
    to outputPath: String, progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    try restyle(contentPath, to: outputPath, progress: progress) { _ in .restyling(restyling, anchoring) }
  }

  /// Opens a content and checks that it has frames.
  func openContent(_ path: String) throws -> SoundFileReader {
    let reader = try SoundFileReader(path: path)
    if output.isStrict { try reader.requireWhole() }
    guard reader.info.frameCount > 0 else { throw RestyleError.emptyClip(path) }
    return reader
  }

  /// Gives one file the levels of a feature file that was made from it (``FeatureSequence``).
  ///
  /// Memory is three times the size of the feature file while it is read, and the size of its levels afterwards.
  ///
  /// - Parameters:
  ///   - contentPath: The content; `-` reads standard input.
  ///   - featuresPath: The feature file: .npy, .npz or .safetensors.
  ///   - outputPath: The path of the result; `-` writes to standard output.
  ///   - progress: Called while the work goes on; an error it throws ends the work.
  /// - Returns: The report.
  /// - Throws: ``RestyleError/featuresDoNotFit(_:)`` for features that are not the content's, `InterchangeError` for a
  ///   damaged feature file, and as for styles.
  public func restyle(
    _ contentPath: String, towardsFeatures featuresPath: String, to outputPath: String,
    progress: Progress = { _, _ in }
  ) throws -> RestyleReport {
    try restyle(contentPath, to: outputPath, progress: progress) { reader in
      let features = try FeatureSequence(contentsOf: featuresPath, for: grid(of: reader))
      try options.check(fits: features.grid, name: featuresPath)
      func own(_ frameCount: Int) throws -> FeatureGrid {
        try FeatureGrid(
          features: features.grid.features, stereo: features.grid.stereo, sampleRate: reader.sampleRate,
          channelCount: reader.channelCount, frameCount: frameCount)
      }
      // Only reading the clip shows its number of frames, so the features' number is assumed here.
      let isOther = try own(features.grid.frameCount) != features.grid
      if isOther { try features.check(fits: own(reader.info.frameCount), name: contentPath) }
      return .features(features)
    }
  }

  /// The grid that the options describe, for feature files without facts.
  ///
  /// The clip is decoded to find its length, as its header may state a wrong one.
  private func grid(of reader: SoundFileReader) throws -> FeatureGrid {
    try decodeWhole(reader)
    try reader.rewind()
    return try Restyler(options: options, threads: threads).grid(
      of: reader, frameCount: reader.info.frameCount)
  }

  private func decodeWhole(_ reader: SoundFileReader) throws {
    var buffer = FrameBuffer(channelCount: reader.info.channelCount, capacity: ProfileLearner.chunkLength)
    while try reader.read(into: &buffer) > 0 {}
  }

  /// Checks the ranges of the output's quality and of the number of threads.
  private func checkRanges() throws(RestyleError) {
    if let quality = output.quality, !(0...1).contains(quality) {
      throw .invalidOption("quality: expected 0 to 1, found \(quality)")
    }
    if let threads, threads < 1 { throw .invalidOption("threads: expected 1 or more, found \(threads)") }
  }

  func restyle(
    _ contentPath: String, to outputPath: String, progress: Progress,
    target: (SoundFileReader) throws -> RestyleTarget
  ) throws -> RestyleReport {
    try write(contentPath, to: outputPath) { reader, format in
      let target = try target(reader)
      return options.changesNothing
        ? try copy(reader, to: outputPath, format, album: target.album, progress)
        : try render(reader, towards: target, to: outputPath, format, progress)
    }
  }

  /// Opens a content, checks that its result can be written, and calls `make`, which makes it.
  func write(
    _ contentPath: String, to outputPath: String,
    _ make: (SoundFileReader, SoundFileFormat) throws -> RestyleReport
  ) throws -> RestyleReport {
    try options.validate()
    try checkRanges()
    let reader = try openContent(contentPath)
    let format = try output.format(path: outputPath, like: reader.info.format)
    // A copy of the bytes needs no encoder.
    if !options.changesNothing || format != reader.info.format {
      try format.check(
        sampleRate: reader.info.sampleRate, channelCount: reader.info.channelCount,
        frameCount: reader.info.frameCount, path: outputPath)
    }
    if outputPath != "-" { try OutputFile.check(path: outputPath, overwrites: output.overwrites) }
    var report = try make(reader, format)
    report.warnings = reader.info.warnings.map { .file($0) } + report.warnings
    return report
  }

  func copy(
    _ reader: SoundFileReader, to path: String, _ format: SoundFileFormat, album: SoundLoudness.Album? = nil,
    _ progress: Progress
  ) throws -> RestyleReport {
    try Task.checkCancellation()
    try progress(.writing, 0)
    var report = RestyleReport(copyOf: reader.info)
    if output.isStrict {
      // Damage inside a compressed file is found only by decoding it.
      try decodeWhole(reader)
      try reader.requireWhole()
      try reader.rewind()
    }
    // A lossy file is not encoded again only to write tags.
    let isTagged = output.tagsLoudness && format.encoding.isLossless
    if format == reader.info.format && !reader.info.isTruncated && output.quality == nil && !isTagged {
      try reader.copyFile(to: path, overwrites: output.overwrites, willAppear: output.willAppear)
      try progress(.writing, 1)
      if output.tagsLoudness {
        report.warnings.append(.notTagged(output: path, .isCopy))
      }
      return report
    }
    let total = Double(reader.info.frameCount)
    let loudness = try loudness(of: reader, album: album) { try progress(.finishing(1), Double($0) / total) }
    try reader.rewind()
    let writer = try writer(
      path, format, reader, loudness,
      isDithered: output.dithers(format, from: reader.info.format, isChanged: false))
    try reader.copySamples(to: writer)
    try Task.checkCancellation()
    try progress(.writing, 1)
    try writer.finish()
    report.isCopy = false
    report.isReencoded = true
    if writer.format.encoding.rounds(reader.info.format.encoding) {
      report.roundedTo = writer.format.encoding
    }
    if writer.invalidCount > 0 { report.warnings.append(.valuesAreNoSound(count: writer.invalidCount)) }
    report.noteClipping(writer.clippedCount, path)
    report.warnings += writer.losses.map { .notKept(output: path, what: $0) }
    if let loudness, loudness.integrated == nil {
      report.warnings.append(.notTagged(output: path, .thereIsNone))
    }
    return report
  }

  private func render(
    _ reader: SoundFileReader, towards target: RestyleTarget, to path: String, _ format: SoundFileFormat,
    _ progress: Progress
  ) throws -> RestyleReport {
    let total = Double(reader.info.frameCount)
    let team = ThreadTeam(threads)
    let (restyling, finished, decided) = try decide(
      reader, towards: target, format, folder: path == "-" ? nil : OutputFile.folder(of: path), progress)
    var report = decided
    let isChanged = !restyling.isIdentity || finished.source.isChanging
    let loudness = try loudness(of: finished.source, album: target.album) {
      try progress(.finishing(1), Double($0) / total)
    }
    let writer = try writer(
      path, format, reader, loudness,
      isDithered: output.dithers(format, from: reader.info.format, isChanged: isChanged))
    let preparing = PreparingStage(writer.preparer)
    try finished.source.pass(
      through: preparing.then(WritingStage(writer).last), team: team,
      chunkLength: finished.source.shortStepLength, progress: { try progress(.writing, Double($0) / total) })
    writer.preparer = preparing.preparer
    try progress(.writing, 1)
    try writer.finish()
    report.noteClipping(writer.clippedCount, path)
    report.warnings += writer.losses.map { .notKept(output: path, what: $0) }
    if let loudness, loudness.integrated == nil {
      report.warnings.append(.notTagged(output: path, .thereIsNone))
    }
    return report
  }

  /// Renders a content into a temporary file, and decides its level for a format.
  ///
  /// - Parameter folder: The folder of the temporary file; `nil` for the system's.
  func decide(
    _ reader: SoundFileReader, towards target: RestyleTarget, _ format: SoundFileFormat, folder: String?,
    _ progress: Progress
  ) throws -> (restyling: Restyling, finished: Finisher.Finished, report: RestyleReport) {
    let total = Double(reader.info.frameCount)
    let spool = try SpoolFile(
      channelCount: reader.info.channelCount, folder: folder, expectedFrameCount: reader.info.frameCount)
    let (restyling, result, rendered) = try Restyler(options: options, threads: threads).render(
      reader, towards: target, into: SpoolSink(spool)
    ) { try progress($0, Double($1) / total) }
    if output.isStrict { try reader.requireWhole() }
    let word = OutputWord(
      bits: format.encoding.integerBits,
      isDithered: output.dithers(format, from: reader.info.format, isChanged: true))
    let finished = try withoutActuallyEscaping(progress) { progress in
      let finisher = Finisher(
        restyling: restyling, result: result, base: SpoolSource(spool, like: reader), word: word,
        team: ThreadTeam(threads), progress: { try progress(.finishing($0), Double($1) / total) })
      guard case .decided(let decided) = target else { return try finisher.finish() }
      return try finisher.finish(at: decided.level, makingUp: decided.makesUp)
    }
    var report = rendered
    report.finish(finished)
    return (restyling, finished, report)
  }

  func writer(
    _ path: String, _ format: SoundFileFormat, _ reader: SoundFileReader, _ loudness: SoundLoudness? = nil,
    isDithered: Bool
  ) throws(SoundFileError) -> SoundFileWriter {
    var settings = SoundFileWriter.Options()
    settings.metadata = reader.info.metadata
    settings.layout = reader.info.layout
    settings.quality = output.quality
    settings.loudness = loudness
    if format.container == .mp3, let rate = output.constantBitRate {
      settings.hasConstantBitRate = true
      settings.quality = SoundFileWriter.quality(ofBitRate: rate, sampleRate: reader.info.sampleRate)
    }
    settings.overwrites = output.overwrites
    settings.willAppear = output.willAppear
    settings.expectedFrameCount = reader.info.frameCount
    settings.isDithered = isDithered
    settings.isSoundChanged = !options.changesNothing
    return try SoundFileWriter(
      path: path, format: format, sampleRate: reader.info.sampleRate, channelCount: reader.info.channelCount,
      options: settings)
  }
}

extension FileRestyler {
  /// The loudness figures for the tags of a result; `nil` where no tags are written.
  ///
  /// They are measured before encoding. Lossy encoders move the loudness by less than 0.1 LU (LAME at constant rates by
  /// 0.3), and peaks by more.
  ///
  /// - Parameters:
  ///   - clip: The clip as it is handed to the encoder; it is read from its beginning.
  ///   - album: The figures of the clip's album; `nil` for none.
  ///   - progress: Called with the number of frames done; an error it throws ends the work.
  /// - Throws: As ``DeliveryMeasurement``.
  func loudness(
    of clip: any FrameSource, album: SoundLoudness.Album?, _ progress: (Int) throws -> Void
  ) throws -> SoundLoudness? {
    guard output.tagsLoudness else { return nil }
    let measurement = try DeliveryMeasurement(of: clip, threads: threads, progress: progress)
    var loudness = SoundLoudness()
    loudness.integrated = measurement.loudness
    loudness.range = measurement.loudnessRange
    loudness.truePeak = measurement.truePeak
    loudness.highestMomentary = measurement.highestMomentary
    loudness.highestShortTerm = measurement.highestShortTerm
    loudness.album = album
    return loudness
  }
}

extension AlbumPlan {
  /// Loudness and peak of all results as one programme, as meters read them.
  ///
  /// It is `nil` for a pool of short sounds, for silence, and for mono clips, which the plan counts twice, among
  /// others.
  var metered: SoundLoudness.Album? {
    guard sharing != .colour, let loudness else { return nil }
    let monoCount = sources.count { $0.channelCount == 1 }
    guard monoCount == 0 || monoCount == sources.count else { return nil }
    return SoundLoudness.Album(
      integrated: monoCount == 0 ? loudness : loudness - LoudnessTarget.monoDifference, truePeak: truePeak)
  }
}
