import AudioFeatures
import Foundation
import Mastering
import Rendering
import Restylings
import SoundFiles
import StyleMethods
import StyleProfiles
import Tensors

/// One plan for several clips, so that the relations between them stay: an album, a sample pack.
///
/// What the clips X₁ … Xₙ have in common (``Sharing``) is made from the statistics of X₁ ∪ … ∪ Xₙ at their own
/// levels: activity gate, noise floor, bands shared with the style, the map of dynamics, and, where it is shared,
/// the tone. With L the integrated loudness of all clips as one programme (`LoudnessStatistics`: ITU-R BS.1770-4
/// gates all their blocks together), Lᵢ that of a clip, and primes for what is rendered, a clip's last gain is
///
///     gᵢ = Lᵢ + (target(L, style) − L) − L′ᵢ        relations kept
///     gᵢ = target(L, style) − L′                    relations as the map of dynamics leaves them; a pool
///
/// and all are lowered by the same number of dB until no clip's peak passes its own ceiling by more than a limiter
/// may lower it.
///
/// ```swift
/// var album = try AlbumPlan(paths.map { try restyler.measure($0) }, towards: styles, options: restyler.options)
/// while !album.isDecided { try album.take(paths.indices.map {
///   try restyler.rehearse(paths[$0], clip: $0, of: album, to: outputs[$0])
/// }) }
/// for index in paths.indices { try restyler.restyle(paths[index], clip: index, of: album, to: outputs[index]) }
/// ```
/// Clips can be measured, rehearsed and restyled in parallel; results do not depend on the order in time.
public struct AlbumPlan: Sendable {
  /// What clips have in common beside one plan of levels.
  public enum Sharing: String, CaseIterable, Hashable, Codable, Sendable {
    /// The map of dynamics: frames of equal levels get equal gains, and each clip has the tone that it needs.
    case dynamics
    /// The map of dynamics and the tone.
    case toneAndDynamics
    /// One static tone and one gain, for sounds that are too short to tell their tone or their dynamics: levels
    /// between them, attacks and decays stay (`PoolMethod` makes the tone).
    case colour
  }

  /// What becomes of differences of loudness between clips.
  public enum Relations: String, CaseIterable, Hashable, Codable, Sendable {
    /// They stay, whatever dynamics do.
    case kept
    /// They become what the map of dynamics makes of them.
    case mapped
  }

  /// What clips have in common.
  public let sharing: Sharing
  /// What becomes of differences of loudness between clips; a pool has one gain.
  public let relations: Relations
  /// The restyling of all clips so far, with the tone of all.
  public var restyling: Restyling { draft.restyling }
  private var draft: RestylingDraft
  /// What is decided for each clip, once known, in order.
  public private(set) var levels: [LevelDecision?] = []
  /// The loudness of all results as one programme in LUFS, once known; `nil` for silence.
  public private(set) var loudness: Double?
  /// The highest true peak of all results in dBTP, once known; `nil` for silence.
  public private(set) var truePeak: Double?
  /// By how many dB all clips are lowered for the ceiling.
  public private(set) var ceilingReduction = 0.0
  /// What the user should know about all clips.
  public private(set) var warnings: [RestyleWarning]
  /// The clips, in order.
  public let sources: [ProfileSource]
  /// Whether each clip's ceiling goes by its own peak.
  private let followsOwnPeaks: Bool
  /// What is each clip's own; nothing for a pool.
  private var members: [AlbumMember]
  /// By how many dB each clip was moved to the programme's loudness: with its tone alone, and in the last trial.
  private var levelShifts: [Double] = []
  private var peakShifts: [Double] = []
  /// What is odd about each clip.
  private let clipWarnings: [[RestyleWarning]]
  /// How many refinements are still to be made.
  private var refinementsLeft: Int
  /// Whether the next rehearsals listen to the clips' envelopes, so that dynamics can follow them.
  private(set) var listens: Bool
  /// Whether the rehearsals before listened.
  private var hasListened = false
  /// The filters of a tone that all clips share, by sample rate.
  let filters: ToneFilters

  /// Whether all is decided, and the clips can be restyled; before that they are to be rehearsed.
  public var isDecided: Bool { !levels.isEmpty }

  /// The number of the refinement that the next rehearsals serve; `nil` where they serve the level.
  var refinementRound: Int? {
    refinementsLeft > 0 ? restyling.facts.refinements + 1 : nil
  }

  /// How much of a refinement is done when a share of the next rehearsal is.
  func share(ofRound share: Double) -> Double {
    listens ? share / 2 : hasListened ? (1 + share) / 2 : share
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
  ///   - options: What is done.
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
    listens = refinementsLeft > 0 && draft.aims.listens
    warnings = draft.restyling.facts.warnings
    draft.restyling.facts.warnings = []
    filters = ToneFilters(draft.restyling)
  }

  /// What the plan makes of one clip: a trial without output.
  public struct Rehearsal: Sendable {
    /// The clip's place.
    var clip: Int
    var result: RenderResult
    /// What the clip's peaks must not pass; nil where there is no ceiling.
    var ceilings: PeakLimiter.Ceilings?
  }

  /// Takes the rehearsals of all clips, in their order, and refines the restyling or decides the level.
  ///
  /// A clip that could not be rehearsed is left out.
  ///
  /// - Throws: `ShapeError` for rehearsals of another plan.
  /// - Precondition: There is at least one.
  public mutating func take(_ rehearsals: [Rehearsal]) throws {
    let all = try Self.merged(rehearsals.map(\.result))
    hasListened = listens
    // Where relations are kept, dynamics act about each clip's own loudness.
    let leveled = try refinementRound == nil ? all : self.leveled(rehearsals, to: all)
    if listens {
      listens = false
      levelShifts = peakShifts
      draft.restyling = restyling.following(leveled, aims: draft.aims)
      // What the gain leads to is to be rehearsed.
      if restyling.followsSamples { return }
    }
    if refinementRound != nil {
      let (refined, common) = restyling.refinement(
        by: leveled, requested: restyling.views.map(\.requested), aims: draft.aims)
      for rehearsal in rehearsals where members.indices.contains(rehearsal.clip) {
        let clip = rehearsal.clip
        let own = members[clip].refine(restyling(ofClip: clip), by: rehearsal.result, draft.aims.loudness)
        // What goes by levels moves with the clip's own tone, not with that of all.
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

  /// What was found, with all clips at the loudness of the programme where relations are kept; notes by how much each
  /// was moved.
  private mutating func leveled(_ rehearsals: [Rehearsal], to all: RenderResult) throws -> RenderResult {
    guard keepsRelations, let common = all.loudness(afterGain: 0) else { return all }
    peakShifts = sources.map { _ in 0 }
    for rehearsal in rehearsals {
      // Room tone that passes no gate stays as soft as it is.
      let own = rehearsal.result.loudness.integratedLoudness(afterGain: 0)
      peakShifts[rehearsal.clip] = own.map { common - $0 } ?? 0
    }
    return try Self.merged(rehearsals.map { $0.result.moved(by: peakShifts[$0.clip]) })
  }

  /// Whether differences of loudness between several clips stay.
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

  /// By how many dB a limiter may lower a clip's peaks: where loudness relations are kept, so little that it can
  /// make up for the loudness that it takes away.
  private var largestReduction: Double {
    relations == .kept ? Self.largestKeptReduction : Finisher.largestReduction
  }

  private static let largestKeptReduction = 6.0

  /// The ceiling in dBTP of a clip, by its own peak where that counts; `nil` for none.
  func ceiling(ofClip index: Int) -> Double? {
    guard let ceiling = restyling.level.ceiling else { return nil }
    guard followsOwnPeaks else { return ceiling }
    return max(LevelAim.defaultCeiling, sources[index].truePeak ?? -.infinity)
  }

  /// The restyling for one clip: what is common, with the clip's own tone, length and levels.
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
