import AudioFeatures
import Mastering
import Rendering
import Restylings
package import SoundFiles
import StyleMethods
import StyleProfiles

/// The changes of a mix m = Σ sₖ, to be applied to its stems sₖ.
///
///     Σ A(sₖ) = A(Σ sₖ) = A(m)
///
/// The restyling of m is a filter, gains over time in each band, and gains over time of all bands, all computed from m
/// alone. Together they are a linear operation A that varies with time. So the restyled stems sum to the restyled mix,
/// but for the rounding of floats and of the words of a file. The limiter keeps the ceiling for the mix alone, so a
/// stem can pass full scale.
///
/// ```swift
/// let plan = try restyler.plan(like: "mix.wav", towards: styles)
/// for stem in stems { try restyler.restyle(stem, like: plan, to: "out/" + stem) }
/// ```
/// Stems can be restyled in parallel.
public struct StemPlan: Sendable {
  /// The report on the mix, whose result is not written.
  public let report: RestyleReport
  /// The restyling of the mix and its stems; `nil` where nothing is changed and stems are copied.
  public var restyling: Restyling? { change?.restyling }

  let shape: StemShape
  let change: Change?
  /// The state of the mix's file; `nil` where it is unknown.
  var stamp: FileStamp?

  /// The changes that stems get.
  struct Change: Sendable {
    var restyling: Restyling
    var gain: LastGain
  }
}

/// The properties that a mix and its stems must share: rate, channels and length.
package struct StemShape: Hashable, Sendable {
  /// What to call the clip.
  package var name: String
  /// The sample rate in Hz.
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

  /// Checks that a clip can be a stem of the mix with this shape.
  ///
  /// - Throws: ``RestyleError/stemDoesNotFit(_:)`` where rate, number of channels or length differ.
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
  /// Restyles stems in memory by the restyling of their mix; the results sum to the restyled mix.
  ///
  /// - Parameters:
  ///   - stems: The stems.
  ///   - mix: The mix.
  ///   - styles: One or several styles.
  /// - Returns: One array of samples for each channel of each stem, and the report on the mix.
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
  /// Checks that all changes are gains.
  ///
  /// - Throws: ``RestyleError/invalidOption(_:)`` for `waveform` maps, which also add a constant to samples.
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
