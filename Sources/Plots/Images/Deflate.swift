/// Lossless compression after RFC 1951, in a zlib stream (RFC 1950).
///
/// Matches of 3 to 258 bytes within 32 KB are taken greedily; each block has Huffman codes of its own.
public enum Deflate {
  /// A zlib stream of some bytes.
  public static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    // The header: a window of 32 KB, no dictionary, the default effort.
    [0x78, 0x9C] + compress(bytes) + PNG.bigEndian(adler(bytes))
  }

  /// Adler-32 (RFC 1950).
  static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (a, b): (UInt32, UInt32) = (1, 0)
    // Sums of 5552 bytes stay within 32 bits.
    for start in stride(from: 0, to: bytes.count, by: 5552) {
      for byte in bytes[start..<min(start + 5552, bytes.count)] {
        a += UInt32(byte)
        b += a
      }
      a %= 65521
      b %= 65521
    }
    return b << 16 | a
  }

  /// A literal, or a match where the distance is not 0.
  private struct Token {
    var value: UInt16
    var distance: UInt16
  }

  /// Raw deflate data of some bytes.
  static func compress(_ bytes: [UInt8]) -> [UInt8] {
    var writer = BitWriter()
    var tokens: [Token] = []
    tokens.reserveCapacity(tokensOfBlock)
    var matcher = Matcher(bytes)
    var position = 0
    while position < bytes.count {
      if let match = matcher.match(at: position) {
        tokens.append(Token(value: UInt16(match.length), distance: UInt16(match.distance)))
        matcher.skip(position + 1..<position + match.length)
        position += match.length
      } else {
        tokens.append(Token(value: UInt16(bytes[position]), distance: 0))
        position += 1
      }
      if tokens.count == tokensOfBlock {
        write(tokens, isLast: position == bytes.count, to: &writer)
        tokens.removeAll(keepingCapacity: true)
      }
    }
    if !tokens.isEmpty || bytes.isEmpty { write(tokens, isLast: true, to: &writer) }
    return writer.finish()
  }

  private static let tokensOfBlock = 1 << 16
  private static let endOfBlock = 256

  /// The first value of each length code from 257 on, and of each distance code (RFC 1951, 3.2.5).
  private static let lengthCodes =
    codes(
      bits: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5], from: 3)
    + [(first: 258, bits: 0)]
  private static let distanceCodes = codes(bits: [0, 0] + (0..<14).flatMap { [$0, $0] }, from: 1)

  private static func codes(bits: [Int], from first: Int) -> [(first: Int, bits: Int)] {
    var next = first
    return bits.map { bits in
      defer { next += 1 << bits }
      return (next, bits)
    }
  }

  /// The index of the code of each length up to 258, and of each distance up to 32768.
  private static let codeOfLength = table(lengthCodes, upTo: 258)
  private static let codeOfDistance = table(distanceCodes, upTo: 32768)

  private static func table(_ codes: [(first: Int, bits: Int)], upTo last: Int) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: last + 1)
    for (number, code) in codes.enumerated() where code.first <= last {
      for value in code.first...last { result[value] = UInt8(number) }
    }
    return result
  }

  /// Writes a block with codes of its own.
  private static func write(_ tokens: [Token], isLast: Bool, to writer: inout BitWriter) {
    var (literals, distances) = ([Int](repeating: 0, count: 286), [Int](repeating: 0, count: 30))
    for token in tokens {
      if token.distance == 0 {
        literals[Int(token.value)] += 1
      } else {
        literals[257 + Int(codeOfLength[Int(token.value)])] += 1
        distances[Int(codeOfDistance[Int(token.distance)])] += 1
      }
    }
    literals[endOfBlock] = 1
    // A decoder expects at least one distance.
    if !distances.contains(where: { $0 > 0 }) { distances[0] = 1 }
    let (main, far) = (HuffmanCode(literals, longest: 15), HuffmanCode(distances, longest: 15))
    writer.write(isLast ? 1 : 0, count: 1)
    writer.write(2, count: 2)
    writeLengths(main.lengths, far.lengths, to: &writer)
    for token in tokens {
      guard token.distance > 0 else {
        main.write(Int(token.value), to: &writer)
        continue
      }
      let (length, distance) = (Int(token.value), Int(token.distance))
      let (code, farCode) = (Int(codeOfLength[length]), Int(codeOfDistance[distance]))
      main.write(257 + code, to: &writer)
      writer.write(UInt32(length - lengthCodes[code].first), count: lengthCodes[code].bits)
      far.write(farCode, to: &writer)
      writer.write(UInt32(distance - distanceCodes[farCode].first), count: distanceCodes[farCode].bits)
    }
    main.write(endOfBlock, to: &writer)
  }

  /// The order in which the code lengths of the third code are written.
  private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  /// Writes the code lengths of both codes, with runs shortened, in a third code.
  private static func writeLengths(_ main: [Int], _ far: [Int], to writer: inout BitWriter) {
    func trimmed(_ lengths: [Int], atLeast least: Int) -> [Int] {
      Array(lengths.prefix(max(least, (lengths.lastIndex { $0 > 0 } ?? 0) + 1)))
    }
    let (main, far) = (trimmed(main, atLeast: 257), trimmed(far, atLeast: 1))
    let all = main + far
    var symbols: [(symbol: Int, extra: Int, bits: Int)] = []
    var start = 0
    while start < all.count {
      let value = all[start]
      var run = 1
      while start + run < all.count, all[start + run] == value { run += 1 }
      start += run
      if value == 0 {
        while run >= 11 {
          let count = min(run, 138)
          symbols.append((18, count - 11, 7))
          run -= count
        }
        if run >= 3 {
          symbols.append((17, run - 3, 3))
          run = 0
        }
      } else {
        symbols.append((value, 0, 0))
        run -= 1
        while run >= 3 {
          let count = min(run, 6)
          symbols.append((16, count - 3, 2))
          run -= count
        }
      }
      symbols += [(symbol: Int, extra: Int, bits: Int)](repeating: (value, 0, 0), count: run)
    }
    var counts = [Int](repeating: 0, count: 19)
    for symbol in symbols { counts[symbol.symbol] += 1 }
    let code = HuffmanCode(counts, longest: 7)
    let used = max(4, (lengthOrder.lastIndex { code.lengths[$0] > 0 } ?? 0) + 1)
    writer.write(UInt32(main.count - 257), count: 5)
    writer.write(UInt32(far.count - 1), count: 5)
    writer.write(UInt32(used - 4), count: 4)
    for symbol in lengthOrder.prefix(used) { writer.write(UInt32(code.lengths[symbol]), count: 3) }
    for (symbol, extra, bits) in symbols {
      code.write(symbol, to: &writer)
      writer.write(UInt32(extra), count: bits)
    }
  }
}
