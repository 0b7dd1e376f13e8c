import SoundFiles

extension ApplyJob {
  /// Whether a result has a record, which then decides whether it may be replaced.
  func isRecorded(_ output: String) -> Bool {
    keepsRecords && Paths.exists(OutputRecord.path(of: output))
  }

  /// The clips whose results are not there; those that are there are noted.
  ///
  /// What cannot be read fails later, by itself.
  func missing(
    _ clips: [PreparedClip], _ book: RecordBook, _ report: inout ApplyReport
  ) -> [PreparedClip] {
    let states = Workers.map(clips.count, jobs: jobCount) { index in
      let clip = clips[index]
      return try book.state(of: clip.clip.output, book.origin(of: clip, self, programme: nil))
    }
    var left: [PreparedClip] = []
    for (clip, state) in zip(clips, states) {
      if case .success(.done)? = state {
        report.skipped.append(clip.clip)
      } else {
        var clip = clip
        clip.piece = left.count
        left.append(clip)
      }
    }
    return left
  }
}
