/// The records of broadcast WAV files that speak of the samples (EBU Tech 3285, and iXML).
enum BroadcastExtension {
  /// Takes the identity of the material (UMID) and the loudness out of a chunk `bext`; 0x7FFF stands for “not measured”.
  ///
  /// The version, and everything else, stays.
  static func withoutMeasurements(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard let version = HeaderBytes.number(bytes, 346, 2, bigEndian: false), bytes.count >= 602 else {
      return bytes
    }
    if version >= 1 {
      for index in 348..<412 { bytes[index] = 0 }
    }
    if version >= 2 {
      for index in stride(from: 412, to: 422, by: 2) {
        bytes.replaceSubrange(index..<index + 2, with: [0xFF, 0x7F])
      }
    }
    return bytes
  }

  /// Takes the same facts out of an iXML document: elements are removed, everything else stays to the byte.
  static func withoutMeasurements(iXML bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for name in [
      "BWF_UMID", "BWF_LOUDNESS_VALUE", "BWF_LOUDNESS_RANGE", "BWF_MAX_TRUE_PEAK_LEVEL",
      "BWF_MAX_MOMENTARY_LOUDNESS",
      "BWF_MAX_SHORT_TERM_LOUDNESS",
    ] {
      let (open, close) = (Array("<\(name)>".utf8), Array("</\(name)>".utf8))
      while let start = bytes.firstIndex(of: open, from: 0),
        let end = bytes.firstIndex(of: close, from: start + open.count)
      {
        bytes.removeSubrange(start..<end + close.count)
      }
    }
    return bytes
  }
}

extension [UInt8] {
  /// The first place of some bytes, from an index on.
  func firstIndex(of wanted: [UInt8], from start: Int) -> Int? {
    guard let first = wanted.first, count >= wanted.count else { return nil }
    var index = start
    while index <= count - wanted.count {
      guard let next = self[index...(count - wanted.count)].firstIndex(of: first) else { return nil }
      if self[next..<next + wanted.count].elementsEqual(wanted) { return next }
      index = next + 1
    }
    return nil
  }
}
