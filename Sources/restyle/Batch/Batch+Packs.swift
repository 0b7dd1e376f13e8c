import AudioFeatures
import AudioRestyle
import SoundFiles

/// Packs of short sounds, which get one tone and one gain.
///
/// A short sound has too little material to tell the recording chain from what was recorded. Where most contents are
/// short, the longer ones among them (cymbals, gongs, loops) belong to the same pack.
extension ApplyJob {
  /// The longest file in seconds that is measured beforehand, to find out whether it is a short sound.
  private static let longestFile = 10.0

  /// Whether short sounds are planned together; only `match` needs this, as it would fit each sound to the style.
  var formsPacks: Bool {
    guard case .styles = target, options.method == .match, !options.changesNothing, !plansAlone else {
      return false
    }
    return true
  }

  /// Whether a clip may belong to a pack; measuring decides whether it is short.
  func mayBeInPack(_ clip: PreparedClip) -> Bool {
    (clip.isBesideShort || clip.duration <= Self.longestFile) && !Paths.isStream(clip.clip.content)
  }

  /// Marks the clips that belong to a pack whether they are short or not: more than half of all files are short.
  func markPack(_ clips: inout [PreparedClip]) {
    guard formsPacks else { return }
    let durations = Dictionary(
      clips.filter { !Paths.isStream($0.clip.content) }.map { ($0.clip.content, $0.duration) }
    ) { first, _ in first }
    let shortCount = durations.values.count { $0 < StyleProfile.shortDuration }
    guard shortCount > 1, 2 * shortCount > durations.count else { return }
    for index in clips.indices {
      clips[index].isBesideShort = clips[index].duration <= StyleProfile.longestOfPack
    }
  }
}

extension Batch {
  /// Whether short sounds are planned together.
  var formsPacks: Bool { job.formsPacks }

  /// The state of the measured contents.
  private struct Pool {
    /// The merged measurement of the pack's contents so far.
    var measurement: ContentMeasurement?
    /// The numbers of these contents, in order.
    var contents: [Int] = []
    /// Whether the work goes on.
    var goesOn = true
  }

  /// The result for a content.
  private enum Found: Sendable {
    case member(ContentMeasurement, Int)
    /// The content was restyled at once, or failed.
    case done
  }

  /// Restyles the short sounds of a job together, towards each style of a grid.
  ///
  /// Contents that turn out not to belong to the pack are restyled at once.
  ///
  /// - Returns: The clips that are left, in order; `nil` where an error stopped the work.
  func restylePacks() -> [Int]? {
    let all = Array(clips.indices)
    let contents = candidates()
    // Records say whether a sound was found to be short, also of a single one.
    guard contents.count > 1 || (book != nil && !contents.isEmpty) else { return all }
    let pool = Guarded(Pool())
    let inOrder = InOrder<Found> { found in
      guard case .member(let measurement, let number) = found else { return }
      pool.with { pool in
        do {
          if pool.measurement == nil {
            pool.measurement = measurement
          } else {
            try pool.measurement?.merge(measurement)
          }
          pool.contents.append(number)
        } catch {
          preconditionFailure("measurements of one learner have one layout: \(error)")
        }
      }
    }
    Workers.run(contents.count, jobs: job.jobCount) { [self] number in
      let own = contents[number]
      var goesOn = true
      do {
        let measurement =
          try measuredAhead?.get()
          ?? restyler(own[0]).measure(clips[own[0]].clip.content, progress: mover(own[0]))
        // A silent file is no sound of a pack.
        if measurement.isShort || clips[own[0]].isBesideShort, measurement.hasActiveSound {
          inOrder.add(.member(measurement, number), at: number)
          return true
        }
        for index in own where goesOn {
          goesOn = run(index) { try restyle(index, measured: measurement) }
        }
      } catch {
        for index in own where goesOn { goesOn = fail(index, error) }
      }
      inOrder.add(.done, at: number)
      if !goesOn { pool.with { $0.goesOn = false } }
      return goesOn
    }
    let found = pool.with { $0 }
    guard found.goesOn else { return nil }
    guard let measurement = found.measurement, restylePool(measurement, found.contents.map { contents[$0] })
    else { return found.measurement == nil ? rest(contents) : nil }
    return rest(contents)
  }

  /// The clips whose contents were not measured.
  private func rest(_ contents: [[Int]]) -> [Int] {
    let done = Set(contents.joined())
    return clips.indices.filter { !done.contains($0) }
  }

  /// Restyles the clips of a pool's contents.
  ///
  /// - Returns: Whether the work goes on.
  private func restylePool(_ measurement: ContentMeasurement, _ contents: [[Int]]) -> Bool {
    guard contents.count > 1 else {
      return contents[0].allSatisfy { index in
        do {
          // A single short sound depends on having no other beside it, so its record has a programme.
          return run(index, programme: try programme(of: [index])) {
            try restyle(index, measured: measurement)
          }
        } catch {
          return fail(index, error)
        }
      }
    }
    let styles = Set(contents.joined().map { clips[$0].clip.style })
    for style in styles.sorted(by: { $0 ?? 0 < $1 ?? 0 }) {
      let members = contents.enumerated().flatMap { place, own in
        own.filter { clips[$0].clip.style == style }.map { (place: place, index: $0) }
      }
      let plan: AlbumPlan
      do {
        plan = try AlbumPlan(
          pool: measurement, towards: self.styles(of: clips[members[0].index].clip), options: job.options)
      } catch {
        let file = job.style(of: clips[members[0].index].clip)?.path
        guard fail(members.map(\.index), error, file: file) else { return false }
        continue
      }
      guard restyle(members, by: plan) else { return false }
    }
    return true
  }

  private func restyle(_ index: Int, measured: ContentMeasurement) throws -> RestyleReport {
    let clip = clips[index].clip
    return try restyler(index).restyle(
      clip.content, measured: measured, towards: styles(of: clip), to: clip.output, progress: mover(index))
  }

  /// The clips of each content that may belong to a pack, in order; empty where no pack is formed.
  private func candidates() -> [[Int]] {
    guard formsPacks else { return [] }
    var order: [String] = []
    var members: [String: [Int]] = [:]
    for index in clips.indices where job.mayBeInPack(clips[index]) {
      let content = clips[index].clip.content
      if members[content] == nil { order.append(content) }
      members[content, default: []].append(index)
    }
    return order.compactMap { members[$0] }
  }
}
