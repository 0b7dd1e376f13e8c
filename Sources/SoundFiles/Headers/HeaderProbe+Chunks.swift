/// Containers made of chunks, each with an identifier, a length, and as many bytes as the length says.
extension HeaderProbe {
  /// The largest number of chunks before the data; honest headers have fewer.
  static let chunkLimit = 4096

  mutating func probeRIFF(_ source: borrowing SoundSource, bigEndian: Bool) {
    var offset: FileNumber = 12
    var long: (offset: FileNumber, length: FileNumber)?
    let isBW64 = HeaderBytes.text(source.bytes(at: 0, count: 4), 0, 4) == "BW64"
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 24)
      guard let length = HeaderBytes.number(chunk, 4, 4, bigEndian: bigEndian) else { return }
      switch HeaderBytes.text(chunk, 0, 4) {
      case "ds64":
        long = HeaderBytes.number(chunk, 16, 8, bigEndian: false).map { (offset + 16, $0) }
        // BW64 (ITU-R BS.2088) is RF64 under another name, which libsndfile does not know.
        if isBW64 { streams[0].patch(Array("RF64".utf8), at: 0) }
      case "data":
        if isBW64, long == nil { streams[0].patch(Array("RIFF".utf8), at: 0) }
        let place = RIFFData(
          start: offset + 8, length: length, rest: source.rest(after: offset + 8), bigEndian: bigEndian)
        if let long, length == 0xFFFF_FFFF {
          noteLongData(place, long, source)
        } else {
          noteData(place, source)
        }
        return
      default: break
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
  }

  /// A data chunk: the offset of its bytes, their stated number, and the number of bytes that follow in the file.
  private struct RIFFData {
    var start: FileNumber
    var length: FileNumber
    var rest: FileNumber
    var bigEndian: Bool
  }

  private mutating func noteData(_ data: RIFFData, _ source: borrowing SoundSource) {
    let total = source.number(at: 4, count: 4, bigEndian: data.bigEndian) ?? 0
    let isNeverFilled =
      data.length == 0 && (total <= data.start || Self.isPlaceholder(total)) && data.rest > 0
    let isUnknown = isNeverFilled || (Self.isPlaceholder(data.length) && data.rest < data.length)
    if data.rest > 0xFFFF_FFFF, isUnknown || wraps(data) {
      showAsRF64(data, byteCount: source.byteCount)
    } else if isUnknown {
      isUnclosed = isNeverFilled && !Self.isPlaceholder(total)
      dataStart = data.start
      patch(data.rest, at: data.start - 4, count: 4, bigEndian: data.bigEndian)
    } else {
      note(dataStart: data.start, length: data.length)
      let end = data.start + data.length.roundedUp(toMultipleOf: 2)
      endFile(atOneOf: [total.roundedUp(toMultipleOf: 2) + 8, end].filter { $0 >= end }, source)
      noteRest(
        source, behind: data.start + data.length, length: data.length, data.bigEndian ? .rifx : .riff)
    }
  }

  /// Whether a length is the real one modulo 2³², with up to a megabyte of chunks behind the data.
  private func wraps(_ data: RIFFData) -> Bool {
    let missing = data.rest - data.length
    let turns = missing / 0x1_0000_0000
    return !data.bigEndian && turns > 0 && missing - turns * 0x1_0000_0000 < 0x10_0000
  }

  /// Shows a file that has outgrown 32-bit lengths with an RF64 header, which has longer ones (EBU Tech 3306).
  private mutating func showAsRF64(_ data: RIFFData, byteCount: Int) {
    guard !data.bigEndian else { return }
    dataStart = data.start
    var header = Array("RF64".utf8) + HeaderBytes.bytes(of: 0xFFFF_FFFF, count: 4, bigEndian: false)
    header += Array("WAVEds64".utf8) + HeaderBytes.bytes(of: 28, count: 4, bigEndian: false)
    header += HeaderBytes.bytes(of: FileNumber(byteCount) + 28, count: 8, bigEndian: false)
    header += HeaderBytes.bytes(of: data.rest, count: 8, bigEndian: false)
    header += [UInt8](repeating: 0, count: 12)
    var layout = FileLayout([.bytes(header), .file(12..<byteCount)])
    layout.patch(0xFFFF_FFFF, at: data.start - 4 + 36, count: 4, bigEndian: false)
    streams = [layout]
  }

  private mutating func noteLongData(
    _ data: RIFFData, _ long: (offset: FileNumber, length: FileNumber), _ source: borrowing SoundSource
  ) {
    // The length of the whole file is stored before that of the data.
    let total = source.number(at: long.offset - 8, count: 8, bigEndian: false) ?? 0
    let isNeverFilled = long.length == 0 && data.rest > 0 && (total <= data.start || Self.isImpossible(total))
    if isNeverFilled || Self.isImpossible(long.length) {
      isUnclosed = isNeverFilled
      dataStart = data.start
      patch(data.rest, at: long.offset, count: 8, bigEndian: false)
    } else {
      note(dataStart: data.start, length: long.length)
      if long.length > data.rest { patch(data.rest, at: long.offset, count: 8, bigEndian: false) }
      let end = data.start + long.length.roundedUp(toMultipleOf: 2)
      endFile(atOneOf: [total.roundedUp(toMultipleOf: 2) + 8, end].filter { $0 >= end }, source)
      noteRest(source, behind: data.start + long.length, length: long.length, .riff)
    }
  }

  mutating func probeAIFF(_ source: borrowing SoundSource) {
    if ["8SVX", "16SV"].contains(HeaderBytes.text(source.bytes(at: 8, count: 4), 0, 4)) {
      return probeSVX(source)
    }
    guard ["AIFF", "AIFC"].contains(HeaderBytes.text(source.bytes(at: 8, count: 4), 0, 4)) else { return }
    var offset: FileNumber = 12
    var common: FileNumber?
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 16)
      guard let length = HeaderBytes.number(chunk, 4, 4, bigEndian: true) else { return }
      let name = HeaderBytes.text(chunk, 0, 4)
      if name == "COMM" { common = offset + 8 }
      if name == "SSND" {
        let start = offset + 16 + (HeaderBytes.number(chunk, 8, 4, bigEndian: true) ?? 0)
        dataStart = start
        let end = offset + 8 + length
        let isUnknown =
          length <= 8
          ? source.rest(after: start) > 0 && isUnclosedForm(source, dataStart: start)
          : Self.isPlaceholder(length) && end > FileNumber(source.byteCount)
        if isUnknown {
          isUnclosed = length <= 8
          patchAIFF(source, common: common, sound: offset, start: start)
        } else if length > 8 {
          declaredEnd = end
          let total = source.number(at: 4, count: 4, bigEndian: true) ?? 0
          let least = end.roundedUp(toMultipleOf: 2)
          endFile(atOneOf: [total.roundedUp(toMultipleOf: 2) + 8, least].filter { $0 >= least }, source)
          noteRest(source, behind: end, length: length, .aiff)
        }
        return
      }
      offset += 8 + length.roundedUp(toMultipleOf: 2)
    }
  }

  private func isUnclosedForm(_ source: borrowing SoundSource, dataStart: FileNumber) -> Bool {
    let total = source.number(at: 4, count: 4, bigEndian: true) ?? 0
    return total <= dataStart || Self.isPlaceholder(total)
  }

  /// Corrects the length in both places where AIFF has it.
  private mutating func patchAIFF(
    _ source: borrowing SoundSource, common: FileNumber?, sound: FileNumber, start: FileNumber
  ) {
    let rest = source.rest(after: start)
    patch(rest + (start - sound - 8), at: sound + 4, count: 4, bigEndian: true)
    guard let common, let channels = source.number(at: common, count: 2, bigEndian: true),
      let bits = source.number(at: common + 6, count: 2, bigEndian: true)
    else { return }
    let width: FileNumber =
      switch HeaderBytes.text(source.bytes(at: common + 18, count: 4), 0, 4).lowercased() {
      case "ulaw", "alaw": 1
      case "fl64": 8
      default: bits.roundedUp(toMultipleOf: 8) / 8
      }
    let frameBytes = channels * width
    guard frameBytes > 0 else { return }
    patch(rest / frameBytes, at: common + 2, count: 4, bigEndian: true)
  }

  mutating func probeW64(_ source: borrowing SoundSource) {
    // Identifiers are 16 bytes; lengths count the 24 bytes of identifier and length; chunks start at multiples of 8.
    var offset: FileNumber = 40
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 24)
      guard let length = HeaderBytes.number(chunk, 16, 8, bigEndian: false) else { return }
      switch HeaderBytes.text(chunk, 0, 4) {
      case "fmt ": resolveExtensibleW64(source, at: offset + 24)
      case "data":
        let start = offset + 24
        let rest = source.rest(after: start)
        if Self.isImpossible(length) || (length <= 24 && rest > 0 && isUnclosedW64(source, dataStart: start))
        {
          isUnclosed = length <= 24
          dataStart = start
          patch(rest + 24, at: offset + 16, count: 8, bigEndian: false)
          patch(FileNumber(source.byteCount), at: 16, count: 8, bigEndian: false)
        } else {
          note(dataStart: start, length: max(0, length - 24))
          let total = source.number(at: 16, count: 8, bigEndian: false) ?? 0
          let end = offset + length.roundedUp(toMultipleOf: 8)
          endFile(
            atOneOf: [total.roundedUp(toMultipleOf: 8), end, offset + length].filter {
              $0 >= offset + length
            }, source)
          // libsndfile takes all that follows for sound.
          if length > 24 { streams[0].cut(to: (offset + length).value) }
          noteRest(source, behind: offset + length, length: length, .w64)
        }
        return
      default: break
      }
      guard length >= 24 else { return }
      offset += length.roundedUp(toMultipleOf: 8)
    }
  }

  private func isUnclosedW64(_ source: borrowing SoundSource, dataStart: FileNumber) -> Bool {
    let total = source.number(at: 16, count: 8, bigEndian: false) ?? 0
    return total <= dataStart || Self.isImpossible(total)
  }

  /// Shows an extensible format chunk of W64 with the tag of the plain chunk, where its samples are not integers.
  ///
  /// libsndfile takes all samples of an extensible chunk in W64 for integers.
  private mutating func resolveExtensibleW64(_ source: borrowing SoundSource, at offset: FileNumber) {
    let format = source.bytes(at: offset, count: 26)
    guard HeaderBytes.number(format, 0, 2, bigEndian: false) == 0xFFFE,
      let tag = HeaderBytes.number(format, 24, 2, bigEndian: false), [3, 6, 7].contains(tag.value)
    else { return }
    patch(tag, at: offset, count: 2, bigEndian: false)
  }

  mutating func probeCAF(_ source: borrowing SoundSource) {
    var offset: FileNumber = 8
    var description: FileNumber?
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 12)
      guard let length = HeaderBytes.number(chunk, 4, 8, bigEndian: true) else { return }
      if HeaderBytes.text(chunk, 0, 4) == "desc" { description = offset + 12 }
      if HeaderBytes.text(chunk, 0, 4) == "kuki", let description {
        resolveALAC(source, cookie: offset + 12, description: description)
      }
      if HeaderBytes.text(chunk, 0, 4) == "data" {
        dataStart = offset + 16
        // A length of -1 means “to the end of the file”.
        if !Self.isImpossible(length) { declaredEnd = offset + 12 + length }
        // libsndfile refuses a CAF file whose data is shorter than its header says.
        let rest = source.rest(after: offset + 12)
        if length > rest { patch(rest, at: offset + 4, count: 8, bigEndian: true) }
        if let declaredEnd {
          endCAF(after: declaredEnd, source)
          noteRest(source, behind: declaredEnd, length: length, .caf)
        }
        return
      }
      offset += 12 + length
    }
  }

  /// Shows the word length of ALAC, which some programs write into the codec's own record alone.
  ///
  /// The flags in `desc` are 1 to 4 for 16, 20, 24 and 32 bits; libsndfile refuses 0.
  private mutating func resolveALAC(
    _ source: borrowing SoundSource, cookie: FileNumber, description: FileNumber
  ) {
    guard HeaderBytes.text(source.bytes(at: description + 8, count: 4), 0, 4) == "alac",
      source.number(at: description + 12, count: 4, bigEndian: true) == 0
    else { return }
    // The record follows up to two atoms of 12 bytes: the name of the codec, and a version.
    var record = cookie
    for name in ["frma", "alac"]
    where HeaderBytes.text(source.bytes(at: record + 4, count: 4), 0, 4) == name { record += 12 }
    let flags: [FileNumber: FileNumber] = [16: 1, 20: 2, 24: 3, 32: 4]
    guard let bits = source.number(at: record + 5, count: 1, bigEndian: true), let flag = flags[bits] else {
      return
    }
    patch(flag, at: description + 12, count: 4, bigEndian: true)
  }

  /// Passes over the chunks behind the data, and ends the file that is read where another file begins.
  private mutating func endCAF(after end: FileNumber, _ source: borrowing SoundSource) {
    var offset = end
    for _ in 0..<Self.chunkLimit {
      let chunk = source.bytes(at: offset, count: 16)
      guard let length = HeaderBytes.number(chunk, 4, 8, bigEndian: true) else { return }
      guard !Self.startsFile(chunk) else { return endFile(atOneOf: [offset], source) }
      offset += 12 + length
    }
  }

  mutating func probeAU(_ source: borrowing SoundSource, bigEndian: Bool) {
    guard let start = source.number(at: 4, count: 4, bigEndian: bigEndian),
      let length = source.number(at: 8, count: 4, bigEndian: bigEndian)
    else { return }
    let rest = source.rest(after: start)
    dataStart = start
    if length == 0, rest > 0 {
      isUnclosed = true
      patch(rest > 0xFFFF_FFFE ? 0xFFFF_FFFF : rest, at: 8, count: 4, bigEndian: bigEndian)
    } else if length != 0xFFFF_FFFF {
      note(dataStart: start, length: length)
      endFile(atOneOf: [start + length], source)
      noteRest(source, behind: start + length, length: length, nil)
    }
  }
}
