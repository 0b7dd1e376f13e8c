/// Images as PNG (ISO/IEC 15948): 8 bits a component, without alpha, compressed by ``Deflate``.
public enum PNG {
  private static let signature: [UInt8] = [137, 80, 78, 71, 13, 10, 26, 10]

  /// An image of at most 256 colours, as numbers of a palette.
  public static func encode(_ image: IndexedImage) -> [UInt8] {
    var rows: [UInt8] = []
    rows.reserveCapacity((image.width + 1) * image.height)
    for y in 0..<image.height {
      rows.append(0)
      rows += image.pixels[y * image.width..<(y + 1) * image.width]
    }
    let palette = image.colors.flatMap { [$0.red, $0.green, $0.blue] }
    return file(width: image.width, height: image.height, colorType: 3, palette: palette, rows: rows)
  }

  /// A raster in true colour.
  public static func encode(_ raster: Raster) -> [UInt8] {
    let length = raster.width * 3
    var rows: [UInt8] = []
    rows.reserveCapacity((length + 1) * raster.height)
    var (above, filtered) = ([UInt8](repeating: 0, count: length), [UInt8](repeating: 0, count: length))
    for y in 0..<raster.height {
      let row = Array(raster.components[y * length..<(y + 1) * length])
      // Most rows of a chart equal the rows above them, so differences compress well.
      for x in 0..<length { filtered[x] = row[x] &- above[x] }
      rows.append(2)
      rows += filtered
      above = row
    }
    return file(width: raster.width, height: raster.height, colorType: 2, palette: nil, rows: rows)
  }

  private static func file(
    width: Int, height: Int, colorType: UInt8, palette: [UInt8]?, rows: [UInt8]
  ) -> [UInt8] {
    var header = bigEndian(UInt32(width)) + bigEndian(UInt32(height))
    // Bit depth, colour type, compression 0 (deflate), filter method 0, no interlacing.
    header += [8, colorType, 0, 0, 0]
    var file = signature + chunk("IHDR", header)
    if let palette { file += chunk("PLTE", palette) }
    return file + chunk("IDAT", Deflate.zlib(rows)) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return bigEndian(UInt32(content.count)) + body + bigEndian(checksum(body))
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// CRC-32 of the polynomial 0xEDB88320 (ISO/IEC 15948, annex D).
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    var value = UInt32.max
    for byte in bytes { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
    return ~value
  }

  private static let table: [UInt32] = (0..<256).map { index in
    var value = UInt32(index)
    for _ in 0..<8 { value = value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    return value
  }
}
