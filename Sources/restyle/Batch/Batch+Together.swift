import AudioFeatures
import AudioRestyle
import SoundFiles

extension Batch {
  /// Restyles all clips as one programme; in a grid, once for each style.
  ///
  /// A content that cannot be measured or rehearsed is left out and counts as failed. In a grid, a style that cannot be
  /// used fails with its own clips.
  ///
  /// - Throws: ``RestyleError`` where the clips do not fit each other, or do not fit the style without a grid.
  func restyleTogether() throws {
    let measured = measureContents()
    for style in Set(clips.map(\.clip.style)).sorted(by: { $0 ?? 0 < $1 ?? 0 }) {
      let members = clips.indices.filter {
        clips[$0].clip.style == style && measured[clips[$0].clip.content] != nil
      }
      guard !members.isEmpty else { continue }
      let plan: AlbumPlan
      do {
        plan = try self.plan(members, measured)
      } catch {
        guard let style = job.style(of: clips[members[0]].clip) else { throw error }
        guard fail(members, error, file: style.path) else { return }
        continue
      }
      guard restyle(members.enumerated().map { (place: $0, index: $1) }, by: plan) else { return }
    }
  }

  /// Notes clips that fail for one reason.
  ///
  /// - Parameter file: The file that caused the failure; `nil` for the content of each clip.
  /// - Returns: Whether the work goes on with other clips.
  func fail(_ members: [Int], _ error: any Error, file: String? = nil) -> Bool {
    var goesOn = true
    for index in members where goesOn { goesOn = fail(index, error, file: file) }
    return goesOn
  }

  /// Measures every content once; the clips of contents that cannot be measured count as failed.
  private func measureContents() -> [String: ContentMeasurement] {
    var first: [String: Int] = [:]
    for index in clips.indices where first[clips[index].clip.content] == nil {
      first[clips[index].clip.content] = index
    }
    let indices = first.values.sorted()
    let results = Workers.map(indices.count, jobs: job.jobCount) { position in
      let index = indices[position]
      return try restyler(index).measure(
        clips[index].clip.content, progress: mover(index))
    }
    var measured: [String: ContentMeasurement] = [:]
    for (index, result) in zip(indices, results) {
      let content = clips[index].clip.content
      switch result {
      case .success(let measurement): measured[content] = measurement
      case .failure(let error):
        for other in clips.indices where clips[other].clip.content == content { _ = fail(other, error) }
      case nil: preconditionFailure("all contents are begun")
      }
    }
    return measured
  }

  /// Plans the clips of one style.
  private func plan(_ members: [Int], _ measured: [String: ContentMeasurement]) throws -> AlbumPlan {
    guard let shared = job.album else { preconditionFailure("the clips are planned by themselves") }
    let contents = members.compactMap { measured[clips[$0].clip.content] }
    // Short sounds alone form a pack, with one tone and one gain.
    let sounding = members.filter { measured[clips[$0].clip.content]?.hasActiveSound == true }
    let isPack =
      formsPacks && sounding.count > 1
      && sounding.allSatisfy { clips[$0].isBesideShort || measured[clips[$0].clip.content]?.isShort == true }
    return try AlbumPlan(
      contents, towards: styles(of: clips[members[0]].clip), options: job.options,
      sharing: isPack ? .colour : shared.sharing, relations: isPack ? .mapped : shared.relations)
  }

  /// Rehearses and restyles the clips of a plan.
  ///
  /// - Parameters:
  ///   - members: The clips with their places in the plan, in order; a clip that fails is left out.
  ///   - plan: The plan of these clips.
  /// - Returns: Whether the work goes on with others.
  func restyle(_ members: [(place: Int, index: Int)], by plan: AlbumPlan) -> Bool {
    var (album, left) = (plan, members)
    while !album.isDecided {
      let (plan, open) = (album, left)
      let results = Workers.map(open.count, jobs: job.jobCount) { number in
        let (place, index) = open[number]
        return try restyler(index).rehearse(
          clips[index].clip.content, clip: place, of: plan, to: clips[index].clip.output,
          progress: mover(index, isRehearsal: true))
      }
      left = []
      var rehearsals: [AlbumPlan.Rehearsal] = []
      for (member, result) in zip(open, results) {
        switch result {
        case .success(let rehearsal):
          left.append(member)
          rehearsals.append(rehearsal)
        case .failure(let error): _ = fail(member.index, error)
        case nil: preconditionFailure("all clips are begun")
        }
      }
      guard !rehearsals.isEmpty else { return true }
      do {
        try album.take(rehearsals)
      } catch {
        return fail(left.map(\.index), error)
      }
    }
    let decided = ApplyReport.Together(
      album, style: job.style(of: clips[members[0].index].clip)?.path, clipCount: left.count)
    note { $0.together.append(decided) }
    if job.printsClips { progress.print { decided.print() } }
    let (decidedPlan, done) = (album, left)
    // Clips that could not be rehearsed still have their part in the plan.
    let programme: String?
    do {
      programme = try self.programme(of: members.map(\.index) + done.map(\.index))
    } catch {
      return fail(done.map(\.index), error)
    }
    let goesOn = Guarded(true)
    Workers.run(done.count, jobs: job.jobCount) { number in
      let (place, index) = done[number]
      let isFine = run(index, programme: programme) {
        try restyler(index).restyle(
          clips[index].clip.content, clip: place, of: decidedPlan, to: clips[index].clip.output,
          progress: mover(index))
      }
      if !isFine { goesOn.with { $0 = false } }
      return isFine
    }
    return goesOn.with { $0 }
  }
}

extension Batch {
  /// Plans the restyling of a mix, and restyles its stems by the plan.
  ///
  /// A stem that cannot be restyled does not stop the others.
  ///
  /// - Throws: The error that prevents measuring or rendering the mix.
  func restyleStems(of mix: String) throws {
    var restyler = FileRestyler(options: job.options, output: job.output, threads: job.threads)
    let progress = progress
    let mover: FileRestyler.Progress = { progress.update(mix: $0, $1) }
    // The temporary file of the rendered mix lies in the folder of the stems.
    let folder = OutputFile.folder(of: clips[0].clip.output)
    let styles = styles.compactMap(\.self)
    let plan =
      if case .change(let restyling, _) = job.target {
        try restyler.plan(
          like: mix, by: restyling, anchoring: job.anchoring, folder: folder, progress: mover)
      } else {
        try restyler.plan(like: mix, towards: styles, folder: folder, progress: mover)
      }
    progress.finishMix()
    let found = ApplyReport.Mix(
      path: mix, result: ownPart(of: plan.report), takenTone: takenTone(plan.report, towards: styles))
    note { $0.like = found }
    if job.printsClips { progress.print { found.print(isSummarised: job.clips.count > 1) } }
    restyler.threads = job.threads(forClips: clips.count)
    Workers.run(clips.count, jobs: job.jobCount) { [restyler] index in
      let clip = clips[index].clip
      return run(index) {
        var own = restyler
        own.output = output(index)
        return try own.restyle(clip.content, like: plan, to: clip.output, progress: self.mover(index))
      }
    }
  }
}
