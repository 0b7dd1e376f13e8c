/// The capability table as people read it.
extension FormatCapability {
  /// All rows as a Markdown table; rows of a container that differ in the encoding alone are one line.
  public static var markdownTable: String {
    var lines = [
      "| format | encodings | channels | sample rates | text fields | limits |",
      "|---|---|---|---|---|---|",
    ]
    var groups: [[FormatCapability]] = []
    for row in all {
      if let last = groups.last?.first, last.isLike(row) {
        groups[groups.count - 1].append(row)
      } else {
        groups.append([row])
      }
    }
    for group in groups {
      guard let row = group.first else { continue }
      let encodings = group.map(\.format.encoding.name).joined(separator: ", ")
      let channels = row.maximumChannelCount == 1 ? "1" : "1–\(row.maximumChannelCount)"
      let cells = [
        row.format.container.name, encodings, channels, row.sampleRates.text, row.fieldsText, row.limitsText,
      ]
      lines.append("| " + cells.joined(separator: " | ") + " |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func isLike(_ other: FormatCapability) -> Bool {
    format.container == other.format.container && maximumChannelCount == other.maximumChannelCount
      && sampleRates == other.sampleRates && holdsZeroFrames == other.holdsZeroFrames
      && fields == other.fields
      && maximumByteCount == other.maximumByteCount
  }

  private var fieldsText: String {
    if fields.isEmpty { return "none" }
    let all = SoundMetadata.Field.allCases
    let missing = all.filter { !fields.contains($0) }.map(\.name)
    if missing.isEmpty { return "all" }
    let kept = all.filter { fields.contains($0) }.map(\.name)
    return missing.count < kept.count
      ? "all but " + missing.joined(separator: ", ") : kept.joined(separator: ", ")
  }

  private var limitsText: String {
    var limits: [String] = []
    if maximumByteCount != nil { limits.append(format.canBecomeRF64 ? "RF64 beyond 4.2 GB" : "4.2 GB") }
    if !holdsZeroFrames { limits.append("at least 1 frame") }
    return limits.isEmpty ? "–" : limits.joined(separator: "; ")
  }
}
