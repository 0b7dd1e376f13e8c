@testable import TensorFiles

/// A PNG as a reader finds it: of 8 bits, a palette or true colour, without interlacing, filtered by "none" or "up".
struct PNGFile {
  var width: Int
  var height: Int
  var colorType: UInt8
  var palette: [UInt8] = []
  /// The values of the rows without their filters.
  var rows: [[UInt8]] = []

  struct Damage: Error {
    var what: String
  }

  init(_ bytes: [UInt8]) throws {
    func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    guard bytes.prefix(8) == [137, 80, 78, 71, 13, 10, 26, 10] else { throw Damage(what: "signature") }
    (width, height, colorType) = (number(16), number(20), bytes[25])
    var (place, body) = (8, [UInt8]())
    var names: [String] = []
    while place < bytes.count {
      let (length, name) = (number(place), String(decoding: bytes[place + 4..<place + 8], as: UTF8.self))
      let content = Array(bytes[place + 8..<place + 8 + length])
      names.append(name)
      if name == "PLTE" { palette = content }
      if name == "IDAT" { body += content }
      place += 12 + length
    }
    guard names.first == "IHDR", names.last == "IEND", place == bytes.count else {
      throw Damage(what: "chunks")
    }
    let rowLength = width * (colorType == 2 ? 3 : 1)
    let raw = try Inflate.decoded(
      body.dropFirst(2).dropLast(4), size: height * (rowLength + 1), source: "PNG")
    var above = [UInt8](repeating: 0, count: rowLength)
    for y in 0..<height {
      let start = y * (rowLength + 1)
      var row = Array(raw[start + 1...start + rowLength])
      switch raw[start] {
      case 0: break
      case 2: row = zip(row, above).map { $0 &+ $1 }
      default: throw Damage(what: "filter \(raw[start])")
      }
      rows.append(row)
      above = row
    }
  }
}
