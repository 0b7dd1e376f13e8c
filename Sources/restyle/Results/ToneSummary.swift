import AudioRestyle
import Foundation

/// What an export holds, in words: the filters' error, and each map of levels as the knobs of a compressor.
struct ToneSummary {
  private let export: ToneExport

  init(_ export: ToneExport) {
    self.export = export
  }

  /// One fact a line.
  var lines: [String] {
    var lines = ["tone: \(Wording.count(export.equalizer.filters.count, "filter")), \(export.errorWords)"]
    lines += export.levels.map { Self.words($0) }
    if export.levels.isEmpty {
      lines.append("levels: no map of all bands together, which a compressor could follow")
    }
    if let peak = export.peakLevel {
      lines.append("limiter: peaks to \(Self.level(peak, "dBFS")) before the last gain")
    }
    if let text = Self.lastGain(export.level) { lines.append("last gain: " + text) }
    return lines
  }

  /// Where the last gain takes the level; `nil` where it has no target.
  static func lastGain(_ level: LevelAim) -> String? {
    let target = level.loudness.map { Self.level($0, "LUFS") } ?? level.rms.map { Self.level($0, "dB RMS") }
    let ceiling = level.ceiling.map { ", peaks under \(Self.level($0, "dBTP"))" } ?? ""
    return target.map { "to \($0)\(ceiling)" }
  }

  /// A map as the knobs of a compressor or an expander.
  static func words(_ map: LevelMap) -> String {
    let listens =
      switch map.detector {
      case .frames: "the level over 43 ms"
      case .loudness: "the loudness over 400 ms"
      case .envelope: "an envelope"
      }
    let setting = map.nearest
    let act =
      switch (setting.actsAbove, setting.ratio >= 1) {
      case (true, true): "compress above"
      case (true, false): "expand above"
      case (false, true): "compress upwards below"
      case (false, false): "expand below"
      }
    let ratio =
      setting.ratio >= 1
      ? String(format: "%.1f:1", setting.ratio) : String(format: "1:%.1f", 1 / setting.ratio)
    let times = String(format: "attack %.0f ms, release %.0f ms", 1000 * map.attack, 1000 * map.release)
    return
      "levels: by \(listens) (\(times)) \(act) \(level(setting.threshold, map.unit)) at \(ratio), make-up "
      + Wording.gain(setting.makeUp).withMinus + String(format: "; within %.1f dB RMS", setting.rmsError)
  }

  private static func level(_ value: Double, _ unit: String) -> String {
    Wording.level(value, unit).withMinus
  }
}
