import AudioRestyle
import Foundation
import Plots

/// The change of the loudness over time, measured on content and result.
struct LevelChange: Sendable {
  /// The time in seconds, and the momentary loudness of both in LUFS, −∞ for silence.
  private let pairs: [(time: Double, before: Float, after: Float)]
  private let duration: Double

  /// The loudness of the content in LUFS up to which values are left out.
  private static let lowest: Float = -70
  /// The fewest values of a level for its percentiles.
  private static let fewest = 5
  /// The width of a level bin in dB.
  private static let binWidth = 2.0
  private static let columnCount = 400

  /// Compares two clips that start at the same time.
  init(from content: ClipOverview, to result: ClipOverview) {
    duration = max(content.duration, result.duration)
    pairs = zip(content.momentary, result.momentary).enumerated().map {
      (Double($0 + 1) * ClipOverview.step - 0.2, $1.0, $1.1)
    }
  }

  /// Whether there are enough values for a curve.
  var isKnown: Bool { known.count >= 2 * Self.fewest }

  private var known: [(time: Double, before: Float, after: Float)] {
    pairs.filter { $0.before > Self.lowest && $0.after.isFinite }
  }

  /// The mean of some values in at most ``columnCount`` columns, NaN where there are none.
  private func columns(
    _ value: (Float, Float) -> Float?, mean: ([Double]) -> Double = { $0.reduce(0, +) / Double($0.count) }
  ) -> [(x: Double, y: Double)] {
    let size = max(1, (pairs.count + Self.columnCount - 1) / Self.columnCount)
    return stride(from: 0, to: pairs.count, by: size).map { start in
      let part = pairs[start..<min(start + size, pairs.count)]
      let values = part.compactMap { value($0.before, $0.after).map(Double.init) }.filter(\.isFinite)
      let time = (part[part.startIndex].time + part[part.endIndex - 1].time) / 2
      return (time, values.isEmpty ? .nan : mean(values))
    }
  }

  /// The gain in dB over time, where the content is louder than −70 LUFS.
  var gains: [(x: Double, y: Double)] {
    columns { before, after in before > Self.lowest ? after - before : nil }
  }

  /// The momentary loudness of both over time.
  func loudnessChart() -> Chart {
    func power(_ values: [Double]) -> Double {
      10 * log10(values.reduce(0) { $0 + pow(10, $1 / 10) } / Double(values.count))
    }
    let (before, after) = (columns({ a, _ in a }, mean: power), columns({ _, b in b }, mean: power))
    let range = ClipCharts.range((before + after).map(\.y), span: 60)
    var chart = Chart(
      "Loudness over time", x: .time(duration), y: .decibels(range, title: "Loudness (LUFS, 400 ms)"),
      summary: "The momentary loudness of content and result.")
    chart.series = [
      Chart.Series("content", before, Drawing.Stroke(.first, width: 1.5)),
      Chart.Series("result", after, Drawing.Stroke(.third, width: 1.5)),
    ]
    return chart
  }

  /// The gain over time.
  func gainChart() -> Chart {
    let gains = gains
    let known = gains.map(\.y).filter(\.isFinite)
    let (low, high) = (min(0, known.min() ?? 0), max(0, known.max() ?? 0))
    let range = (low / 6 - 0.1).rounded(.down) * 6...(high / 6 + 0.1).rounded(.up) * 6
    var chart = Chart(
      "Gain over time", x: .time(duration), y: .decibels(range, title: "Gain (dB, 400 ms)"),
      summary: "By how much the result is louder than the content, level and dynamics together.")
    chart.base = 0
    chart.series = [Chart.Series("", gains, Drawing.Stroke(.third, width: 1.5))]
    return chart
  }

  /// For each input level in LUFS, the 10th, 50th and 90th percentile of the output levels.
  var levels: [(input: Double, low: Double, middle: Double, high: Double)] {
    let bins = Dictionary(grouping: known) { Int((Double($0.before) / Self.binWidth).rounded(.down)) }
    return bins.filter { $0.value.count >= Self.fewest }.sorted { $0.key < $1.key }.map { bin, values in
      let sorted = values.map { Double($0.after) }.sorted()
      func share(_ share: Double) -> Double { sorted[Int((share * Double(sorted.count - 1)).rounded())] }
      return ((Double(bin) + 0.5) * Self.binWidth, share(0.1), share(0.5), share(0.9))
    }
  }

  /// The output levels over the input levels.
  func levelChart() -> Chart {
    let levels = levels
    let range = ClipCharts.range(levels.flatMap { [$0.input, $0.low, $0.high] }, span: 70, step: 5)
    var chart = Chart(
      "Levels in and out", x: Axis(.linear(range), .number, title: "Content (LUFS, 400 ms)"),
      y: .decibels(range, title: "Result (LUFS, 400 ms)"),
      summary: "The momentary loudness of the result for that of the content.")
    chart.bands = [
      Chart.Band("80 % of the time", levels.map { ($0.input, $0.low, $0.high) }, .third, opacity: 0.25)
    ]
    chart.series = [
      ClipCharts.unchanged(range),
      Chart.Series("median", levels.map { ($0.input, $0.middle) }, Drawing.Stroke(.third, width: 2)),
    ]
    return chart
  }
}
