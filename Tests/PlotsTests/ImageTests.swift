import Testing

@testable import Plots

@Suite struct ImageTests {
  @Test func indexedImagesComeBack() throws {
    let colors = [Color(0x000000), Color(0xFF8000), Color(0x123456)]
    let pixels = (0..<35).map { UInt8($0 * 7 % 3) }
    let image = IndexedImage(width: 7, height: 5, pixels: pixels, colors: colors)
    let file = try PNGFile(PNG.encode(image))
    #expect(file.width == 7 && file.height == 5 && file.colorType == 3)
    #expect(file.palette == [0, 0, 0, 0xFF, 0x80, 0, 0x12, 0x34, 0x56])
    #expect(file.rows.flatMap(\.self) == pixels)
  }

  @Test func rastersComeBack() throws {
    var raster = Raster(width: 9, height: 6, color: Color(0xFFFFFF))
    raster.fill([Point(2, 1), Point(6, 1), Point(6, 4), Point(2, 4)], color: Color(0x204060))
    let file = try PNGFile(PNG.encode(raster))
    #expect(file.width == 9 && file.height == 6 && file.colorType == 2)
    #expect(file.rows.flatMap(\.self) == raster.components)
    for y in 0..<6 {
      for x in 0..<9 {
        let isInside = (2..<6).contains(x) && (1..<4).contains(y)
        #expect(raster.color(x: x, y: y) == Color(isInside ? 0x204060 : 0xFFFFFF), "\(x), \(y)")
      }
    }
  }

  /// A quarter of a pixel takes a quarter of the colour.
  @Test func edgesAreSmooth() {
    var raster = Raster(width: 4, height: 4, color: Color(0x000000))
    raster.fill([Point(1.5, 1.5), Point(3, 1.5), Point(3, 3), Point(1.5, 3)], color: Color(0xFFFFFF))
    #expect(raster.color(x: 1, y: 1).red == 64)
    #expect(raster.color(x: 2, y: 1).red == 128 && raster.color(x: 1, y: 2).red == 128)
    #expect(raster.color(x: 2, y: 2).red == 255 && raster.color(x: 0, y: 0).red == 0)
    raster.fill(
      [Point(-9, -9), Point(99, -9), Point(99, 99), Point(-9, 99)], color: Color(0xFFFFFF), opacity: 0.5)
    #expect(raster.color(x: 0, y: 0).red == 128 && raster.color(x: 3, y: 3).red == 128)
  }

  /// A line of two pixels along the border between rows covers both of them, and nothing else.
  @Test func linesHaveTheirWidth() {
    var raster = Raster(width: 20, height: 8, color: Color(0xFFFFFF))
    raster.stroke([[Point(4, 4), Point(16, 4)]], color: Color(0x000000), width: 2)
    #expect((0..<8).map { raster.color(x: 10, y: $0).red } == [255, 255, 255, 0, 0, 255, 255, 255])
    #expect(raster.color(x: 1, y: 4).red == 255 && raster.color(x: 18, y: 3).red == 255)
    // Crossing pieces do not add up.
    var once = Raster(width: 9, height: 9, color: Color(0xFFFFFF))
    once.stroke([[Point(1, 4.5), Point(8, 4.5)]], color: Color(0x808080), width: 0.5)
    var twice = Raster(width: 9, height: 9, color: Color(0xFFFFFF))
    twice.stroke([[Point(1, 4.5), Point(8, 4.5), Point(1, 4.5)]], color: Color(0x808080), width: 0.5)
    #expect(once.components == twice.components && once.color(x: 4, y: 4).red < 255)
  }

  @Test func dashesCoverTheirShare() {
    let pieces = Drawing.dashed([Point(0, 0), Point(10, 0), Point(10, 10)], [3, 2])
    let expected: [[Point]] = [
      [Point(0, 0), Point(3, 0)], [Point(5, 0), Point(8, 0)],
      [Point(10, 0), Point(10, 3)], [Point(10, 5), Point(10, 8)],
    ]
    #expect(pieces == expected)
    #expect(Drawing.dashed([Point(0, 0), Point(1, 0)], [3, 2]) == [[Point(0, 0), Point(1, 0)]])
  }

  /// All of ASCII and the signs of the program's texts have shapes of their own.
  @Test func lettersAreThere() {
    let missing = StrokeFont.lines("\u{1F600}", at: Point(0, 0), .init())
    for scalar in (0x21...0x7E).compactMap(Unicode.Scalar.init) + Array("−·→°±…–—×µσ".unicodeScalars) {
      let text = String(Character(scalar))
      let lines = StrokeFont.lines(text, at: Point(0, 0), .init())
      #expect(!lines.isEmpty && lines != missing, "\(text)")
      let width = StrokeFont.width(text, size: 12)
      #expect(
        lines.joined().allSatisfy { $0.x >= 0 && $0.x <= width + 0.01 }, "\(text) stays within its width")
    }
    #expect(
      StrokeFont.lines("ä", at: Point(0, 0), .init()) == StrokeFont.lines("a", at: Point(0, 0), .init()))
    let end = StrokeFont.lines("kHz", at: Point(50, 0), .init(anchor: .end)).joined().map(\.x)
    #expect((end.max() ?? 99) <= 50 && (end.min() ?? 0) >= 50 - StrokeFont.width("kHz", size: 12))
  }

  @Test func colorsGetBrighter() {
    let luminances = ColorMap.heat.colors.map(\.luminance)
    #expect(luminances.count == 256)
    #expect(zip(luminances, luminances.dropFirst()).allSatisfy { $0 < $1 })
    #expect(Color(0x0A0B0C).hex == "#0a0b0c" && Color(0xFFFFFF).luminance > 0.999)
  }

  /// Text and curves stand out of the background: 4.5:1 for text, 3:1 for curves (WCAG 2.2, 1.4.3 and 1.4.11).
  @Test(arguments: Theme.allCases) func contrast(theme: Theme) {
    func ratio(_ ink: Ink) -> Double {
      let (a, b) = (ink.color(in: theme).luminance, Ink.paper.color(in: theme).luminance)
      return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }
    for ink in [Ink.text, .muted] { #expect(ratio(ink) >= 4.5, "\(ink)") }
    for ink in [Ink.first, .second, .third, .fourth] { #expect(ratio(ink) >= 3, "\(ink)") }
  }
}
