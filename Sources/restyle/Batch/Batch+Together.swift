import AudioRestyle

extension Batch {
  /// Restyles all clips as one programme; in a grid, once for each style.
  ///
  /// A content that cannot be measured or rehearsed is left out, and counts as failed.
  ///
  /// - Throws: ``RestyleError`` where the clips do not fit each other or the style.
  func restyleTogether() throws {
    let measured = measureContents()
    for style in Set(clips.map(\.clip.style)).sorted(by: { $0 ?? 0 < $1 ?? 0 }) {
      let members = clips.indices.filter {
        clips[$0].clip.style == style && measured[clips[$0].clip.content] != nil
      }
      guard !members.isEmpty else { continue }
      guard try restyleTogether(members, measured) else { return }
    }
  }

  /// Measures every content once; clips of those that cannot be are taken as failed.
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

  /// Plans, rehearses and restyles the clips of one style.
  ///
  /// - Returns: Whether to go on with others.
  private func restyleTogether(_ members: [Int], _ measured: [String: ContentMeasurement]) throws -> Bool {
    let style = job.style(of: clips[members[0]].clip)?.path
    var album = try AlbumPlan(
      members.compactMap { measured[clips[$0].clip.content] }, towards: styles(of: clips[members[0]].clip),
      options: job.options)
    var places = Array(members.indices)
    while !album.isDecided {
      let (plan, left) = (album, places)
      let rehearsals = Workers.map(left.count, jobs: job.jobCount) { number in
        let place = left[number]
        let clip = clips[members[place]].clip
        return try restyler(members[place]).rehearse(
          clip.content, clip: place, of: plan, to: clip.output,
          progress: mover(members[place], isRehearsal: true))
      }
      places = []
      var heard: [AlbumPlan.Rehearsal] = []
      for (place, result) in zip(left, rehearsals) {
        switch result {
        case .success(let rehearsal):
          places.append(place)
          heard.append(rehearsal)
        case .failure(let error): _ = fail(members[place], error)
        case nil: preconditionFailure("all clips are begun")
        }
      }
      guard !heard.isEmpty else { return true }
      try album.take(heard)
    }
    let decided = ApplyReport.Together(
      style: style, clipCount: places.count, contentLoudness: album.restyling.facts.contentLoudness,
      loudness: album.loudness, truePeak: album.truePeak, level: album.level,
      warnings: album.warnings.map(\.text))
    note { $0.together.append(decided) }
    if job.printsClips { progress.print { decided.print() } }
    let (plan, left) = (album, places)
    let goesOn = Guarded(true)
    Workers.run(left.count, jobs: job.jobCount) { number in
      let index = members[left[number]]
      let clip = clips[index].clip
      let isFine = run(index) {
        try restyler(index).restyle(
          clip.content, clip: left[number], of: plan, to: clip.output,
          progress: mover(index))
      }
      if !isFine { goesOn.with { $0 = false } }
      return isFine
    }
    return goesOn.with { $0 }
  }
}
