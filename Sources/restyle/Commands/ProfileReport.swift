import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// What `restyle inspect` and `restyle learn` say about a sound file or a profile.
struct ProfileReport: Encodable, Sendable {
  var path: String
  /// `sound` or `profile`.
  var kind: String
  /// What a sound file is; nil for profiles.
  var file: File?
  /// The clips a profile was learned from; nil for sound files.
  var sources: [ProfileSource]?
  /// In seconds.
  var duration: Double
  /// Integrated loudness in LUFS; nil for silence.
  var loudness: Double?
  /// In dBTP; nil for silence.
  var truePeak: Double?
  /// The views, each with the levels of its channels.
  var views: [View]

  /// The facts of a sound file.
  struct File: Encodable, Sendable {
    var format: String
    /// In Hz.
    var sampleRate: Int
    var channelCount: Int
    var speakers: [String]?
    var frameCount: Int
    var isTruncated: Bool
    var warnings: [String]
    var metadata: [String: String]
  }

  /// The levels of one view over its active frames.
  struct View: Encodable, Sendable {
    var name: String
    var activeFrameCount: Int
    var bands: [Band]
  }

  /// One feature channel.
  struct Band: Encodable, Sendable {
    /// Centre frequency in Hz.
    var frequency: Double
    /// Mean level in dB.
    var mean: Double
    /// Standard deviation of the level in dB.
    var standardDeviation: Double
  }

  init(path: String, _ profile: StyleProfile, _ info: SoundFileInfo? = nil) {
    self.path = path
    kind = info == nil ? "profile" : "sound"
    file = info.map { info in
      File(
        format: info.format.name, sampleRate: info.sampleRate, channelCount: info.channelCount,
        speakers: info.layout?.speakers.map { "\($0)" }, frameCount: info.frameCount,
        isTruncated: info.isTruncated, warnings: info.warnings.map(\.description),
        metadata: Dictionary(uniqueKeysWithValues: info.metadata.texts.map { ($0.key.rawValue, $0.value) }))
    }
    sources = info == nil ? profile.sources : nil
    duration = profile.duration
    loudness = profile.loudness
    truePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    views = profile.views.map { view in
      let levels = profile.activeFrameCount(of: view) > 0 ? profile.levels(of: view) ?? [] : []
      return View(
        name: view.name, activeFrameCount: profile.activeFrameCount(of: view),
        bands: zip(profile.layout.frequencies, levels).map {
          Band(frequency: $0, mean: $1.mean, standardDeviation: $1.standardDeviation)
        })
    }
  }
}

extension ProfileReport {
  /// The report as text, one fact a line.
  func text(bands: Bool) -> String {
    var lines = [path]
    func add(_ name: String, _ value: String) {
      let width = max(11, name.count + 1)
      lines.append("  " + name.padding(toLength: width, withPad: " ", startingAt: 0) + value)
    }
    if let file {
      add("format", file.format)
      add("rate", "\(file.sampleRate) Hz")
      let speakers = file.speakers.map { " (\($0.joined(separator: ", ")))" } ?? ""
      add("channels", "\(file.channelCount)\(speakers)")
      add("duration", "\(Wording.duration(duration)) (\(Wording.count(file.frameCount, "frame")))")
    } else {
      add("format", "style profile")
      add("duration", Wording.duration(duration))
    }
    add("loudness", Wording.level(loudness, "LUFS"))
    add("true peak", Wording.level(truePeak, "dBTP"))
    for source in sources ?? [] {
      add(
        "learned",
        "\(source.name) (\(Wording.duration(source.duration)), \(Wording.level(source.loudness, "LUFS")))")
    }
    for (name, value) in (file?.metadata ?? [:]).sorted(by: { $0.key < $1.key }) { add(name, value) }
    for warning in file?.warnings ?? [] { add("warning", warning) }
    if bands { for view in views { lines += table(view) } }
    return lines.joined(separator: "\n")
  }

  private func table(_ view: View) -> [String] {
    guard !view.bands.isEmpty else { return ["  \(view.name): no active frames"] }
    return [
      "  \(view.name): \(Wording.count(view.activeFrameCount, "active frame"))",
      "         Hz   mean dB  spread dB",
    ]
      + view.bands.map { String(format: "  %9.1f %9.1f %10.1f", $0.frequency, $0.mean, $0.standardDeviation) }
  }
}
