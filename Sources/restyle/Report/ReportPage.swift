import AudioRestyle
import Foundation
import Plots
import SoundFiles

/// A self-contained page that shows the changes of restylings; it needs no network.
///
/// The page is written piece by piece, so that memory holds the sound and the pictures of one clip at a time.
struct ReportPage {
  /// The clips.
  var entries: [ReportEntry]
  /// The report on all clips; `nil` where several runs made them.
  var report: ApplyReport? = nil
  /// The title.
  var title: String
  /// The seconds of each sound on the page; `nil` is 20 for one clip, and 6 to 20 for each of several.
  var audioSeconds: Double? = nil
  /// The number of files that are read at a time.
  var jobs = ProcessInfo.processInfo.activeProcessorCount

  /// The most clips with pictures, and the most of these with sound; the index lists all clips.
  static let (picturedClips, soundingClips) = (24, 12)
  /// The most seconds of sound of a clip, those of all clips together, and the least of a clip.
  private static let (longest, together, shortest) = (20.0, 120.0, 6.0)

  /// The seconds of each sound on the page.
  private var seconds: Double {
    audioSeconds
      ?? min(
        Self.longest,
        max(Self.shortest, Self.together / Double(max(1, min(entries.count, Self.soundingClips)))))
  }

  /// Writes the page.
  ///
  /// - Parameters:
  ///   - path: The path of the page.
  ///   - overwrites: Whether an existing file may be replaced.
  ///   - progress: Called with the finished share, 0 to 1.
  func write(to path: String, overwrites: Bool, progress: (Double) -> Void = { _ in }) throws {
    let file = try OutputFile(path: path, overwrites: overwrites)
    func put(_ text: String) throws { try file.write(Array(text.utf8)) }
    let pictured = Array(entries.prefix(Self.picturedClips))
    try put(PageMarkup.head(title: title))
    try put(
      "<header>" + PageMarkup.element("h1", title) + "\n" + introduction + "</header>\n<main id=\"main\">\n")
    if entries.count != 1 { try put(index) }
    var audio = AudioStore(seconds: seconds)
    let styles = try overviews(of: pictured)
    if pictured.count > 1, !styles.isEmpty { try put(stylesSection(styles)) }
    for (offset, entry) in pictured.enumerated() {
      progress(Double(offset) / Double(pictured.count))
      let ownStyles = entry.styles.compactMap { styles[$0] }
      let isSounding = offset < Self.soundingClips && seconds > 0
      // Content and result are read at the same time, as both take equally long.
      let read = Workers.map(2, jobs: jobs) { number in
        try ClipOverview(
          reading: number == 0 ? entry.clip.content : entry.clip.output,
          highestFrequency: Self.highestFrequency(entry), threads: 1)
      }
      guard let content = try read[0]?.get(), let result = try read[1]?.get() else { continue }
      let section = ReportSection(
        entry: entry, number: offset + 1, content: content, result: result, styles: ownStyles,
        showsStyles: pictured.count == 1)
      var player = ""
      if isSounding {
        let tracks = try audio.tracks(content: content, result: result, styles: ownStyles, jobs: jobs)
        for (id, sound) in audio.takeNew() { try put(ReportPlayer.sound(sound, id: id)) }
        player = try ReportPlayer.markup(tracks, id: "player-\(offset + 1)", name: section.title)
        player += AudioExcerpts.note(on: ownStyles)
      }
      try put(section.markup(player: player))
    }
    try put("</main>\n<footer>\(footer)")
    if var rest = report {
      // Clips with their own sections have their numbers there.
      rest.clips = Array(rest.clips.dropFirst(pictured.count))
      try put(PageMarkup.data(rest, id: "report-data", name: "The whole run as JSON"))
    }
    try put("</footer>\n" + PageMarkup.foot)
    try file.commit()
  }

  private static func highestFrequency(_ entry: ReportEntry) -> Double {
    let rate = entry.clip.result.restyling?.facts.content.first?.sampleRate ?? 48_000
    return min(20_000, rate / 2)
  }

  /// The styles of the clips by path, each read once.
  private func overviews(of entries: [ReportEntry]) throws -> [String: ClipOverview] {
    var paths: [String] = []
    for entry in entries {
      for path in entry.styles.prefix(3) where !paths.contains(path) { paths.append(path) }
    }
    let highest = entries.map(Self.highestFrequency).max() ?? 20_000
    let (all, isSeveral) = (paths, paths.count > 1)
    let found = Workers.map(all.count, jobs: jobs) { number in
      try ClipOverview(reading: all[number], highestFrequency: highest, threads: isSeveral ? 1 : nil)
    }
    return try Dictionary(
      uniqueKeysWithValues: zip(all, found.map { try $0?.get() }).compactMap { path, clip in
        clip.map { (path, $0) }
      })
  }

  private var introduction: String {
    let count = entries.count
    var text = count == 1 ? "What was done to one clip" : "What was done to \(Wording.count(count, "clip"))"
    text += ", as it looks, sounds and measures. The page holds all it needs and asks nothing of a network."
    var html = PageMarkup.element("p", text, ["class": "muted"])
    if count > Self.picturedClips {
      html += PageMarkup.element(
        "p",
        "The first \(Self.picturedClips) clips have pictures, the first \(Self.soundingClips) of them sound; "
          + "the index has all.",
        ["class": "muted"])
    } else if count > Self.soundingClips {
      html += PageMarkup.element(
        "p", "The first \(Self.soundingClips) clips have sound.", ["class": "muted"])
    }
    return html + "\n"
  }

  private var footer: String {
    PageMarkup.element("p", "Made by restyle \(RestyleCommand.version).") + "\n"
  }

  /// A table of all clips, and the failures.
  private var index: String {
    let hasStyles = entries.contains { $0.clip.style != nil }
    let rows = entries.enumerated().map { number, entry in
      let (clip, result) = (entry.clip, entry.clip.result)
      let name = Markup.escaped(entry.title ?? Paths.name(clip.content))
      let ratio = result.restyling.flatMap { ChangeSummary($0).ratio }
      let dynamics = ratio.map {
        $0 > 1 ? String(format: "compressed %.1f:1", $0) : String(format: "expanded 1:%.1f", 1 / $0)
      }
      func level(_ value: Double?) -> String {
        value.map { String(format: "%.1f", $0).withMinus } ?? "–"
      }
      return [number < Self.picturedClips ? "<a href=\"#clip-\(number + 1)\">\(name)</a>" : name]
        + (hasStyles ? [Markup.escaped(clip.style.map(Paths.name) ?? "")] : [])
        + [
          Markup.escaped(result.isCopy || result.isReencoded ? "copied" : dynamics ?? "as it was"),
          level(result.contentLoudness), level(result.loudness),
          level(result.truePeak),
          result.warnings.isEmpty ? "" : "\(result.warnings.count)",
        ]
    }
    let first = hasStyles ? 3 : 2
    var html = "<nav aria-label=\"Clips\">" + PageMarkup.element("h2", "Index") + "\n"
    html += PageMarkup.table(
      "All clips",
      header: ["clip"] + (hasStyles ? ["style"] : [])
        + ["dynamics", "LUFS before", "LUFS after", "dBTP", "warnings"],
      rows: rows, numbers: [first, first + 1, first + 2, first + 3])
    if let failures = report?.failureLines, !failures.isEmpty {
      html += PageMarkup.element("h3", "Failed") + "<ul class=\"warnings\">"
      html += failures.map { PageMarkup.element("li", $0) }.joined() + "</ul>\n"
    }
    return html + "</nav>\n"
  }

  private func stylesSection(_ styles: [String: ClipOverview]) -> String {
    let pictures = styles.values.sorted { $0.path < $1.path }.filter(\.isSound)
    guard !pictures.isEmpty else { return "" }
    return
      "<section aria-labelledby=\"styles-title\"><h2 id=\"styles-title\">Styles</h2>\n<div class=\"pictures\">"
      + pictures.enumerated().map {
        ReportSection.spectrogram($1, $1.name, id: "style-\($0)")
      }.joined() + "</div></section>\n"
  }
}

/// The sounds of a page, each stored once.
private struct AudioStore {
  let seconds: Double
  private var known: [Key: (id: String, audio: PageAudio)] = [:]
  private var new: [(String, PageAudio)] = []

  private struct Key: Hashable {
    var path: String
    var places: [AudioPlace]
  }

  init(seconds: Double) {
    self.seconds = seconds
  }

  /// The tracks of a clip's player: the content, the result, and up to three styles that are sound files.
  ///
  /// A style whose sound cannot be stored is left out; a result has a rate that is written.
  mutating func tracks(
    content: ClipOverview, result: ClipOverview, styles: [ClipOverview], jobs: Int
  ) throws -> [ReportTrack] {
    let places = AudioExcerpts.places(in: content, seconds: seconds)
    let sounding = styles.filter(\.isSound).prefix(3)
    var wanted: [(ReportTrack.Role, String, ClipOverview, [AudioPlace])] = [
      (.content, "Content", content, places), (.result, "Result", result, places),
    ]
    for style in sounding {
      wanted.append(
        (
          .style, sounding.count == 1 ? "Style" : style.name, style,
          AudioExcerpts.places(in: style, seconds: seconds)
        ))
    }
    wanted.removeAll { !AudioExcerpts.canStore($0.2) }
    let missing = wanted.map { Key(path: $0.2.path, places: $0.3) }.filter { known[$0] == nil }
    let encoded = Workers.map(missing.count, jobs: jobs) { number in
      try AudioExcerpts.encode(missing[number].path, places: missing[number].places)
    }
    for (key, audio) in zip(missing, encoded) {
      guard let audio = try audio?.get(), known[key] == nil else { continue }
      let id = "sound-\(known.count + 1)"
      new.append((id, audio))
      // The page holds the bytes, so other players of this sound need only the facts.
      var facts = audio
      facts.bytes = []
      known[key] = (id, facts)
    }
    return wanted.compactMap { role, label, clip, places in
      known[Key(path: clip.path, places: places)].map {
        ReportTrack(role: role, label: label, clip: clip, places: places, audio: $0.audio, id: $0.id)
      }
    }
  }

  /// Removes and returns the sounds that are not in the page yet.
  mutating func takeNew() -> [(String, PageAudio)] {
    defer { new = [] }
    return new
  }
}
