import AudioRestyle

/// The measured changes of a restyling, in words: tone in three ranges, dynamics, loudness.
struct DemoMeasurement {
  private let report: RestyleReport

  init(_ report: RestyleReport) {
    self.report = report
  }

  /// The changes in one line.
  var text: String {
    var parts: [String] = []
    for (name, range) in Self.ranges {
      if let change = meanChange(range, { ($0.mean ?? $0.requestedMean) - $0.contentMean }) {
        parts.append("\(name) \(Wording.gain(change))")
      }
    }
    if let change = meanChange(0..<20_000, { ($0.spread ?? $0.requestedSpread) - $0.contentSpread }) {
      parts.append("spread of levels \(Wording.gain(change))")
    }
    parts.append(
      "loudness \(Wording.level(report.contentLoudness, "LUFS")) → \(Wording.level(report.loudness, "LUFS"))")
    return parts.joined(separator: ", ")
  }

  private static let ranges: [(String, Range<Double>)] = [
    ("bass (to 250 Hz)", 0..<250), ("middle (to 4 kHz)", 250..<4000), ("treble", 4000..<20_000),
  ]

  /// The mean of a change over the shared channels whose centres lie in a range.
  private func meanChange(
    _ range: Range<Double>, _ change: (RestyleReport.ChannelReport) -> Double
  ) -> Double? {
    let channels = report.views.flatMap(\.channels).filter { $0.isShared && range.contains($0.frequency) }
    guard !channels.isEmpty else { return nil }
    return channels.reduce(0) { $0 + change($1) } / Double(channels.count)
  }
}
