import Foundation
import Plots

/// A sound of a player: which of several takes of one place is heard.
struct ReportTrack: Sendable {
  /// What it is in the player: `content`, `result`, `style`.
  enum Role: String, Sendable {
    case content, result, style

    /// The colour of its waveform.
    var ink: Ink {
      switch self {
      case .content: .first
      case .result: .third
      case .style: .second
      }
    }
  }

  var role: Role
  /// What stands on its button.
  var label: String
  var clip: ClipOverview
  var places: [AudioPlace]
  var audio: PageAudio
  /// The name of the element that holds the sound.
  var id: String
}

/// The markup of a player.
enum ReportPlayer {
  /// What the page's program knows of a track.
  private struct Track: Encodable {
    var audio: String
    var duration: Double
    var clipDuration: Double
    var loudness: Double?
    var peak: Double?
    var loops: Bool
    var places: [AudioPlace]

    private enum CodingKeys: CodingKey {
      case audio, duration, clipDuration, loudness, peak, loops, places
    }

    func encode(to encoder: any Encoder) throws {
      var values = encoder.container(keyedBy: CodingKeys.self)
      try values.encode(audio, forKey: .audio)
      try values.encode(duration, forKey: .duration)
      try values.encode(clipDuration, forKey: .clipDuration)
      // The program tells null from a number.
      try values.encode(loudness, forKey: .loudness)
      try values.encode(peak, forKey: .peak)
      try values.encode(loops, forKey: .loops)
      try values.encode(places, forKey: .places)
    }
  }

  /// The element of a sound.
  static func sound(_ audio: PageAudio, id: String) -> String {
    "<script type=\"text/plain\" id=\"\(Markup.escaped(id))\">\(Data(audio.bytes).base64EncodedString())</script>\n"
  }

  /// A player of some tracks that begin together; styles are repeated.
  static func markup(_ tracks: [ReportTrack], id: String, name: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(
      tracks.map {
        Track(
          audio: $0.id, duration: $0.audio.duration, clipDuration: $0.clip.duration,
          loudness: $0.audio.loudness, peak: $0.audio.truePeak, loops: $0.role == .style, places: $0.places)
      })
    let length = tracks.filter { $0.role != .style }.map(\.audio.duration).max() ?? 0
    let title = "Player: " + name
    var html = "<div class=\"player\" role=\"group\""
    html += PageMarkup.list([
      "id": id, "aria-label": title, "data-tracks": String(decoding: data, as: UTF8.self),
    ])
    html += ">\n<div class=\"controls\"><button type=\"button\" class=\"play\">Play</button>\n"
    html += "<fieldset><legend>What is heard</legend>"
    for (index, track) in tracks.enumerated() {
      html += "<label class=\"track\" style=\"--ink:var(--\(track.role.rawValue))\"><input type=\"radio\""
      html += PageMarkup.list(["name": id + "-track", "value": "\(index)"])
      html += index == 0 ? " checked>" : ">"
      html += PageMarkup.element("span", track.label) + "</label>"
    }
    html += "</fieldset>\n<output class=\"time\" aria-label=\"Position\"></output>\n"
    html += "<label class=\"matched\"><input type=\"checkbox\" checked> Matched loudness</label></div>\n"
    html += "<input class=\"seek\" type=\"range\" min=\"0\" step=\"0.05\" value=\"0\" aria-label=\"Position\""
    html += PageMarkup.list(["max": Markup.number(length)]) + ">\n"
    html += excerpts(tracks)
    let fullScale = tracks.flatMap(\.clip.waveform).reduce(0) { max($0, $1.upperBound, -$1.lowerBound) }
    for (index, track) in tracks.enumerated() {
      html += wave(track, id: "\(id)-wave-\(index)", fullScale: fullScale)
    }
    return html
      + "<p class=\"hint\">Keys: space plays, 1 to \(tracks.count) choose what is heard, ← and → move by 2 s, "
      + "L matches loudness.</p></div>\n"
  }

  /// Buttons that lead to the excerpts of a long clip.
  private static func excerpts(_ tracks: [ReportTrack]) -> String {
    guard let first = tracks.first(where: { $0.role != .style }), first.places.count > 1 else { return "" }
    var start = 0.0
    var html = "<div class=\"controls\">Excerpts: "
    for place in first.places {
      let name = "\(Wording.time(place.start))" + (place.reason.map { " (\($0))" } ?? "")
      html += "<button type=\"button\"\(PageMarkup.list(["data-seek": Markup.number(start)]))>"
      html += Markup.escaped(name) + "</button>\n"
      start += place.length
    }
    return html + "</div>\n"
  }

  private static func wave(_ track: ReportTrack, id: String, fullScale: Float) -> String {
    let drawing = Waveform(
      "Waveform: \(track.label)", columns: track.clip.waveform, ink: track.role.ink, fullScale: fullScale
    ).drawing()
    var html = "<div class=\"wave\">" + PageMarkup.element("span", track.label)
    html += "<div class=\"picture\">\(drawing.svg(theme: .page, id: id))"
    if track.places.count > 1, track.clip.duration > 0 {
      for place in track.places {
        let (left, width) = (place.start / track.clip.duration, place.length / track.clip.duration)
        html +=
          "<i class=\"part\" style=\"left:\(Markup.number(100 * left))%;width:\(Markup.number(100 * width))%\"></i>"
      }
    }
    return html + "<i class=\"head\"></i></div></div>\n"
  }
}
