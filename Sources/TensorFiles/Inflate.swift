/// A decoder of the DEFLATE format, RFC 1951, for compressed .npz members.
struct Inflate {
  private let input: ArraySlice<UInt8>
  private let source: String
  private var position: Int
  private var bits: UInt32 = 0
  private var bitCount: UInt32 = 0
  private var output: [UInt8] = []
  private let limit: Int

  /// The most bytes that one byte of DEFLATE can stand for: 258 for each two bits.
  static let largestRatio = 1032

  /// Decodes a stream whose decoded size is exactly `size` bytes.
  ///
  /// A size that the stream cannot hold is refused first. Memory for up to 16 times the stream's size is reserved at
  /// once, which is far more than numbers compress by. Beyond that, memory grows with the decoded bytes.
  static func decoded(
    _ input: ArraySlice<UInt8>, size: Int, source: String
  ) throws(InterchangeError) -> [UInt8] {
    var decoder = Inflate(input, limit: size, source: source)
    guard size / largestRatio <= input.count else {
      throw decoder.error("at most \(largestRatio) times \(input.count) bytes", "\(size) announced")
    }
    decoder.output.reserveCapacity(min(size, 16 * input.count))
    try decoder.run()
    guard decoder.output.count == size else {
      throw decoder.error("\(size) bytes", "\(decoder.output.count)")
    }
    return decoder.output
  }

  private init(_ input: ArraySlice<UInt8>, limit: Int, source: String) {
    self.input = input
    self.source = source
    self.limit = limit
    position = input.startIndex
  }

  /// A prefix code: the number of codes of each length in bits, and the symbols in the order of their codes.
  private struct Code {
    var counts = [Int](repeating: 0, count: 16)
    var symbols: [Int] = []

    init(lengths: [Int]) {
      for length in lengths { counts[length] += 1 }
      symbols = lengths.indices.filter { lengths[$0] > 0 }.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
      counts[0] = 0
    }

    /// Whether no code is the start of another, and every bit pattern starts with a code; a single code may be alone.
    var isComplete: Bool {
      var free = 1
      for length in 1...15 {
        free = free * 2 - counts[length]
        if free < 0 { return false }
      }
      return free == 0 || symbols.count <= 1
    }
  }

  private mutating func run() throws(InterchangeError) {
    var isLast = false
    while !isLast {
      isLast = try take(1) == 1
      switch try take(2) {
      case 0: try storedBlock()
      case 1: try block(Self.fixedLiterals, Self.fixedDistances)
      case 2:
        let (literals, distances) = try dynamicCodes()
        try block(literals, distances)
      default: throw error("a block of kind 0 to 2", "kind 3")
      }
    }
  }

  private static let fixedLiterals = Code(
    lengths: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = Code(lengths: Array(repeating: 5, count: 30))
  private static let lengthBases = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227, 258,
  ]
  private static let distanceBases = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097, 6145,
    8193, 12289, 16385, 24577,
  ]
  private static let codeLengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private mutating func storedBlock() throws(InterchangeError) {
    bits = 0
    bitCount = 0
    guard position + 4 <= input.endIndex else { throw error("a block's length", "the end") }
    let length = Int(input[position]) | Int(input[position + 1]) << 8
    let check = Int(input[position + 2]) | Int(input[position + 3]) << 8
    guard length == ~check & 0xFFFF else { throw error("a length and its complement", "\(length), \(check)") }
    position += 4
    guard position + length <= input.endIndex else { throw error("\(length) stored bytes", "the end") }
    try grow(length)
    output += input[position..<position + length]
    position += length
  }

  private mutating func dynamicCodes() throws(InterchangeError) -> (Code, Code) {
    let literalCount = Int(try take(5)) + 257
    let distanceCount = Int(try take(5)) + 1
    let lengthCount = Int(try take(4)) + 4
    guard literalCount <= 286, distanceCount <= 30 else {
      throw error("at most 286 and 30 codes", "\(literalCount) and \(distanceCount)")
    }
    var lengthLengths = [Int](repeating: 0, count: 19)
    for index in 0..<lengthCount { lengthLengths[Self.codeLengthOrder[index]] = Int(try take(3)) }
    let lengthCode = Code(lengths: lengthLengths)
    guard lengthCode.isComplete else { throw error("a complete code of code lengths", "another") }
    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      let symbol = try decode(lengthCode)
      var (value, repeats) = (0, 1)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw error("a length to repeat", "none") }
        (value, repeats) = (last, Int(try take(2)) + 3)
      case 17: repeats = Int(try take(3)) + 3
      case 18: repeats = Int(try take(7)) + 11
      default: value = symbol
      }
      guard lengths.count + repeats <= literalCount + distanceCount else {
        throw error("\(literalCount + distanceCount) code lengths", "more")
      }
      lengths += Array(repeating: value, count: repeats)
    }
    let literals = Code(lengths: Array(lengths[..<literalCount]))
    let distances = Code(lengths: Array(lengths[literalCount...]))
    guard lengths[256] > 0, literals.isComplete, distances.isComplete else {
      throw error("complete codes with an end", "others")
    }
    return (literals, distances)
  }

  private mutating func block(_ literals: Code, _ distances: Code) throws(InterchangeError) {
    while true {
      let symbol = try decode(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        try grow(1)
        output.append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw error("a length symbol up to 285", "\(symbol)") }
      let lengthIndex = symbol - 257
      let lengthExtra = lengthIndex < 8 || lengthIndex == 28 ? 0 : UInt32(lengthIndex / 4 - 1)
      let length = Self.lengthBases[lengthIndex] + Int(try take(lengthExtra))
      let distanceIndex = try decode(distances)
      guard distanceIndex < 30 else { throw error("a distance symbol up to 29", "\(distanceIndex)") }
      let distanceExtra = distanceIndex < 4 ? 0 : UInt32(distanceIndex / 2 - 1)
      let distance = Self.distanceBases[distanceIndex] + Int(try take(distanceExtra))
      guard distance <= output.count else { throw error("a distance up to \(output.count)", "\(distance)") }
      try grow(length)
      for _ in 0..<length { output.append(output[output.count - distance]) }
    }
  }

  private mutating func decode(_ code: Code) throws(InterchangeError) -> Int {
    var (value, first, index) = (0, 0, 0)
    for length in 1...15 {
      value |= Int(try take(1))
      let count = code.counts[length]
      if value - count < first { return code.symbols[index + value - first] }
      index += count
      first = (first + count) << 1
      value <<= 1
    }
    throw error("a code", "none that fits")
  }

  private mutating func take(_ count: UInt32) throws(InterchangeError) -> UInt32 {
    while bitCount < count {
      guard position < input.endIndex else { throw error("more compressed data", "the end") }
      bits |= UInt32(input[position]) << bitCount
      bitCount += 8
      position += 1
    }
    let value = bits & ((1 << count) - 1)
    bits >>= count
    bitCount -= count
    return value
  }

  private func grow(_ count: Int) throws(InterchangeError) {
    guard output.count + count <= limit else { throw error("\(limit) bytes, as announced", "more") }
  }

  private func error(_ expected: String, _ found: String) -> InterchangeError {
    InterchangeError(.malformedHeader, source: source, expected: "compressed data: \(expected)", found: found)
  }
}
