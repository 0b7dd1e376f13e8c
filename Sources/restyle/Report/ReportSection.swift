import AudioRestyle
import Foundation
import Plots
import SoundFiles

/// A restyled clip on a page.
struct ReportEntry: Sendable {
  var clip: ApplyReport.Clip
  var options: RestyleOptions
  /// The styles that it went towards, the one with the largest weight first; empty for feature files and saved changes.
  var styles: [String]
  /// The source of the change in a sentence, if it is a feature file or a saved change.
  var origin: String?
  /// The title; `nil` for the names of the files.
  var title: String?
  /// Further paragraphs.
  var notes: [String] = []
}

/// The part of a page that shows one clip.
struct ReportSection {
  let entry: ReportEntry
  let number: Int
  let content: ClipOverview
  let result: ClipOverview
  /// The measured styles.
  let styles: [ClipOverview]
  /// Whether the styles' spectrograms are shown here.
  let showsStyles: Bool

  /// The range of levels in dB at −23 LUFS that the colours of spectrograms cover, the same on all pages.
  static let levels = -90.0 ... -10.0
  private static let reference = StyleProfile.referenceLoudness

  /// The name of the section's element.
  var id: String { "clip-\(number)" }

  /// The title.
  var title: String { entry.title ?? "\(Paths.name(entry.clip.content)) → \(Paths.name(entry.clip.output))" }

  /// The section without its player's sound.
  ///
  /// - Parameter player: The player's markup.
  func markup(player: String) throws -> String {
    var html = "<section\(PageMarkup.list(["id": id, "aria-labelledby": id + "-title"]))>\n"
    html += PageMarkup.element("h2", title, ["id": id + "-title"]) + "\n"
    for note in entry.notes { html += PageMarkup.element("p", note) + "\n" }
    html += PageMarkup.element("p", sentence) + "\n"
    html += warnings + player + table + pictures + settings
    html += try PageMarkup.data(data, id: id + "-data", name: "All numbers of this clip as JSON")
    return html + "</section>\n"
  }

  /// The changes in one sentence.
  private var sentence: String {
    let result = entry.clip.result
    let towards =
      styles.isEmpty
      ? ""
      : " towards " + styles.prefix(3).map(\.name).joined(separator: ", ")
        + (styles.count > 3 ? " and \(styles.count - 3) more" : "")
    guard !result.isCopy, !result.isReencoded else { return "\(content.name): \(entry.clip.line.text)." }
    var parts = toneExtremes
    if let ratio = restyling.flatMap({ ChangeSummary($0).ratio }) {
      parts.append(
        ratio > 1
          ? String(format: "quiet and loud passages brought closer (%.1f:1)", ratio)
          : String(format: "quiet and loud passages drawn apart (1:%.1f)", 1 / ratio))
    }
    func change(_ name: String, _ unit: String, _ value: KeyPath<ClipOverview, Double?>) -> String {
      guard let before = content[keyPath: value], let after = self.result[keyPath: value] else {
        return "no \(name), as there is no sound"
      }
      return String(format: "\(name) from %.1f to %.1f \(unit)", before, after).withMinus
    }
    parts.append(change("loudness", "LUFS", \.loudness))
    if let (before, after) = distances {
      parts.append(
        String(format: "its spectrum %.1f dB from the style's before, and %.1f dB after", before, after))
    }
    if content.truePeak != nil { parts.append(change("true peak", "dBTP", \.truePeak)) }
    let less = entry.clip.line.lessTaken.map { "; " + $0 } ?? ""
    return "\(content.name)\(towards): " + parts.joined(separator: "; ") + less + "."
  }

  /// The third octaves that rise and fall most, among those that are audible before or afterwards.
  private var toneExtremes: [String] {
    guard let before = content.longTerm, let after = result.longTerm else { return [] }
    let (top, newTop) = (before.sound.max() ?? 0, after.sound.max() ?? 0)
    let changes = zip(before.frequencies, zip(before.sound, after.sound))
      .filter { $1.0 > top - Self.audibleRange || $1.1 > newTop - Self.audibleRange }
      .map { (frequency: $0, gain: $1.1 - $1.0) }
    func text(_ what: String, _ change: (frequency: Double, gain: Double)?) -> [String] {
      guard let change else { return [] }
      return [
        "\(what) most at \(ResultLine.frequency(change.frequency)) (\(Wording.gain(change.gain).withMinus))"
      ]
    }
    return text("raised", changes.filter { $0.gain >= 1 }.max { $0.gain < $1.gain })
      + text("lowered", changes.filter { $0.gain <= -1 }.min { $0.gain < $1.gain })
  }

  /// The distances in dB of the spectra of content and result to that of a single style, as `restyle compare` measures
  /// it.
  private var distances: (before: Double, after: Double)? {
    guard styles.count == 1 else { return nil }
    func distance(_ clip: ClipOverview) -> Double? {
      guard let own = clip.longTerm, let aim = styles[0].longTerm else { return nil }
      let rates = [clip, styles[0]].compactMap { $0.file.map { Double($0.sampleRate) } }
      return own.spectralDistance(to: aim, below: (rates.min() ?? .infinity) / 2)
    }
    return distance(content).flatMap { before in distance(result).map { (before, $0) } }
  }

  /// The distance in dB under the strongest third octave up to which others are reported.
  private static let audibleRange = 50.0

  private var warnings: String {
    let all = entry.clip.result.warnings.map { $0.sentence(about: content.name) }
    guard !all.isEmpty else { return "" }
    return "<ul class=\"warnings\" aria-label=\"Warnings\">"
      + all.map { PageMarkup.element("li", $0) }.joined() + "</ul>\n"
  }

  // MARK: Numbers

  private var table: String {
    let clips = [content] + styles.prefix(3) + [result]
    let names =
      ["content"] + styles.prefix(3).map { styles.count == 1 ? "style" : $0.name } + ["result"]
    func row(_ name: String, _ value: (ClipOverview) -> String) -> [String] {
      [name] + clips.map { Markup.escaped(value($0)) }
    }
    func level(_ value: Double?, _ unit: String) -> String { Wording.cell(value, unit) }
    var rows = [
      row("loudness") { level($0.loudness, "LUFS") },
      row("loudness range") { level($0.loudnessRange, "LU") },
      row("true peak") { level($0.truePeak, "dBTP") },
      row("peak over loudness") { clip in
        level(clip.truePeak.flatMap { peak in clip.loudness.map { peak - $0 } }, "dB")
      },
      row("sound over pauses") { level($0.longTerm?.soundOverPauses, "dB") },
      row("duration") { Wording.duration($0.duration) },
      row("file") { clip in
        guard let file = clip.file else { return "profile" }
        return "\(file.format.name), \(file.sampleRate) Hz, \(Wording.count(file.channelCount, "channel"))"
      },
    ]
    if let limiting = entry.clip.result.level.limiting {
      rows.append(
        ["limiter"] + clips.dropLast().map { _ in "" }
          + [
            Markup.escaped(
              "\(Wording.percent(limiting.share)) of the time, at most "
                + Wording.level(limiting.largestReduction, "dB"))
          ])
    }
    return PageMarkup.table(
      "Loudness and peaks", header: [""] + names, rows: rows, numbers: Set(1...clips.count))
  }

  // MARK: Pictures

  private var pictures: String {
    var html = PageMarkup.element("h3", "Over time and frequency") + "\n<div class=\"pictures three\">"
    html += spectrogram(content, "Content", "content") + spectrogram(result, "Result", "result")
    if showsStyles {
      for (index, style) in styles.prefix(3).enumerated() {
        html += spectrogram(style, styles.count == 1 ? "Style" : "Style: \(style.name)", "style-\(index)")
      }
    }
    html += "</div>\n" + PageMarkup.element("h3", "Tone and levels") + "\n<div class=\"pictures\">"
    for (number, picture) in curves.enumerated() {
      html += PageMarkup.figure(
        picture.chart.drawing(), id: "\(id)-curve-\(number)", caption: picture.caption)
    }
    return html + "</div>\n"
  }

  private func spectrogram(_ clip: ClipOverview, _ title: String, _ name: String) -> String {
    Self.spectrogram(clip, title, id: "\(id)-spectrogram-\(name)")
  }

  /// A spectrogram at −23 LUFS.
  static func spectrogram(_ clip: ClipOverview, _ title: String, id: String) -> String {
    let gain = clip.loudness.map { reference - $0 } ?? 0
    guard
      let map = ClipCharts.spectrogram(clip, title: title, gain: gain, levels: levels, unit: "dB")
    else { return "" }
    return PageMarkup.figure(
      map.drawing(), id: id, caption: "\(clip.name), brought to −23 LUFS; the same colours in all pictures.")
  }

  private var restyling: Restyling? { entry.clip.result.restyling }

  private var levelMaps: [LevelMap] { restyling.flatMap { try? LevelMap.maps(of: $0) } ?? [] }

  private var curves: [(chart: Chart, caption: String)] {
    var curves: [(chart: Chart, caption: String)] = []
    let tones = restyling.map { DrawnTone.all(of: $0) } ?? []
    let measured = ClipCharts.change(from: content, to: result)
    if !tones.isEmpty || measured.contains(where: { $0.y.isFinite }) {
      curves.append(
        (
          ClipCharts.tone(tones, measured: measured),
          "How much each frequency is raised or lowered, at equal loudness. Measured: third octaves of the result less "
            + "those of the content."
        ))
    }
    var items = [ClipCharts.Item(name: "content", clip: content, stroke: ClipCharts.content)]
    for (index, style) in styles.prefix(3).enumerated() {
      var stroke = ClipCharts.style
      if index > 0 { stroke.dashes = index == 1 ? [2, 3] : [8, 3, 2, 3] }
      items.append(
        ClipCharts.Item(name: styles.count == 1 ? "style" : style.name, clip: style, stroke: stroke))
    }
    items.append(ClipCharts.Item(name: "result", clip: result, stroke: ClipCharts.result))
    if items.contains(where: { $0.clip.longTerm != nil }) {
      curves.append(
        (ClipCharts.spectra(items), "Mean power of each third octave where the clip sounds, at −23 LUFS."))
    }
    let maps = levelMaps
    if !maps.isEmpty {
      curves.append(
        (
          ClipCharts.levels(maps),
          "Level in and out in dB behind the tone, before the last gain, as asked for. Above the dotted line "
            + "levels are raised."
        ))
    }
    let change = LevelChange(from: content, to: result)
    guard change.isKnown else { return curves }
    curves.append(
      (
        change.levelChart(),
        "What became of quiet and loud passages (400 ms), as measured: on the dotted line nothing changes."
      ))
    curves.append((change.loudnessChart(), "The loudness of 400 ms before and after."))
    curves.append(
      (change.gainChart(), "The result's loudness less the content's: level, dynamics and limiter together."))
    return curves
  }

  // MARK: Settings and data

  private var settings: String {
    if let origin = entry.origin { return PageMarkup.element("p", origin) + "\n" }
    let rows = SettingsText(entry.options).rows.map { row in
      [
        "<code>\(Markup.escaped(row.option))</code>",
        row.isChosen ? "<strong>\(Markup.escaped(row.value))</strong>" : Markup.escaped(row.value),
        Markup.escaped(row.meaning),
      ]
    }
    let advice =
      "Less or more of it: run it again with --strength 0.5, or 1.5. --tone and --dynamics scale one part, and "
      + "--dynamics 0 leaves quiet and loud passages as they were."
    return PageMarkup.element("p", advice) + "<details><summary>Settings</summary>"
      + PageMarkup.table(
        "What was asked for; what is not the default is bold.", header: ["option", "value", "in words"],
        rows: rows)
      + "</details>\n"
  }

  /// The numbers of the section.
  private struct Numbers: Encodable {
    var clip: ApplyReport.Clip
    var options: OptionsReport
    var styles: [String]
    var restyling: Restyling?
    var tone: [DrawnTone]
    var levelMaps: [LevelMap]
    var measured: [Measured]
    var gainOverTime: [[Double]]
  }

  /// The measurements of a file.
  struct Measured: Encodable {
    var role: String
    var path: String
    var duration: Double
    var loudness: Double?
    var loudnessRange: Double?
    var truePeak: Double?
    var longTerm: LongTermLevels?

    init(_ role: String, _ clip: ClipOverview) {
      (self.role, path, duration) = (role, clip.path, clip.duration)
      (loudness, loudnessRange, truePeak) = (clip.loudness, clip.loudnessRange, clip.truePeak)
      longTerm = clip.longTerm
    }
  }

  private var data: some Encodable {
    Numbers(
      clip: entry.clip, options: OptionsReport(entry.options), styles: entry.styles, restyling: restyling,
      tone: restyling.map { DrawnTone.all(of: $0) } ?? [], levelMaps: levelMaps,
      measured: [Measured("content", content), Measured("result", result)]
        + styles.map { Measured("style", $0) },
      gainOverTime: LevelChange(from: content, to: result).gains.filter { $0.y.isFinite }.map {
        [($0.x * 100).rounded() / 100, ($0.y * 100).rounded() / 100]
      })
  }
}
