import AudioRestyle
import SoundFiles

extension Batch {
  /// Works out what is done to a mix, and restyles its stems by that.
  ///
  /// A stem that cannot be restyled does not keep the others from it.
  ///
  /// - Throws: What keeps the mix from being measured and rendered.
  func restyleStems(of mix: String) throws {
    var restyler = FileRestyler(options: job.options, output: job.output, threads: job.threads)
    let progress = progress
    let mover: FileRestyler.Progress = { progress.update(mix: $0, $1) }
    // The rendered mix lies where its stems will.
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
      path: mix, result: plan.report, takenTone: takenTone(plan.report, towards: styles))
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
