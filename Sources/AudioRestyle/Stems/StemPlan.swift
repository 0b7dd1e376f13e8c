import AudioFeatures
import Mastering
import Rendering
import Restylings
package import SoundFiles
import StyleMethods
import StyleProfiles

/// What is done to a mix, for the stems that it is the sum of.
///
/// With a mix m = Σ sₖ, the restyling of m is a filter, gains over time in each band, and gains over time of all bands.
/// All of them are worked out on m alone. Applied to a clip they are a linear operation A that varies with time, so
///
///     Σ A(sₖ) = A(Σ sₖ) = A(m)
///
/// and the restyled stems sum to the restyled mix, but for the rounding of floats and of the words of a file. The peaks
/// of stems are no part of it: the limiter holds the mix under its ceiling, and a stem can pass full scale.
///
/// ```swift
/// let plan = try restyler.plan(like: "mix.wav", towards: styles)
/// for stem in stems { try restyler.restyle(stem, like: plan, to: "out/" + stem) }
/// ```
/// Stems can be restyled in parallel.
public struct StemPlan: Sendable {
  /// What was done to the mix, which is not written.
  public let report: RestyleReport
  /// What is done to the mix and its stems; `nil` where nothing is changed, and stems are copied.
  public var restyling: Restyling? { change?.restyling }

  let shape: StemShape
  let change: Change?
  /// The state of the mix's file; `nil` for what is no file.
  var stamp: FileStamp?

  /// What stems get of it.
  struct Change: Sendable {
    var restyling: Restyling
    var gain: LastGain
  }
}

/// What a mix and its stems have in common.
package struct StemShape: Hashable, Sendable {
  /// What to call the clip.
  package var name: String
  /// In Hz.
  package var sampleRate: Double
  /// The number of channels.
  package var channelCount: Int
  /// The length in sample frames.
  package var frameCount: Int

  init(name: String, sampleRate: Double, channelCount: Int, frameCount: Int) {
    (self.name, self.sampleRate) = (name, sampleRate)
    (self.channelCount, self.frameCount) = (channelCount, frameCount)
  }

  /// The shape of a sound file.
  package init(_ info: SoundFileInfo) {
    self.init(
      name: info.path, sampleRate: Double(info.sampleRate), channelCount: info.channelCount,
      frameCount: info.frameCount)
  }

  /// Checks that a clip can be a stem of the mix that has this shape.
  ///
  /// - Throws: ``RestyleError/stemDoesNotFit(_:)`` where rate, number of channels or length are others.
  package func check(stem: StemShape) throws(RestyleError) {
    guard stem.sampleRate == sampleRate, stem.channelCount == channelCount, stem.frameCount == frameCount
    else {
      throw .stemDoesNotFit(
        "\(stem.name): expected a stem of \(text), as the mix \(name) has, found \(stem.text)")
    }
  }

  private var text: String {
    let rate = sampleRate == sampleRate.rounded() ? "\(Int(sampleRate))" : "\(sampleRate)"
    return "\(channelCount) channel\(channelCount == 1 ? "" : "s") at \(rate) Hz and \(frameCount) frames"
  }
}

extension Restyler {
  /// Restyles stems in memory by what is worked out on their mix; the results sum to the restyled mix.
  ///
  /// - Parameters:
  ///   - stems: The stems.
  ///   - mix: The mix.
  ///   - styles: One or several styles.
  /// - Returns: One array of samples for each channel of each stem, and what was done to the mix.
  /// - Throws: ``RestyleError/stemDoesNotFit(_:)`` where a stem has another rate, number of channels or length, and as
  ///   for other clips.
  public func restyle(
    _ stems: [MemorySource], like mix: MemorySource, towards styles: [WeightedStyle]
  ) throws -> (stems: [[[Float]]], mix: RestyleReport) {
    let spool = MemorySink(channelCount: mix.channelCount)
    guard options.features != .waveform else { throw RestyleError.invalidOption(Restyling.needsLevels) }
    let (restyling, result, rendered) = try render(mix, towards: .styles(styles), into: spool)
    let finished = try Finisher(
      restyling: restyling, result: result,
      base: MemorySource(spool.channels, sampleRate: mix.sampleRate, lfeChannels: mix.lfeChannels),
      word: .float, team: ThreadTeam(threads)
    ).finish()
    var report = rendered
    report.finish(finished)
    let change = StemPlan.Change(restyling: restyling, gain: LastGain(finished.source))
    let restyled = try stems.map { stem in
      try mix.shape.check(stem: stem.shape)
      let pair = StemPair(SanitizedSource(mix), SanitizedSource(stem), frameCount: mix.shape.frameCount)
      let output = MemorySink(channelCount: stem.channelCount)
      try render(pair, by: change, into: StemSink(change.gain, pair) { output.write($0) })
      return output.channels
    }
    return (restyled, report)
  }

  /// Renders a stem beside its mix.
  func render(
    _ pair: StemPair, by change: StemPlan.Change, into sink: StemSink,
    progress: (Int) throws -> Void = { _ in }
  ) throws {
    let team = ThreadTeam(threads)
    if change.restyling.passesSamples {
      let writing = Exclusive(lent: sink)
      try pair.forEachChunk(team: team, progress: progress) { buffer in
        [ThreadTeam.Job(writing) { try $0.write(buffer) }]
      }
    } else {
      _ = try LevelRenderer(Rendering(change.restyling), source: pair.mix, beside: pair, team: team).render(
        into: sink, measuresLevels: false, measuresLoudness: false, progress: progress)
    }
    try sink.finish()
  }
}

extension Restyling {
  /// Checks that everything it does to a clip is a gain.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for maps of samples, which move them by a constant besides.
  func checkServesStems() throws(RestyleError) {
    guard features == .waveform, !isIdentity else { return }
    throw .invalidOption(Self.needsLevels)
  }

  static let needsLevels =
    "stems: expected the features bands or spectrum, whose changes are gains, found waveform"
}

extension MemorySource {
  fileprivate var shape: StemShape {
    StemShape(
      name: name, sampleRate: sampleRate, channelCount: channelCount, frameCount: frameCount)
  }
}
