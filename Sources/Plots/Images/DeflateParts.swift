/// Collects bits in the order of deflate: the lowest bit first.
struct BitWriter {
  private var bytes: [UInt8] = []
  private var pending: UInt64 = 0
  private var count = 0

  mutating func write(_ value: UInt32, count bits: Int) {
    pending |= UInt64(value) << UInt64(count)
    count += bits
    while count >= 8 {
      bytes.append(UInt8(truncatingIfNeeded: pending))
      pending >>= 8
      count -= 8
    }
  }

  /// The bytes; zeros fill up the last one.
  mutating func finish() -> [UInt8] {
    if count > 0 { write(0, count: 8 - count) }
    return bytes
  }
}

/// A canonical Huffman code (RFC 1951, 3.2.2).
struct HuffmanCode {
  /// The length of each symbol's code word; 0 for symbols that do not occur.
  private(set) var lengths: [Int]
  /// Each symbol's code word, with its bits in the order of writing.
  private var words: [UInt32]

  /// Creates the code for symbols with the given counts, with code words of at most `longest` bits.
  init(_ counts: [Int], longest: Int) {
    var counts = counts
    lengths = Self.lengths(counts)
    // Flatter counts make flatter trees.
    while (lengths.max() ?? 0) > longest {
      counts = counts.map { $0 == 0 ? 0 : $0 / 4 + 1 }
      lengths = Self.lengths(counts)
    }
    words = [UInt32](repeating: 0, count: counts.count)
    var next: UInt32 = 0
    for length in 1...longest {
      for symbol in lengths.indices where lengths[symbol] == length {
        words[symbol] = (0..<length).reduce(0) { $0 << 1 | (next >> UInt32($1) & 1) }
        next += 1
      }
      next <<= 1
    }
  }

  func write(_ symbol: Int, to writer: inout BitWriter) {
    writer.write(words[symbol], count: lengths[symbol])
  }

  /// The depths of Huffman's tree.
  private static func lengths(_ counts: [Int]) -> [Int] {
    let symbols = counts.indices.filter { counts[$0] > 0 }.sorted { counts[$0] < counts[$1] }
    var lengths = [Int](repeating: 0, count: counts.count)
    guard symbols.count > 1 else {
      for symbol in symbols { lengths[symbol] = 1 }
      return lengths
    }
    // Weights of the leaves in rising order, then of the inner nodes, which are made in rising order, too.
    var weights = symbols.map { counts[$0] }
    var parents = [Int](repeating: 0, count: 2 * symbols.count - 1)
    var (leaf, node) = (0, symbols.count)
    func lightest() -> Int {
      let isLeaf = leaf < symbols.count && (node >= weights.count || weights[leaf] <= weights[node])
      defer { if isLeaf { leaf += 1 } else { node += 1 } }
      return isLeaf ? leaf : node
    }
    for _ in 1..<symbols.count {
      let (a, b) = (lightest(), lightest())
      parents[a] = weights.count
      parents[b] = weights.count
      weights.append(weights[a] + weights[b])
    }
    var depths = [Int](repeating: 0, count: weights.count)
    for index in (0..<weights.count - 1).reversed() { depths[index] = depths[parents[index]] + 1 }
    for (index, symbol) in symbols.enumerated() { lengths[symbol] = depths[index] }
    return lengths
  }
}

/// Finds earlier bytes that equal the bytes at a place, by hashes of three bytes.
struct Matcher {
  private let bytes: [UInt8]
  private var newest: [Int32]
  private var older: [Int32]

  private static let window = 1 << 15
  private static let hashBits = 15
  private static let longest = 258
  /// The largest number of earlier places that are compared.
  private static let attempts = 32

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    newest = [Int32](repeating: -1, count: 1 << Self.hashBits)
    older = [Int32](repeating: -1, count: Self.window)
  }

  private func hash(_ position: Int) -> Int {
    let word =
      UInt32(bytes[position]) | UInt32(bytes[position + 1]) << 8 | UInt32(bytes[position + 2]) << 16
    return Int((word &* 0x9E37_79B1) >> UInt32(32 - Self.hashBits))
  }

  private mutating func note(_ position: Int) -> Int {
    let hash = hash(position)
    let before = Int(newest[hash])
    older[position & (Self.window - 1)] = Int32(before)
    newest[hash] = Int32(position)
    return before
  }

  /// The longest match found for the bytes at a place; notes the place for later matches.
  mutating func match(at position: Int) -> (length: Int, distance: Int)? {
    guard position + 3 <= bytes.count else { return nil }
    var candidate = note(position)
    let limit = min(Self.longest, bytes.count - position)
    var best = (length: 2, distance: 0)
    for _ in 0..<Self.attempts {
      guard candidate >= 0, position - candidate < Self.window else { break }
      if best.length < limit, bytes[candidate + best.length] == bytes[position + best.length] {
        var length = 0
        while length < limit, bytes[candidate + length] == bytes[position + length] { length += 1 }
        if length > best.length { best = (length, position - candidate) }
        if length == limit { break }
      }
      let next = Int(older[candidate & (Self.window - 1)])
      guard next < candidate else { break }
      candidate = next
    }
    return best.length > 2 ? best : nil
  }

  /// Notes places that a match covers.
  mutating func skip(_ positions: Range<Int>) {
    for position in positions where position + 3 <= bytes.count { _ = note(position) }
  }
}
