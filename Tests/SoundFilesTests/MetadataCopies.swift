import Foundation
@testable import SoundFiles
import Testing

/// Reads bytes and writes the samples with their metadata in another format.
func copy(
  _ bytes: [UInt8], to format: SoundFileFormat, isSoundChanged: Bool = true
) throws -> (bytes: [UInt8], losses: [String], info: SoundFileInfo) {
  let folder = TestFolder()
  let reader = try SoundFileReader(path: folder.write(bytes, to: "a"))
  let info = reader.info
  let path = folder.file("b")
  var options = SoundFileWriter.Options()
  options.metadata = info.metadata
  options.layout = info.layout
  options.isSoundChanged = isSoundChanged
  let writer = try SoundFileWriter(
    path: path, format: format, sampleRate: info.sampleRate, channelCount: info.channelCount,
    options: options)
  try reader.copySamples(to: writer)
  try writer.finish()
  let copied = try SoundFileReader(path: path)
  #expect(copied.info.frameCount == info.frameCount && copied.info.warnings.isEmpty)
  if format.encoding.isLossless, info.format.encoding.isLossless {
    try reader.rewind()
    #expect(try readAll(copied) == readAll(reader))
  }
  return (folder.bytes("b"), writer.losses, copied.info)
}

/// Sound files put together chunk by chunk: one channel, 16 bits, 48 kHz.
enum ChunkFile {
  private static let samples = Signal.integers(bits: 16, count: 3000).map { $0 >> 16 }

  static func number(_ value: Int, _ count: Int, bigEndian: Bool) -> [UInt8] {
    HeaderBytes.bytes(of: FileNumber(value), count: count, bigEndian: bigEndian)
  }

  /// A chunk of RIFF or AIFF, padded to an even length.
  static func chunk(_ name: String, _ bytes: [UInt8], bigEndian: Bool = false) -> [UInt8] {
    Array(name.utf8) + number(bytes.count, 4, bigEndian: bigEndian) + bytes
      + (bytes.count % 2 == 1 ? [0] : [])
  }

  /// The samples.
  static func data(bigEndian: Bool = false) -> [UInt8] {
    samples.flatMap { number(Int(UInt16(truncatingIfNeeded: $0)), 2, bigEndian: bigEndian) }
  }

  /// The format chunk of RIFF and W64, without its head.
  static func format(bigEndian: Bool = false) -> [UInt8] {
    let numbers = [(1, 2), (1, 2), (48000, 4), (96000, 4), (2, 2), (16, 2)]
    return numbers.flatMap { number($0.0, $0.1, bigEndian: bigEndian) }
  }

  /// A WAV file with chunks before and behind its samples.
  static func wav(before: [UInt8] = [], behind: [UInt8] = [], bigEndian: Bool = false) -> [UInt8] {
    var body = Array("WAVE".utf8) + chunk("fmt ", format(bigEndian: bigEndian), bigEndian: bigEndian)
    body += before
    body += chunk("data", data(bigEndian: bigEndian), bigEndian: bigEndian)
    body += behind
    return Array((bigEndian ? "RIFX" : "RIFF").utf8) + number(body.count, 4, bigEndian: bigEndian) + body
  }

  /// A list of texts.
  static func list(_ texts: [(String, String)]) -> [UInt8] {
    chunk("LIST", Array("INFO".utf8) + texts.flatMap { chunk($0.0, Array($0.1.utf8) + [0]) })
  }

  /// An AIFF file with chunks behind its samples.
  static func aiff(behind: [UInt8]) -> [UInt8] {
    let rate: [UInt8] = [0x40, 0x0E, 0xBB, 0x80, 0, 0, 0, 0, 0, 0]
    let common =
      number(1, 2, bigEndian: true) + number(samples.count, 4, bigEndian: true) + [0, 16] + rate
    var body = Array("AIFF".utf8) + chunk("COMM", common, bigEndian: true)
    body += chunk("SSND", number(0, 8, bigEndian: true) + data(bigEndian: true), bigEndian: true)
    body += behind
    return chunk("FORM", body, bigEndian: true)
  }

  /// A CAF file with a chunk `info`.
  static func caf(_ texts: [(String, String)]) -> [UInt8] {
    func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
      Array(name.utf8) + number(bytes.count, 8, bigEndian: true) + bytes
    }
    // The rate as a double, linear PCM with big-endian integers, 2 bytes and 1 frame a packet, 1 channel, 16 bits.
    var description = withUnsafeBytes(of: (48000.0).bitPattern.bigEndian) { Array($0) } + Array("lpcm".utf8)
    for value in [0, 2, 1, 1, 16] { description += number(value, 4, bigEndian: true) }
    var strings: [UInt8] = []
    for (key, text) in texts { strings += Array("\(key)\0\(text)\0".utf8) }
    var bytes = Array("caff".utf8) + [0, 1, 0, 0]
    bytes += chunk("desc", description)
    bytes += chunk("info", number(texts.count, 4, bigEndian: true) + strings)
    bytes += chunk("data", [0, 0, 0, 0] + data(bigEndian: true))
    return bytes
  }

  /// A W64 file with chunks behind its samples; those that RIFF has, too, end with the same 12 bytes.
  static func w64(behind: [(name: [UInt8], bytes: [UInt8])]) -> [UInt8] {
    func chunk(_ name: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
      let whole = name + number(24 + bytes.count, 8, bigEndian: false) + bytes
      return whole + [UInt8](repeating: 0, count: (8 - whole.count % 8) % 8)
    }
    var body = w64Name("wave") + chunk(w64Name("fmt "), format()) + chunk(w64Name("data"), data())
    for (name, bytes) in behind { body += chunk(name, bytes) }
    let riff: [UInt8] = [0x2E, 0x91, 0xCF, 0x11, 0xA5, 0xD6, 0x28, 0xDB, 4, 0xC1, 0, 0]
    return Array("riff".utf8) + riff + number(24 + body.count, 8, bigEndian: false) + body
  }

  static func w64Name(_ name: String) -> [UInt8] {
    Array(name.utf8) + [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A]
  }

  /// An AU file with an annotation.
  static func au(_ annotation: [UInt8]) -> [UInt8] {
    let numbers = [24 + annotation.count, 2 * samples.count, 3, 48000, 1]
    return Array(".snd".utf8) + numbers.flatMap { number($0, 4, bigEndian: true) } + annotation
      + data(bigEndian: true)
  }

  /// A VOC file with a block of text before its samples (8 bits, about 11 kHz).
  static func voc(_ text: String) -> [UInt8] {
    func block(_ kind: UInt8, _ bytes: [UInt8]) -> [UInt8] {
      [kind] + number(bytes.count, 3, bigEndian: false) + bytes
    }
    let header = Array("Creative Voice File".utf8) + [0x1A, 0x1A, 0, 0x0A, 1, 0x29, 0x11]
    return header + block(5, Array(text.utf8) + [0])
      + block(1, [165, 0] + samples.map { UInt8(truncatingIfNeeded: $0) }) + [0]
  }

  /// An 8SVX file with chunks behind its samples (8 bits, 8 kHz).
  static func svx(behind: [UInt8]) -> [UInt8] {
    let header =
      number(samples.count, 4, bigEndian: true) + [UInt8](repeating: 0, count: 8)
      + number(8000, 2, bigEndian: true) + [1, 0, 0, 1, 0, 0]
    var body = Array("8SVX".utf8) + chunk("VHDR", header, bigEndian: true)
    body += chunk("BODY", samples.map { UInt8(truncatingIfNeeded: $0) }, bigEndian: true)
    body += behind
    return chunk("FORM", body, bigEndian: true)
  }
}
