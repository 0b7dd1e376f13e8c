import AudioFeatures
import SoundFiles
import Tensors

/// One restyling and one last gain for several clips, so that the relations between them stay: an album, a sample pack.
///
/// With X₁ … Xₙ the clips, the restyling is that of their concatenation:
///
///     g(x) = adain(x; statistics of X₁ ∪ … ∪ Xₙ, style) − x        for every frame of every clip
///     G    = target(L, style) − L′,  lowered so that max peak ≤ ceiling(max peak of the contents)
///                                    (with a limiter: by no more than it may lower peaks)
///
/// where L and L′ are the integrated loudness of all clips as one programme before and after g
/// (`LoudnessStatistics`: ITU-R BS.1770-4 gates all their blocks together). Activity gate, noise floor, bands shared
/// with the style and refinements come from all clips as well. Two frames of the same levels get the same gain,
/// whichever clips they are in; from the concatenation differ only frames and blocks across borders, which clips by themselves do not
/// have.
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
  /// The restyling of all clips so far.
  public var restyling: Restyling { draft.restyling }
  private var draft: RestylingDraft
  /// The last gain and what decided it, once known.
  public private(set) var level: LevelDecision?
  /// The loudness of all results as one programme in LUFS, once known; `nil` for silence.
  public private(set) var loudness: Double?
  /// The highest true peak of all results in dBTP, once known; `nil` for silence.
  public private(set) var truePeak: Double?
  /// What the user should know about all clips.
  public private(set) var warnings: [RestyleWarning]
  /// The clips, in order.
  public let sources: [ProfileSource]
  /// How many refinements are still to be made.
  private var refinementsLeft: Int
  /// Whether the next rehearsals listen to the clips' envelopes, so that dynamics can follow them.
  private(set) var listens: Bool
  /// Whether the rehearsals before listened.
  private var hasListened = false

  /// Whether all is decided, and the clips can be restyled; before that they are to be rehearsed.
  public var isDecided: Bool { level != nil }

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
    _ contents: [ContentMeasurement], towards styles: [WeightedStyle], options: RestyleOptions
  ) throws {
    guard var all = contents.first else { throw RestyleError.invalidOption("no clips to restyle together") }
    for content in contents.dropFirst() { try all.merge(content) }
    draft = try Restyler(options: options).draft(of: all, towards: styles)
    sources = all.sources
    refinementsLeft = draft.restyling.passesSamples ? 0 : options.refinements
    listens = refinementsLeft > 0 && draft.aims.listens
    warnings = draft.restyling.facts.warnings
    draft.restyling.facts.warnings = []
  }

  /// What the plan makes of one clip: a trial without output.
  public struct Rehearsal: Sendable {
    var result: RenderResult
    /// What the clip's peaks must not pass; nil where there is no ceiling.
    var ceilings: PeakLimiter.Ceilings?
  }

  /// Takes the rehearsals of all clips, in their order, and refines the restyling or decides the level.
  ///
  /// - Throws: `ShapeError` for rehearsals of another plan.
  /// - Precondition: There is at least one.
  public mutating func take(_ rehearsals: [Rehearsal]) throws {
    guard var all = rehearsals.first?.result else { preconditionFailure("expected rehearsals, found none") }
    for other in rehearsals.dropFirst() { try all.merge(other.result) }
    hasListened = listens
    if listens {
      listens = false
      draft.restyling = restyling.following(all, aims: draft.aims)
      // What the gain leads to is to be rehearsed.
      if restyling.followsSamples { return }
    }
    if refinementRound != nil {
      draft.restyling = restyling.refined(
        by: all, requested: restyling.views.map(\.requested), aims: draft.aims)
      refinementsLeft -= 1
    } else {
      level = level(for: all, under: rehearsals.compactMap(\.ceilings))
      loudness = all.loudness(afterGain: level?.gain ?? 0)
      truePeak =
        all.truePeak.isFinite ? min(all.truePeak + (level?.gain ?? 0), level?.ceiling ?? .infinity) : nil
    }
  }

  /// One gain for all clips: what the loudness asks for, lowered so that no peak passes its ceiling, or passes it by no more than
  /// a limiter may lower it.
  private mutating func level(
    for result: RenderResult, under ceilings: [PeakLimiter.Ceilings]
  ) -> LevelDecision {
    var (level, found) = LevelDecision.decided(restyling.level, result)
    warnings += found
    guard let first = ceilings.first, !(restyling.isIdentity && level.gain == 0) else { return level }
    let lowest = ceilings.reduce(first) {
      PeakLimiter.Ceilings(truePeak: min($0.truePeak, $1.truePeak), sample: min($0.sample, $1.sample))
    }
    let allowed = restyling.level.peaks == .limit ? Finisher.largestReduction : 0
    level.ceilingReduction = max(0, result.excess(over: lowest, atGain: level.gain) - allowed)
    level.gain -= level.ceilingReduction
    return level
  }

  /// The ceiling in dBTP of all clips; `nil` for none.
  var ceiling: Double? { restyling.level.ceiling }

  /// The restyling for one clip: that of all, with the clip's own length.
  func restyling(ofClip index: Int) -> Restyling { restyling.of(sources[index]) }
}
