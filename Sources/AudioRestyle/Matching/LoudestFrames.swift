/// The frames of a sample in order of their loudness.
///
/// A compressor lifts pauses into the range that counts as active, so the active frames of two recordings of the same voice may
/// be half of one and all of the other. Equal shares of the loudest frames stay comparable: a compressor keeps their order.
struct LoudestFrames {
  /// All frames within 60 dB of the 98th percentile of their level, the loudest first.
  let all: FrameRows
  /// The share of them that lie within 40 dB of it.
  let activeShare: Double

  private static let range = 60.0
  private static let activeRange = 40.0

  /// Orders frames; nil where there are none.
  init?(_ rows: FrameRows) {
    let levels = rows.broadband
    guard !levels.isEmpty else { return nil }
    let top = levels.ranked((levels.count - 1) * 98 / 100)
    // Frames of one level stay in the sample's order.
    let order = levels.indices.filter { levels[$0] >= top - Self.range }
      .sorted { levels[$0] != levels[$1] ? levels[$0] > levels[$1] : $0 < $1 }
    all = rows.rows(order)
    activeShare = Double(order.count { levels[$0] >= top - Self.activeRange }) / Double(order.count)
  }

  /// The loudest frames of two recordings, an equal share of each: that of the one with fewer active frames.
  static func comparable(_ first: LoudestFrames, _ second: LoudestFrames) -> (FrameRows, FrameRows) {
    let share = min(first.activeShare, second.activeShare)
    return (first.rows(share: share), second.rows(share: share))
  }

  /// The loudest frames, as many as a share of all.
  func rows(share: Double) -> FrameRows {
    all.rows(Array(0..<max(1, Int((share * Double(all.count)).rounded(.up)))))
  }
}
