import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// The report of `restyle inspect` and `restyle learn` on a sound file or a profile.
struct ProfileReport: Encodable, Sendable {
  var path: String
  /// The kind of file: `sound` or `profile`.
  var kind: String
  /// The properties of a sound file; `nil` for profiles.
  var file: File?
  /// The clips that a profile was learned from; `nil` for sound files.
  var sources: [ProfileSource]?
  /// The duration in seconds.
  var duration: Double
  /// The integrated loudness in LUFS; `nil` for silence.
  var loudness: Double?
  /// The true peak in dBTP; `nil` for silence.
  var truePeak: Double?
  /// The loudness range in LU (EBU Tech 3342); `nil` for profiles.
  var loudnessRange: Double?
  /// The level of the quietest 400 ms in dBFS; `nil` for profiles.
  var noiseFloor: Double?
  /// The tone by octave, the dynamics, noise and stereo picture.
  var summary: ProfileSummary
  /// Remarks about the sound: clipping, peaks above full scale, equal channels, a narrow spectrum.
  var notes: [String]
  /// The views, each with the levels of its channels.
  var views: [View]

  /// The facts of a sound file.
  struct File: Encodable, Sendable {
    var format: String
    /// The sample rate in Hz.
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
        speakers: (info.layout == ChannelLayout.unplaced ? nil : info.layout)?.speakers.map { "\($0)" },
        frameCount: info.frameCount,
        isTruncated: info.isTruncated, warnings: info.warnings.map(\.description),
        metadata: Dictionary(uniqueKeysWithValues: info.metadata.texts.map { ($0.key.rawValue, $0.value) }))
    }
    sources = info == nil ? profile.sources : nil
    duration = profile.duration
    loudness = profile.loudness
    truePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    summary = ProfileSummary(profile)
    notes = Self.notes(on: profile, summary)
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
  /// Creates the report on an inspected file.
  init(_ inspected: Inspector.Inspected) {
    self.init(path: inspected.path, inspected.profile, inspected.info)
    loudnessRange = inspected.measured?.loudnessRange
    noiseFloor = inspected.measured?.noiseFloor
  }

  /// The level of the side relative to the middle in dB under which the channels count as equal.
  private static let narrowest = -60.0
  /// The share of the Nyquist frequency under which the bandwidth of a recording counts as narrow.
  private static let narrowBand = 0.7

  private static func notes(on profile: StyleProfile, _ summary: ProfileSummary) -> [String] {
    guard profile.hasActiveSound else { return ["no sound above -70 dBFS"] }
    var notes: [String] = []
    if let clipped = profile.notableClippedSampleCount {
      notes.append("looks clipped: \(clipped) samples in runs at its highest or lowest value")
    }
    if profile.truePeak > 0.05 {
      notes.append("true peaks above full scale, which converters and encoders clip")
    }
    if let width = summary.width, width < narrowest { notes.append("two channels with the same sound") }
    if let edge = summary.bandwidth, edge < narrowBand * profile.nyquist {
      notes.append("little sound above \(ResultLine.frequency(edge))")
    }
    return notes
  }

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
    if let loudnessRange { add("range", Wording.level(loudnessRange, "LU")) }
    if let ratio = summary.peakToLoudness { add("dynamics", dynamics(ratio)) }
    if let noiseFloor { add("quietest", Wording.level(noiseFloor, "dB RMS") + " over 400 ms") }
    if let over = summary.soundOverPauses {
      add("noise", Wording.level(over, "dB") + " under the sound in pauses")
    }
    if let width = summary.width {
      add("stereo", width.isFinite ? "side " + Wording.level(width, "dB") + " to the middle" : "no side")
    }
    if !summary.octaves.isEmpty { add("tone", OctaveTable.text(summary.octaves, signed: false)) }
    for source in sources ?? [] {
      add(
        "learned",
        "\(source.name) (\(Wording.duration(source.duration)), \(Wording.level(source.loudness, "LUFS")))")
    }
    for (name, value) in (file?.metadata ?? [:]).sorted(by: { $0.key < $1.key }) { add(name, value) }
    for warning in (file?.warnings ?? []) + notes { add("warning", warning) }
    if bands { for view in views { lines += table(view) } }
    return lines.joined(separator: "\n")
  }

  private func dynamics(_ ratio: Double) -> String {
    let peaks = "peaks " + Wording.level(ratio, "LU") + " over the loudness"
    guard let range = summary.momentaryRange else { return peaks }
    return peaks + ", momentary range " + Wording.level(range, "LU")
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
