import Foundation

/// The sample rates that AIFF and CAF store as floating-point numbers.
///
/// Old Macintosh files have 22254.5454… and 11127.2727… Hz. libsndfile has whole rates only.
enum StatedRate {
  /// The stated rate in Hz, where it is no whole number and a file is read at the nearest one or the one below; nil for
  /// all other files.
  static func fractional(
    _ source: borrowing SoundSource, _ format: SoundFileFormat, readAs rate: Int
  ) -> Double? {
    let stated: Double? =
      switch format.container {
      case .aiff: aiff(source)
      case .caf: caf(source)
      default: nil
      }
    guard let stated, stated != Double(rate), abs(stated - Double(rate)) < 1 else { return nil }
    return stated
  }

  /// The rate of the chunk COMM: 80 bits, a sign and an exponent of 15 bits, then a mantissa m of 64 bits.
  ///
  ///     rate = m · 2^(exponent − 16383 − 63)
  private static func aiff(_ source: borrowing SoundSource) -> Double? {
    var offset: FileNumber = 12
    // Honest files have fewer chunks.
    for _ in 0..<4096 {
      let chunk = source.bytes(at: offset, count: 26)
      guard let length = HeaderBytes.number(chunk, 4, 4, bigEndian: true) else { return nil }
      if HeaderBytes.text(chunk, 0, 4) == "COMM" {
        guard let exponent = HeaderBytes.number(chunk, 16, 2, bigEndian: true), exponent < 0x7FFF,
          let high = HeaderBytes.number(chunk, 18, 4, bigEndian: true),
          let low = HeaderBytes.number(chunk, 22, 4, bigEndian: true)
        else { return nil }
        let mantissa = Double(high.value) * 4_294_967_296 + Double(low.value)
        return mantissa * pow(2, Double((exponent - 16_446).value))
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
    return nil
  }

  /// The rate of the chunk `desc`, which comes first: a double.
  private static func caf(_ source: borrowing SoundSource) -> Double? {
    let start = source.bytes(at: 8, count: 20)
    guard HeaderBytes.text(start, 0, 4) == "desc",
      let high = HeaderBytes.number(start, 12, 4, bigEndian: true),
      let low = HeaderBytes.number(start, 16, 4, bigEndian: true)
    else { return nil }
    let rate = Double(bitPattern: UInt64(high.value) << 32 | UInt64(low.value))
    return rate.isFinite ? rate : nil
  }
}
