import Foundation

/// SHA-256 (FIPS 180-4): what `sha256sum` prints, for records of files.
package struct SHA256: Sendable {
  private var state = Self.start
  private var pending: [UInt8] = []
  private var byteCount: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  package init() {}

  /// The digest of some bytes, in hexadecimal digits.
  package static func hex(of bytes: some Sequence<UInt8>) -> String {
    var hash = SHA256()
    hash.update(Array(bytes))
    return hash.finish()
  }

  /// The digest of a whole file by its descriptor, whatever the descriptor's position.
  package static func hex(ofDescriptor descriptor: Int32, path: String) throws(SoundFileError) -> String {
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var offset = 0
    while true {
      let got = unsafe buffer.withUnsafeMutableBytes {
        unsafe FileBytes.read($0, from: descriptor, at: offset)
      }
      guard got >= 0 else { throw .cannotRead(path, SoundFileError.text(errno)) }
      guard got > 0 else { return hash.finish() }
      hash.update(got == buffer.count ? buffer : Array(buffer[..<got]))
      offset += got
    }
  }

  /// The digest of a file.
  package static func hex(ofFile path: String) throws(SoundFileError) -> String {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotOpen(path, errno) }
    defer { close(descriptor) }
    return try hex(ofDescriptor: descriptor, path: path)
  }

  /// Takes in bytes.
  package mutating func update(_ bytes: [UInt8]) {
    byteCount &+= UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending += bytes[..<start]
      guard pending.count == 64 else { return }
      let block = pending
      take(block.span, at: 0)
      pending = []
    }
    let span = bytes.span
    while bytes.count - start >= 64 {
      take(span, at: start)
      start += 64
    }
    pending = Array(bytes[start...])
  }

  /// The digest of all bytes, in hexadecimal digits.
  package mutating func finish() -> String {
    let bitCount = byteCount &* 8
    update([0x80] + [UInt8](repeating: 0, count: (119 - pending.count) % 64))
    update((0..<8).map { UInt8(truncatingIfNeeded: bitCount >> (56 - 8 * UInt64($0))) })
    return state.map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 8 - text.count) + text
    }.joined()
  }

  private mutating func take(_ bytes: Span<UInt8>, at start: Int) {
    for index in 0..<16 {
      let place = start + 4 * index
      schedule[index] =
        UInt32(bytes[place]) << 24 | UInt32(bytes[place + 1]) << 16 | UInt32(bytes[place + 2]) << 8
        | UInt32(bytes[place + 3])
    }
    for index in 16..<64 {
      let (early, late) = (schedule[index - 15], schedule[index - 2])
      let small = Self.turned(early, 7) ^ Self.turned(early, 18) ^ early >> 3
      let large = Self.turned(late, 17) ^ Self.turned(late, 19) ^ late >> 10
      schedule[index] = schedule[index - 16] &+ small &+ schedule[index - 7] &+ large
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for index in 0..<64 {
      let first =
        h &+ (Self.turned(e, 6) ^ Self.turned(e, 11) ^ Self.turned(e, 25)) &+ (e & f ^ ~e & g)
        &+ Self.constants[index] &+ schedule[index]
      let second =
        (Self.turned(a, 2) ^ Self.turned(a, 13) ^ Self.turned(a, 22)) &+ (a & b ^ a & c ^ b & c)
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
    }
    for (index, word) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= word }
  }

  private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
    word &>> count | word &<< (32 &- count)
  }

  /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes; doubles have 18 bits more.
  private static let constants: [UInt32] = primes(64).map { fraction(cbrt($0)) }

  /// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
  private static let start: [UInt32] = primes(8).map { fraction($0.squareRoot()) }

  private static func fraction(_ number: Double) -> UInt32 {
    UInt32((number - number.rounded(.down)) * 0x1p32)
  }

  private static func primes(_ count: Int) -> [Double] {
    var found: [Int] = []
    var number = 2
    while found.count < count {
      if found.allSatisfy({ number % $0 != 0 }) { found.append(number) }
      number += 1
    }
    return found.map(Double.init)
  }
}
