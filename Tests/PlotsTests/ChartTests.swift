import Foundation
import Testing

@testable import Plots

@Suite struct ChartTests {
  /// The points of the paths of a class in an SVG.
  private func paths(_ svg: String, _ inkClass: String) -> [[(x: Double, y: Double)]] {
    svg.components(separatedBy: "<path ").dropFirst().filter { $0.contains("class=\"\(inkClass)\"") }.map {
      text in
      let data = text.components(separatedBy: " d=\"")[1].prefix { $0 != "\"" }
      let numbers = data.split { "ML Z".contains($0) }.compactMap { Double($0) }
      return stride(from: 0, to: numbers.count - 1, by: 2).map { (numbers[$0], numbers[$0 + 1]) }
    }
  }

  /// A curve's points in the SVG, read back through the axes, are its values within half a hundredth of a unit.
  @Test func curvesStandAtTheirValues() throws {
    let values = [(20.0, -12.0), (100, 3.5), (440, 0), (1000, -6.25), (20_000, 11)]
    var chart = Chart("T", x: .frequency(), y: .decibels(-18...18))
    chart.series = [Chart.Series("curve", values.map { ($0.0, $0.1) }, .init(.third, width: 2))]
    let frame = chart.frame(width: 440, height: 260)
    // The legend has a path of the same colour.
    let points = try #require(paths(chart.drawing().svg(), "line-third").first { $0.count == values.count })
    for (point, value) in zip(points, values) {
      let share = (point.x - frame.box.left) / frame.box.width
      let frequency = 20 * pow(1000, share)
      let level = -18 + 36 * (frame.box.bottom - point.y) / frame.box.height
      #expect(abs(log(frequency / value.0)) < 0.005 / frame.box.width * log(1000) + 1e-9, "\(value)")
      #expect(abs(level - value.1) < 0.005 * 36 / frame.box.height + 1e-9, "\(value)")
    }
  }

  /// Lines end at the borders, where they leave them, and gaps stay.
  @Test func linesAreClipped() {
    var chart = Chart("T", x: Axis(.linear(0...10), .number, title: "x"), y: .decibels(0...10))
    let values: [(x: Double, y: Double)] = [(0, 5), (2, 15), (4, 5), (5, .nan), (6, 5), (12, 5)]
    chart.series = [Chart.Series("", values, .init(.third))]
    let frame = chart.frame(width: 440, height: 260)
    let lines = paths(chart.drawing().svg(), "line-third")
    #expect(lines.count == 3)
    let expected: [[(Double, Double)]] = [[(0, 5), (1, 10)], [(3, 10), (4, 5)], [(6, 5), (10, 5)]]
    for (line, ends) in zip(lines, expected) {
      for (point, value) in zip(line, ends) {
        let place = frame.point(value.0, value.1)
        #expect(abs(point.x - place.x) < 0.01 && abs(point.y - place.y) < 0.01, "\(value)")
      }
    }
  }

  /// The pixel of a value has the colour of its level, in the image and in the PNG of the drawing.
  @Test func heatMapsHaveTheirPixels() {
    var values = [Float](repeating: -200, count: 40 * 20)
    values[5 * 40 + 7] = 0
    values[12 * 40 + 30] = -40
    values[0] = .nan
    let map = HeatMap(
      "S", columns: 40, values: values, x: .time(2), y: .frequency(), levels: -80...0)
    let image = map.image
    #expect(image.color(x: 7, y: 5) == ColorMap.heat.colors[255])
    #expect(image.color(x: 30, y: 12) == ColorMap.heat.colors[127])
    #expect(
      image.color(x: 0, y: 0) == ColorMap.heat.colors[0]
        && image.color(x: 39, y: 19) == image.color(x: 0, y: 0))
    let box = map.frame(width: 440, height: 240).box
    let raster = map.drawing().raster(scale: 1)
    let (x, y) = (box.left + 7.5 / 40 * box.width, box.top + 5.5 / 20 * box.height)
    #expect(raster.color(x: Int(x), y: Int(y)) == ColorMap.heat.colors[255])
    #expect(raster.width == 440 && raster.height == 240)
  }

  @Test func scalesAndTicks() {
    let frequency = Axis.frequency()
    #expect(frequency.ticks(atMost: 10) == [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000])
    #expect(frequency.ticks(atMost: 10).map(frequency.label).suffix(4) == ["2k", "5k", "10k", "20k"])
    #expect(abs(frequency.scale.share(of: 632.455_532) - 0.5) < 1e-9)
    #expect(abs(frequency.scale.value(at: 0.5) - 632.455_532) < 1e-6)
    let level = Axis.decibels(-90...(-10))
    #expect(level.ticks(atMost: 5) == [-80, -60, -40, -20] && level.label(-20) == "−20")
    let song = Axis.time(200)
    #expect(
      song.ticks(atMost: 8).map(song.label) == ["0:00", "0:30", "1:00", "1:30", "2:00", "2:30", "3:00"])
    #expect(song.title == "Time (min:s)" && Axis.time(3).title == "Time (s)")
    let click = Axis.time(0.05)
    #expect(click.title == "Time (ms)" && click.label(0.02) == "20")
    #expect(Axis.time(1).ticks(atMost: 5) == [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1])
    #expect(Axis.time(0).scale.upper > 0)
  }

  @Test func darkColorsComeByPreference() {
    let drawing = Chart("T", x: .time(1), y: .decibels(0...1)).drawing()
    #expect(drawing.svg().contains("@media (prefers-color-scheme: dark)"))
    #expect(!drawing.svg(theme: .page).contains("<style>") && drawing.svg(theme: .page).contains("class="))
    let dark = drawing.svg(theme: .fixed(.dark))
    #expect(!dark.contains("class=") && dark.contains(Ink.text.color(in: .dark).hex))
    #expect(drawing.svg(theme: .page, id: "a").contains("aria-labelledby=\"a-title\""))
  }

  @Test func waveformsHaveTheirExtent() throws {
    let columns: [ClosedRange<Float>] = [0...0, -0.5...1, -1...0.25]
    let drawing = Waveform("W", columns: columns, ink: .first).drawing(width: 30, height: 22)
    guard case .area(let points, .first, _) = try #require(drawing.marks.first) else {
      Issue.record("expected an area")
      return
    }
    #expect(points.map(\.x) == [5, 15, 25, 25, 15, 5])
    #expect(points.map(\.y) == [10.75, 1, 8.5, 21, 16, 11.25])
  }
}
