import AudioFeatures
import Foundation
import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles
import Tensors

/// One plan for several clips that keeps the relations between them: an album, a sample pack.
///
/// The common part (``Sharing``) is made from the statistics of all clips X₁ ∪ … ∪ Xₙ at their own levels: activity
/// gate, noise floor, bands shared with the style, the map of dynamics, and, where it is shared, the tone. The last
/// gain of clip i is
///
///     gᵢ = Lᵢ + (target(L, style) − L) − L′ᵢ        relations kept
///     gᵢ = target(L, style) − L′                    relations changed by the map of dynamics; a pool
///
/// L is the integrated loudness of all clips as one programme (ITU-R BS.1770-4 gates all their blocks together,
/// `LoudnessStatistics`), Lᵢ that of clip i, and primes mark the rendered clips. Then all gains are lowered by the same
/// number of dB, until no clip's peak passes its own ceiling by more than a limiter may lower it.
///
/// ```swift
/// var album = try AlbumPlan(paths.map { try restyler.measure($0) }, towards: styles, options: restyler.options)
/// while !album.isDecided { try album.take(paths.indices.map {
///   try restyler.rehearse(paths[$0], clip: $0, of: album, to: outputs[$0])
/// }) }
/// for index in paths.indices { try restyler.restyle(paths[index], clip: index, of: album, to: outputs[index]) }
/// ```
/// Clips can be measured, rehearsed and restyled in parallel; the results do not depend on the order in time.
public struct AlbumPlan: Sendable {
  /// The parts of a restyling that clips share beside the plan of levels.
  public enum Sharing: String, CaseIterable, Hashable, Codable, Sendable {
    /// The map of dynamics: frames of equal levels get equal gains, and each clip has its own tone.
    case dynamics
    /// The map of dynamics and the tone.
    case toneAndDynamics
    /// One static tone (`PoolMethod`) and one gain, for sounds too short for a tone and dynamics of their own.
    ///
    /// The level differences between the sounds, attacks and decays stay.
    case colour
  }

  /// The treatment of loudness differences between clips.
  public enum Relations: String, CaseIterable, Hashable, Codable, Sendable {
    /// The differences stay, whatever the map of dynamics does.
    case kept
    /// The map of dynamics changes the differences.
    case mapped
  }

  /// The parts that clips share.
  public let sharing: Sharing
  /// The treatment of loudness differences between clips; a pool has one gain.
  public let relations: Relations
  /// The restyling of all clips so far, with the tone of all clips.
  public var restyling: Restyling { draft.restyling }
  private var draft: RestylingDraft
  /// The level decision of each clip in order; empty until all is decided, and `nil` for a clip that was left out.
  public private(set) var levels: [LevelDecision?] = []
  /// The loudness of all results as one programme in LUFS, once known; `nil` for silence.
  public private(set) var loudness: Double?
  /// The highest true peak of all results in dBTP, once known; `nil` for silence.
  public private(set) var truePeak: Double?
  /// By how many dB all clips are lowered to keep their ceilings.
  public private(set) var ceilingReduction = 0.0
  /// The warnings about all clips together.
  public private(set) var warnings: [RestyleWarning]
  /// The clips, in order.
  public let sources: [ProfileSource]
  /// Whether each clip's ceiling follows its own peak.
  private let followsOwnPeaks: Bool
  /// The part of each clip; empty for a pool.
  private var members: [AlbumMember]
  /// By how many dB each clip was moved to the programme's loudness with its tone alone; ``peakShifts``: in the last
  /// trial.
  private var levelShifts: [Double] = []
  private var peakShifts: [Double] = []
  /// The warnings about each clip.
  private let clipWarnings: [[RestyleWarning]]
  /// The number of remaining refinements.
  private var refinementsLeft: Int
  /// Whether the next rehearsals are tone passes.
  private(set) var isTonePass: Bool
  /// Whether the last rehearsals were tone passes.
  private var hadTonePass = false
  /// The filters of a tone that all clips share, by sample rate.
  let filters: ToneFilters

  /// Whether all levels are decided and the clips can be restyled; until then they must be rehearsed.
  public var isDecided: Bool { !levels.isEmpty }

  /// The number of the refinement for which the next rehearsals are; `nil` where they are for the level.
  var refinementRound: Int? {
    refinementsLeft > 0 ? restyling.facts.refinements + 1 : nil
  }

  /// The finished share of a refinement, for the finished share of the next rehearsal.
  func share(ofRound share: Double) -> Double {
    isTonePass ? share / 2 : hadTonePass ? (1 + share) / 2 : share
  }

  /// Makes the plan for clips that were measured with the same options.
  ///
  /// - Throws: ``RestyleError`` as for one clip, and where there are no clips or their features differ.
  public init(
    _ contents: [ContentMeasurement], towards styles: [WeightedStyle], options: RestyleOptions,
    sharing: Sharing = .dynamics, relations: Relations = .kept
  ) throws {
    guard let first = contents.first else { throw RestyleError.invalidOption("no clips to restyle together") }
    var all = first
    for content in contents.dropFirst() { try all.merge(content) }
    try self.init(pool: all, towards: styles, options: options, sharing: sharing, relations: relations)
    guard sharing != .colour, options.features != .waveform else { return }
    var own = options
    own.stereo = restyling.stereo
    members = try contents.map {
      try AlbumMember($0, of: restyling, towards: sharing == .dynamics ? styles : [], options: own)
    }
  }

  /// Makes the plan for a pool of short sounds: one static tone and one gain.
  ///
  /// - Parameters:
  ///   - pool: The sounds, merged in order (``ContentMeasurement/merge(_:)``).
  ///   - styles: One or several styles.
  ///   - options: The options of all sounds.
  /// - Throws: ``RestyleError`` as for one clip.
  public init(pool: ContentMeasurement, towards styles: [WeightedStyle], options: RestyleOptions) throws {
    try self.init(pool: pool, towards: styles, options: options, sharing: .colour, relations: .mapped)
  }

  private init(
    pool all: ContentMeasurement, towards styles: [WeightedStyle], options: RestyleOptions, sharing: Sharing,
    relations: Relations
  ) throws {
    (self.sharing, self.relations) = (sharing, sharing == .colour ? .mapped : relations)
    draft = try Restyler(options: options).draft(of: all, towards: styles, isPool: sharing == .colour)
    sources = all.sources
    clipWarnings = zip(all.sources, all.clipWarnings).map {
      $0.loudness == nil ? $1 + [.contentIsSilent] : $1
    }
    followsOwnPeaks = options.ceiling == .automatic
    members = []
    refinementsLeft = draft.restyling.passesSamples || sharing == .colour ? 0 : options.refinements
    isTonePass = refinementsLeft > 0 && draft.aims.needTonePass
    warnings = draft.restyling.facts.warnings
    draft.restyling.facts.warnings = []
    filters = ToneFilters(draft.restyling)
  }

  /// The measurements of a trial of one clip by the plan, without output.
  public struct Rehearsal: Sendable {
    /// The clip's place.
    var clip: Int
    var result: RenderResult
    /// The ceilings of the clip's peaks; `nil` for none.
    var ceilings: PeakLimiter.Ceilings?
  }

  /// Takes in the rehearsals of all clips in order, and refines the restyling or decides the levels.
  ///
  /// A clip that could not be rehearsed is left out.
  ///
  /// - Throws: `ShapeError` for rehearsals of another plan.
  /// - Precondition: There is at least one.
  public mutating func take(_ rehearsals: [Rehearsal]) throws {
    let all = try Self.merged(rehearsals.map(\.result))
    hadTonePass = isTonePass
    // Where relations are kept, dynamics act about each clip's own loudness.
    let leveled = try refinementRound == nil ? all : self.leveled(rehearsals, to: all)
    if isTonePass {
      isTonePass = false
      levelShifts = peakShifts
      draft.restyling = restyling.following(leveled, aims: draft.aims)
      // The effect of the gains that follow the samples must be rehearsed.
      if restyling.followsSamples { return }
    }
    if refinementRound != nil {
      let (refined, common) = restyling.refinement(
        by: leveled, requested: restyling.views.map(\.requested), aims: draft.aims)
      for rehearsal in rehearsals where members.indices.contains(rehearsal.clip) {
        let clip = rehearsal.clip
        let own = members[clip].refine(restyling(ofClip: clip), by: rehearsal.result, draft.aims.loudness)
        // The thresholds of levels move with the clip's own tone, not with the common one.
        guard let own else { continue }
        if levelShifts.indices.contains(clip) { levelShifts[clip] -= own - common }
        if peakShifts.indices.contains(clip) { peakShifts[clip] -= own - common }
      }
      draft.restyling = refined
      refinementsLeft -= 1
    } else {
      decide(rehearsals, all)
    }
  }

  private static func merged(_ results: [RenderResult]) throws -> RenderResult {
    guard var all = results.first else { preconditionFailure("expected rehearsals, found none") }
    for other in results.dropFirst() { try all.merge(other) }
    return all
  }

  /// The merged measurements; where relations are kept, with all clips moved to the loudness of the programme.
  ///
  /// It notes by how many dB each clip was moved.
  private mutating func leveled(_ rehearsals: [Rehearsal], to all: RenderResult) throws -> RenderResult {
    guard keepsRelations, let common = all.loudness(afterGain: 0) else { return all }
    peakShifts = sources.map { _ in 0 }
    for rehearsal in rehearsals {
      // A clip that passes no gate, such as room tone, is not moved.
      let own = rehearsal.result.loudness.integratedLoudness(afterGain: 0)
      peakShifts[rehearsal.clip] = own.map { common - $0 } ?? 0
    }
    return try Self.merged(rehearsals.map { $0.result.moved(by: peakShifts[$0.clip]) })
  }

  /// Whether there are several clips whose loudness differences stay.
  private var keepsRelations: Bool { relations == .kept && sources.count > 1 }

  /// Decides the levels.
  private mutating func decide(_ rehearsals: [Rehearsal], _ all: RenderResult) {
    let (common, found) = LevelDecision.decided(restyling.level, all)
    warnings += found
    let before = restyling.facts.contentLoudness
    let after = all.loudness(afterGain: common.gain)
    var decided: [(clip: Int, level: LevelDecision)] = []
    var excess = 0.0
    for rehearsal in rehearsals {
      var level = common
      level.ceiling = ceiling(ofClip: rehearsal.clip)
      if keepsRelations, let before, let after,
        let own = sources[rehearsal.clip].loudness,
        let rendered = rehearsal.result.loudness(afterGain: 0)
      {
        let target = own + (after - before)
        level.gain = target - rendered
        level.targetLoudness = target
        if abs(level.gain) < LevelDecision.smallestGain { level.gain = 0 }
      }
      decided.append((rehearsal.clip, level))
      if let ceilings = rehearsal.ceilings,
        !(level.gain == 0 && restyling(ofClip: rehearsal.clip).isIdentity)
      {
        excess = max(excess, rehearsal.result.excess(over: ceilings, atGain: level.gain))
      }
    }
    let bound = restyling.level.peaks == .limit ? largestReduction : 0
    ceilingReduction = max(0, excess - bound)
    levels = sources.map { _ in nil }
    for (clip, level) in decided {
      levels[clip] = level
      levels[clip]?.ceilingReduction = ceilingReduction
      levels[clip]?.gain -= ceilingReduction
      levels[clip]?.targetLoudness = level.targetLoudness.map { $0 - ceilingReduction }
    }
    loudness = after.map { $0 - ceilingReduction }
    truePeak =
      rehearsals.compactMap { rehearsal -> Double? in
        guard rehearsal.result.truePeak.isFinite, let level = levels[rehearsal.clip] else { return nil }
        return min(rehearsal.result.truePeak + level.gain, level.ceiling ?? .infinity)
      }.max()
  }

  /// By how many dB a limiter may lower a clip's peaks.
  ///
  /// It is less where relations are kept, so that the gain can make up for the loudness that the limiter takes away.
  private var largestReduction: Double {
    relations == .kept ? Self.largestKeptReduction : Finisher.largestReduction
  }

  private static let largestKeptReduction = 6.0

  /// The ceiling in dBTP of a clip, by its own peak if ``followsOwnPeaks``; `nil` for none.
  func ceiling(ofClip index: Int) -> Double? {
    guard let ceiling = restyling.level.ceiling else { return nil }
    guard followsOwnPeaks else { return ceiling }
    return max(LevelAim.defaultCeiling, sources[index].truePeak ?? -.infinity)
  }

  /// The restyling for one clip: the common part with the clip's own tone, length and levels.
  public func restyling(ofClip index: Int) -> Restyling {
    var result = restyling.of(sources[index])
    result.level.ceiling = ceiling(ofClip: index)
    result.facts.contentLoudness = sources[index].loudness
    result.facts.contentTruePeak = sources[index].truePeak
    result.facts.warnings = clipWarnings[index]
    if members.indices.contains(index) { members[index].complete(&result) }
    if levelShifts.indices.contains(index) {
      result.loudness?.anchor -= levelShifts[index]
      result.envelope?.follow(-levelShifts[index])
    }
    if peakShifts.indices.contains(index) {
      result.peakThreshold = result.peakThreshold.map { $0 * Float(pow(10, -peakShifts[index] / 20)) }
    }
    return result
  }
}
