import Foundation

/// A font of straight strokes for PNG, which has no other font: ASCII and some signs.
///
/// The unit of the grid is 0.12 times the size of the font. Capitals and digits are 6 units high, small letters 4.
enum StrokeFont {
  private static let unit = 0.12
  private static let baseline = 6.0

  /// A glyph: its advance, and its strokes as points of the grid.
  private struct Glyph {
    var advance: Double
    var strokes: [[Point]]

    /// Reads `advance stroke stroke …`; a stroke is a row of points, each two digits: x to the right, y downwards.
    init(_ text: String) {
      let parts = text.split(separator: " ")
      advance = Double(parts[0]) ?? 6
      strokes = parts.dropFirst().map { part in
        let digits = part.compactMap(\.wholeNumberValue).map(Double.init)
        return stride(from: 0, to: digits.count - 1, by: 2).map { Point(digits[$0], digits[$0 + 1]) }
      }
    }
  }

  /// The width of a text at a size.
  static func width(_ text: String, size: Double) -> Double {
    glyphs(text).reduce(0) { $0 + $1.advance } * unit * size
  }

  /// The lines of a text.
  static func lines(_ text: String, at point: Point, _ style: Drawing.TextStyle) -> [[Point]] {
    let scale = unit * style.size
    let width = width(text, size: style.size)
    var x =
      switch style.anchor {
      case .start: 0.0
      case .middle: -width / 2
      case .end: -width
      }
    var lines: [[Point]] = []
    for glyph in glyphs(text) {
      for stroke in glyph.strokes {
        lines.append(
          stroke.map { grid in
            let (right, down) = (x + (grid.x + 0.5) * scale, (grid.y - baseline) * scale)
            return style.isUpright
              ? Point(point.x + down, point.y - right) : Point(point.x + right, point.y + down)
          })
      }
      x += glyph.advance * scale
    }
    return lines
  }

  private static func glyphs(_ text: String) -> [Glyph] {
    // Accents are left out.
    text.decomposedStringWithCanonicalMapping.unicodeScalars
      .filter { $0.properties.generalCategory != .nonspacingMark }
      .map { table[Character($0)] ?? missing }
  }

  private static let missing = Glyph("6 0040460600")

  private static let table = shapes.mapValues { Glyph($0) }

  private static let shapes: [Character: String] = [
    " ": "4", "!": "3 1014 1616", "\"": "4 0002 2022", "#": "6 1016 3036 0242 0444",
    "$": "6 41100213334436051606 2026",
    "%": "7 0010110100 4555564645 0650", "&": "6 461301102031040516263544", "'": "3 1012",
    "(": "4 20111517 1728",
    ")": "4 00111517 1708", "*": "6 1333 2224 1224 1422", "+": "6 0343 2125", ",": "3 1607", "-": "4 0424",
    ".": "3 1616", "/": "5 0730", "0": "6 103041453616050110", "1": "6 112026 1636",
    "2": "6 0110304142060646",
    "3": "6 0110304142334445361605 2333", "4": "6 36300444", "5": "6 40000312324345361605",
    "6": "6 413010010516364544331304", "7": "6 004016", "8": "6 103041423313020110 13040516364544 4433",
    "9": "6 051636454130100102133342", ":": "3 1313 1616", ";": "3 1313 1607", "<": "6 410345",
    "=": "6 0242 0444",
    ">": "6 014305", "?": "6 0110304142232424 2626", "@": "7 45353132212203142534 455041 4130100105165666",
    "A": "6 062046 1434", "B": "6 0600304142330333 3344453606", "C": "6 4130100105163645",
    "D": "6 0600203142443526 2606",
    "E": "6 40000646 0333", "F": "6 400006 0333", "G": "6 41301001051636454323", "H": "6 0006 4046 0343",
    "I": "3 1016", "J": "6 4045361605", "K": "6 0006 400346", "L": "6 000646", "M": "8 0600336066",
    "N": "6 06004640", "O": "6 103041453616050110", "P": "6 060030414233 3303",
    "Q": "6 103041453616050110 3447",
    "R": "6 060030414233 3303 2346", "S": "6 413010010213334445361605", "T": "6 0040 2026",
    "U": "6 000516364540",
    "V": "6 002640", "W": "8 0016315660", "X": "6 0046 4006", "Y": "6 002340 2326", "Z": "6 00400646",
    "[": "4 20101727",
    "\\": "5 0037", "]": "4 00101707", "^": "6 122032", "_": "6 0747", "`": "3 0011",
    "a": "5 3322120305162635 3236", "b": "5 0006 0312223335261605", "c": "5 3322120305162635",
    "d": "5 3036 3322120305162635", "e": "5 04343322120305162635", "f": "4 30201116 0222",
    "g": "5 3322120305162635 3237281807", "h": "5 0006 0312223336", "i": "3 1216 1010",
    "j": "4 22271808 2020",
    "k": "5 0006 320436", "l": "3 1016", "m": "6 0206 03122326 23324346", "n": "5 0206 0312223336",
    "o": "5 122233352616050312", "p": "5 0208 0312223335261605", "q": "5 3238 3322120305162635",
    "r": "4 0206 031222",
    "s": "5 33221203142435261605", "t": "4 10152636 0232", "u": "5 0205162635 3236", "v": "6 022642",
    "w": "6 0216233642",
    "x": "5 0236 3206", "y": "5 0205162635 3237281807", "z": "5 02320636", "{": "4 2011130414152728",
    "|": "3 1018",
    "}": "4 0011132414151708", "~": "6 04133443", "°": "4 1021120110", "·": "3 1414", "−": "6 0343",
    "–": "5 0434",
    "—": "7 0464", "×": "6 1236 3216", "±": "6 0242 2024 0646", "→": "8 0363 416345", "…": "7 0606 2626 4646",
    "µ": "5 0208 05162635 3236", "μ": "5 0208 05162635 3236", "σ": "6 42120305162635332242",
    "ß": "6 06011021312334252616",
    "’": "3 1011", "‘": "3 1011", "“": "4 0001 2021", "”": "4 0001 2021", "≤": "6 410344 0646",
    "≥": "6 014304 0646",
  ]
}
