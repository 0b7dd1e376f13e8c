import AudioFeatures
import AudioRestyle
import Foundation
import Plots

/// The charts of clips and of their changes.
enum ClipCharts {
  /// A curve: its name, its clip and its stroke.
  struct Item {
    var name: String
    var clip: ClipOverview
    var stroke: Drawing.Stroke
  }

  /// The stroke of a content; ``style`` and ``result`` are those of a style and a result.
  static let content = Drawing.Stroke(.first, width: 2)
  static let style = Drawing.Stroke(.second, width: 2, dashes: [6, 3])
  static let result = Drawing.Stroke(.third, width: 2)

  /// The strokes of any number of curves.
  static func stroke(_ number: Int) -> Drawing.Stroke {
    let inks: [Ink] = [.first, .second, .third, .fourth]
    let dashes: [[Double]] = [[], [6, 3], [], [2, 3], [8, 2, 2, 2], [1, 3], [10, 4], [4, 1]]
    return Drawing.Stroke(inks[number % inks.count], width: 2, dashes: dashes[number % dashes.count])
  }

  /// The range of an axis in dB for some values.
  ///
  /// - Parameters:
  ///   - values: The values in dB; those that are not finite or under −190 dB do not count.
  ///   - span: The largest range in dB.
  ///   - least: The smallest range in dB.
  ///   - step: The step in dB that bounds are rounded to.
  static func range(
    _ values: [Double], span: Double, least: Double = 20, step: Double = 10
  ) -> ClosedRange<Double> {
    let known = values.filter { $0.isFinite && $0 > -190 }
    guard let high = known.max(), let low = known.min() else { return -least...0 }
    let top = (high / step + 0.2).rounded(.up) * step
    let bottom = max(top - span, (low / step).rounded(.down) * step)
    return min(bottom, top - least)...top
  }

  /// Long-term spectra in third octaves, at equal loudness.
  static func spectra(_ items: [Item], title: String = "Long-term spectra") -> Chart {
    let curves = items.compactMap { item in item.clip.longTerm.map { (item, $0) } }
    let levels = range(curves.flatMap(\.1.sound), span: 80)
    var chart = Chart(
      title, x: .frequency(), y: .decibels(levels, title: "Level at −23 LUFS (dB)"),
      summary: "Mean power of each third octave where the clip sounds, at equal loudness: "
        + items.map(\.name).joined(separator: ", ") + ".")
    chart.series = curves.map { item, spectrum in
      Chart.Series(item.name, Array(zip(spectrum.frequencies, spectrum.sound)), item.stroke)
    }
    return chart
  }

  /// The spectrogram of a clip; `nil` for a profile.
  ///
  /// - Parameters:
  ///   - clip: The clip.
  ///   - title: The title.
  ///   - gain: The gain in dB that is added to the levels.
  ///   - levels: The range of levels in dB that the colours cover.
  ///   - unit: The unit of the levels.
  static func spectrogram(
    _ clip: ClipOverview, title: String, gain: Double, levels: ClosedRange<Double>, unit: String
  ) -> HeatMap? {
    guard let spectrogram = clip.spectrogram else { return nil }
    return HeatMap(
      title, columns: spectrogram.columns, values: spectrogram.levels.map { $0 + Float(gain) },
      x: .time(clip.duration), y: .frequency(spectrogram.frequencies), levels: levels, levelTitle: unit,
      summary: "Levels of \(clip.name) over \(Wording.duration(clip.duration)) and from "
        + "\(ResultLine.frequency(spectrogram.frequencies.lowerBound)) to "
        + "\(ResultLine.frequency(spectrogram.frequencies.upperBound)).")
  }

  /// Mean and spread of each band's level.
  static func profile(_ items: [Item], title: String = "Band levels") -> Chart {
    let known = items.flatMap { $0.clip.bands.filter { $0.mean > -120 } }
      .flatMap { [$0.mean - $0.spread, $0.mean + $0.spread] }
    var chart = Chart(
      title, x: .frequency(), y: .decibels(range(known, span: 90), title: "Level (dBFS)"),
      summary: "Mean level of each band over active frames, and one standard deviation to either side: "
        + items.map(\.name).joined(separator: ", ") + ".")
    for item in items {
      let bands = item.clip.bands.filter { $0.mean > -120 }
      chart.bands.append(
        Chart.Band(
          "", bands.map { ($0.frequency, $0.mean - $0.spread, $0.mean + $0.spread) }, item.stroke.ink))
      chart.series.append(Chart.Series(item.name, bands.map { ($0.frequency, $0.mean) }, item.stroke))
    }
    return chart
  }

  /// The difference of the spectra of two clips in third octaves, second less first.
  static func difference(_ first: ClipOverview, _ second: ClipOverview, named name: String) -> Chart {
    let curve = change(from: first, to: second)
    let bound = bound(curve.map(\.y))
    var chart = Chart(
      "Difference", x: .frequency(), y: .decibels(-bound...bound, title: "Difference (dB)"),
      summary: "Third-octave levels of \(second.name) less those of \(first.name), at equal loudness.")
    chart.base = 0
    chart.series = [Chart.Series(name, curve, Drawing.Stroke(.fourth, width: 2))]
    return chart
  }

  /// The requested tones of views, and the measured tone of a result.
  static func tone(_ curves: [DrawnTone], measured: [(x: Double, y: Double)] = []) -> Chart {
    let bound = bound(curves.flatMap(\.gains) + measured.map(\.y))
    var chart = Chart(
      "Tone", x: .frequency(), y: .decibels(-bound...bound, title: "Gain at equal loudness (dB)"),
      summary: "The mean gain over frequency"
        + (measured.isEmpty ? "." : ", as asked for and as measured on the result."))
    chart.base = 0
    if !measured.isEmpty {
      chart.series.append(
        Chart.Series("measured", measured, Drawing.Stroke(.first, width: 2, dashes: [5, 3])))
    }
    for (number, curve) in curves.enumerated() {
      let name = curves.count == 1 ? "asked for" : "asked for, \(viewName(curve.view))"
      var stroke = stroke(number + 2)
      if number == 0 { stroke.dashes = [] }
      chart.series.append(Chart.Series(name, Array(zip(curve.frequencies, curve.gains)), stroke))
    }
    return chart
  }

  /// The differences of the third octaves of two clips in dB, second less first; NaN where a level is too low to
  /// compare.
  static func change(from first: ClipOverview, to second: ClipOverview) -> [(x: Double, y: Double)] {
    guard let before = first.longTerm, let after = second.longTerm else { return [] }
    let lowest = max(-120, (before.sound.max() ?? 0) - 80)
    return zip(before.frequencies, zip(before.sound, after.sound))
      .map { ($0, $1.0 > lowest && $1.1 > -120 ? $1.1 - $1.0 : .nan) }
  }

  /// The maps of levels of a restyling.
  static func levels(_ maps: [LevelMap]) -> Chart {
    let all = maps.flatMap { $0.inputs + $0.outputs }
    let range = range(all, span: 80, step: 5)
    var chart = Chart(
      "Level map", x: Axis(.linear(range), .number, title: "Level in (LUFS, dBFS)"),
      y: .decibels(range, title: "Level out (LUFS, dBFS)"),
      summary: "What becomes of levels behind the tone, before the last gain.")
    chart.series = [unchanged(range)]
    for (number, map) in maps.enumerated() {
      chart.series.append(
        Chart.Series(map.detector.text, Array(zip(map.inputs, map.outputs)), stroke([2, 1, 3][number % 3])))
    }
    return chart
  }

  static func unchanged(_ range: ClosedRange<Double>) -> Chart.Series {
    Chart.Series(
      "unchanged", [(range.lowerBound, range.lowerBound), (range.upperBound, range.upperBound)],
      Drawing.Stroke(.muted, dashes: [2, 3]))
  }

  private static func bound(_ values: [Double]) -> Double {
    let most = values.filter(\.isFinite).map(abs).max() ?? 0
    return min(48, max(6, (most / 6 + 0.1).rounded(.up) * 6))
  }

  private static func viewName(_ view: String) -> String {
    view.hasPrefix("channel") ? "channel \((Int(view.dropFirst(7)) ?? 0) + 1)" : view
  }
}

extension LevelMap.Detector {
  /// The detector in words.
  var text: String {
    switch self {
    case .loudness: "loudness over 400 ms"
    case .frames: "level over 43 ms"
    case .envelope: "envelope"
    }
  }
}

/// The tone of a view as points of a curve, up to the clip's Nyquist frequency.
struct DrawnTone: Encodable {
  /// The view's name.
  var view: String
  /// The frequencies in Hz, ascending.
  var frequencies: [Double]
  /// The gains in dB at equal loudness.
  var gains: [Double]

  private static let pointsPerOctave = 12

  /// The tones of the views that a restyling changes; empty for `waveform`.
  static func all(of restyling: Restyling) -> [DrawnTone] {
    let rates = restyling.facts.content.map(\.sampleRate)
    let highest = min(BandLayout.highestFrequency, (rates.min() ?? 96_000) / 2)
    let frequencies = ToneCurve.tableFrequencies(perOctave: pointsPerOctave).filter { $0 < highest }
    return restyling.views.filter { $0.state == .restyled }.compactMap { view in
      (try? ToneCurve(restyling, view: view.view)).map { curve in
        DrawnTone(
          view: view.view.name, frequencies: frequencies, gains: frequencies.map { curve.decibels(at: $0) })
      }
    }
  }
}
