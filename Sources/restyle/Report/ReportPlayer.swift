import AudioFeatures
import AudioRestyle
import Foundation
import Plots
import SoundFiles

/// A track of a player, between which a listener switches.
struct ReportTrack: Sendable {
  /// The role of the track: content, result or style.
  enum Role: String, Sendable {
    case content, result, style

    /// The colour of the track's waveform.
    var ink: Ink {
      switch self {
      case .content: .first
      case .result: .third
      case .style: .second
      }
    }
  }

  var role: Role
  /// The text of the track's button.
  var label: String
  var clip: ClipOverview
  var places: [AudioPlace]
  var audio: PageAudio
  /// The name of the element that holds the sound.
  var id: String
}

/// The markup of a player.
enum ReportPlayer {
  /// The data of a track for the page's script.
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
      // The script needs null, rather than a missing key.
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

  /// A player of tracks that start together; the tracks of styles are looped.
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

/// A part of a clip that a page plays, in seconds.
struct AudioPlace: Hashable, Codable, Sendable {
  /// The start in the clip.
  var start: Double
  /// The length.
  var length: Double
  /// The reason for choosing it; `nil` for a whole clip.
  var reason: String?
}

/// A sound on a page: a clip or excerpts of it, joined end to end, as 16-bit FLAC.
struct PageAudio: Sendable {
  /// The file's bytes.
  var bytes: [UInt8]
  /// The loudness of these samples in LUFS; `nil` for silence.
  var loudness: Double?
  /// The true peak of these samples in dBTP; `nil` for silence.
  var truePeak: Double?
  /// The duration in seconds.
  var duration: Double
}

/// Chooses and encodes the sound of a page.
enum AudioExcerpts {
  /// The ratio of a clip's duration to the wanted seconds up to which the whole clip is taken.
  private static let tolerance = 1.25
  /// The lengths of fades at the borders of excerpts, in seconds.
  private static let fade = 0.01
  /// The largest distance in LU of the quiet excerpt under the integrated loudness.
  private static let quietest = 20.0

  /// The parts that represent a clip: the whole clip, or its loudest, a quiet and a typical part.
  ///
  /// - Parameters:
  ///   - clip: The clip.
  ///   - seconds: The duration of all parts together.
  static func places(in clip: ClipOverview, seconds: Double) -> [AudioPlace] {
    guard seconds > 0 else { return [] }
    guard clip.duration > seconds * tolerance else {
      return [AudioPlace(start: 0, length: clip.duration)]
    }
    let length = seconds / 3
    let parts = parts(of: clip, length: length)
    let loudness = clip.loudness ?? -70
    var places: [AudioPlace] = []
    func take(
      _ reason: String, _ isBetter: ((time: Double, level: Double), (time: Double, level: Double)) -> Bool
    ) {
      let free = parts.filter { part in places.allSatisfy { abs($0.start - part.time) >= length } }
      guard let best = free.max(by: { isBetter($1, $0) }) else { return }
      places.append(AudioPlace(start: best.time, length: length, reason: reason))
    }
    take("loudest") { $0.level > $1.level }
    take("quiet") { first, second in
      let (a, b) = (first.level < loudness - quietest, second.level < loudness - quietest)
      return a == b ? (a ? first.level > second.level : first.level < second.level) : b
    }
    take("typical") { abs($0.level - loudness) < abs($1.level - loudness) }
    return places.sorted { $0.start < $1.start }
  }

  /// The mean levels in LUFS of all parts of a length in seconds, at distances of a quarter of it.
  private static func parts(of clip: ClipOverview, length: Double) -> [(time: Double, level: Double)] {
    let last = clip.duration - length
    let step = max(0.1, length / 4)
    return (0...Int(last / step)).map { number in
      let time = Double(number) * step
      let first = min(clip.momentary.count, Int(time / ClipOverview.step))
      let end = min(clip.momentary.count, Int((time + length) / ClipOverview.step))
      let powers = clip.momentary[first..<max(first, end)].map { pow(10, max(-200, Double($0)) / 10) }
      return (time, 10 * log10(max(1e-20, powers.reduce(0, +) / Double(max(1, powers.count)))))
    }
  }

  /// The format of sounds on a page.
  private static let format = SoundFileFormat(.flac, .pcm16)

  /// Whether a page can hold the sound of a file; not all rates can be stored.
  static func canStore(_ clip: ClipOverview) -> Bool {
    guard let rate = clip.file?.sampleRate else { return true }
    return (try? format.check(sampleRate: rate, channelCount: 1, frameCount: 1, path: clip.path)) != nil
  }

  /// A note on the sounds that a page cannot hold; empty where it holds all of them.
  static func note(on clips: [ClipOverview]) -> String {
    let names = clips.filter { !canStore($0) }.map { "\($0.name) (\($0.file?.sampleRate ?? 0) Hz)" }
    guard !names.isEmpty else { return "" }
    return PageMarkup.element(
      "p",
      "Not to be heard here, as FLAC is not written at such rates: " + names.joined(separator: ", ") + ".",
      ["class": "hint"]) + "\n"
  }

  /// Encodes parts of a file; clips of more than two channels are mixed to one.
  static func encode(_ path: String, places: [AudioPlace]) throws -> PageAudio {
    let reader = try SoundFileReader(path: path)
    let effects = Set(reader.lfeChannels)
    let channels = (0..<reader.channelCount).filter { !effects.contains($0) || reader.channelCount <= 2 }
    let isMixed = reader.channelCount > 2
    var sound = [[Float]](repeating: [], count: isMixed ? 1 : reader.channelCount)
    let fadeLength = places.count > 1 ? Int(fade * reader.sampleRate) : 0
    var buffer = FrameBuffer(channelCount: reader.channelCount, capacity: 16_384)
    for place in places {
      let first = Int(place.start * reader.sampleRate)
      if first > reader.position {
        _ = try reader.skip(first - reader.position)
      } else if first < reader.position {
        try reader.rewind()
        _ = try reader.skip(first)
      }
      let (begin, wanted) = (sound[0].count, Int((place.length * reader.sampleRate).rounded()))
      while sound[0].count - begin < wanted, try reader.read(into: &buffer) > 0 {
        let count = min(buffer.frameCount, wanted - (sound[0].count - begin))
        if isMixed {
          var mix = [Float](repeating: 0, count: count)
          for channel in channels {
            buffer.withChannel(channel) { samples in
              for i in 0..<count { mix[i] += samples[i] / Float(channels.count) }
            }
          }
          sound[0] += mix
        } else {
          for channel in sound.indices { sound[channel] += buffer.channel(channel).prefix(count) }
        }
      }
      for channel in sound.indices { sound[channel].fade(begin..<sound[channel].count, over: fadeLength) }
    }
    return try encode(sound, sampleRate: reader.info.sampleRate)
  }

  private static func encode(_ sound: [[Float]], sampleRate: Int) throws -> PageAudio {
    var sound = sound.map { $0.map { $0.isFinite ? $0 : 0 } }
    // Peaks above full scale do not fit into integers, so the whole sound is lowered.
    let peak = sound.reduce(0) { $1.reduce($0) { max($0, abs($1)) } }
    if peak > 1 { sound = sound.map { $0.map { $0 / peak } } }
    var meter = LoudnessMeter(
      sampleRate: Double(sampleRate),
      channelWeights: LoudnessMeter.standardChannelWeights(channelCount: sound.count))
    var peaks = TruePeakMeter(sampleRate: Double(sampleRate), channelCount: sound.count)
    for (channel, samples) in sound.enumerated() {
      meter.process(samples.span, channel: channel)
      peaks.process(samples.span, channel: channel)
    }
    peaks.finish()
    let path = NSTemporaryDirectory() + "restyle-page-\(UUID().uuidString).flac"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var options = SoundFileWriter.Options()
    options.isDithered = true
    let writer = try SoundFileWriter(
      path: path, format: format, sampleRate: sampleRate,
      channelCount: sound.count, options: options)
    try writer.write(FrameBuffer(channels: sound))
    try writer.finish()
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Failure(.inputOutput, "\(path): the sound of the page cannot be read back")
    }
    return PageAudio(
      bytes: Array(data), loudness: meter.integratedLoudness ?? meter.ungatedLoudness,
      truePeak: peaks.truePeak > 0 ? peaks.truePeakDecibels : nil,
      duration: Double(sound[0].count) / Double(sampleRate))
  }
}

extension [Float] {
  /// Fades a part in and out.
  fileprivate mutating func fade(_ part: Range<Int>, over length: Int) {
    let length = Swift.min(length, part.count / 2)
    for i in 0..<length {
      let factor = Float(i) / Float(length)
      self[part.lowerBound + i] *= factor
      self[part.upperBound - 1 - i] *= factor
    }
  }
}
