import Foundation

/// Chunks of RIFF, AIFF and CAF.
extension StoredMetadata {
  /// The largest number of chunks that are read; honest files have fewer.
  static let chunkLimit = 4096

  /// Chunks that are written anew, or that describe the old samples.
  static let ownRIFF: Set<String> = [
    "fmt ", "data", "fact", "PEAK", "ds64", "JUNK", "junk", "PAD ", "FLLR", "fllr", "Fake", "levl", "MD5 ",
    "wavl", "slnt",
  ]
  private static let ownAIFF: Set<String> = ["COMM", "SSND", "FVER", "PEAK"]
  private static let ownCAF: Set<String> = ["desc", "data", "pakt", "kuki", "free", "ovvw", "peak"]

  static func riff(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, _ family: Family
  ) -> StoredMetadata {
    var stored = StoredMetadata(family)
    let bigEndian = family == .rifx
    let view = source.view(FileLayout(0..<source.byteCount))
    var walker = ChunkWalker(view, from: 12, end: probe.fileEnd, bigEndian: bigEndian)
    var longData: FileNumber?
    while let chunk = walker.next() {
      switch chunk.name {
      case "ds64":
        longData = HeaderBytes.number(view.bytes(at: chunk.start + 8, count: 8), 0, 8, bigEndian: false)
      case "data":
        // Where the length of the data is not known, chunks behind it cannot be found.
        if probe.declaredEnd == nil, probe.dataStart != nil { return stored }
        if chunk.length == 0xFFFF_FFFF, let longData { walker.correct(chunk, length: longData) }
      case "fmt ":
        stored.note(
          formatChunk: view.bytes(at: chunk.start, count: min(40, chunk.length.value)), bigEndian: bigEndian)
      default: break
      }
      if !ownRIFF.contains(chunk.name) { stored.take(chunk, view) }
    }
    stored.noteRest(walker)
    return stored
  }

  static func aiff(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, hasLayout: Bool
  ) -> StoredMetadata {
    chunks(.aiff, source, probe, leaving: hasLayout ? ownAIFF.union(["CHAN"]) : ownAIFF)
  }

  static func caf(
    _ source: borrowing SoundSource, _ probe: HeaderProbe, hasLayout: Bool
  ) -> StoredMetadata {
    chunks(.caf, source, probe, leaving: hasLayout ? ownCAF.union(["chan"]) : ownCAF)
  }

  /// Takes the chunks of a big-endian container.
  static func chunks(
    _ family: Family, _ source: borrowing SoundSource, _ probe: HeaderProbe, leaving left: Set<String>
  ) -> StoredMetadata {
    var stored = StoredMetadata(family)
    let view = source.view(FileLayout(0..<source.byteCount))
    var walker =
      family == .caf
      ? ChunkWalker(view, from: 8, end: probe.fileEnd, bigEndian: true, lengthSize: 8, alignment: 1)
      : ChunkWalker(view, from: 12, end: probe.fileEnd, bigEndian: true)
    while let chunk = walker.next() {
      let isData = chunk.name == (family == .caf ? "data" : "SSND")
      if isData, probe.declaredEnd == nil, probe.dataStart != nil { return stored }
      if !left.contains(chunk.name) { stored.take(chunk, view) }
    }
    stored.noteRest(walker)
    return stored
  }

  /// Keeps a chunk, or notes that it is lost.
  ///
  /// Texts and the broadcast extension are kept as far as they reach where the end of the file cuts them off.
  private mutating func take(_ chunk: ChunkWalker.Chunk, _ view: FileView) {
    guard chunk.name != "" else {
      omitted.append("a chunk without a readable name")
      return
    }
    guard chunk.isCut else { return take(chunk.name, view, at: chunk.start, count: chunk.length) }
    let start = Part(name: chunk.name, bytes: view.bytes(at: chunk.start, count: 4))
    let isKept = isText(start) || (chunk.name == "bext" && chunk.available >= 602)
    let name = isText(start) ? "the texts (\(chunk.name))" : Self.phrase(chunk.name)
    omitted.append((isKept ? "the end of " : "") + name + Self.cutPhrase)
    guard isKept else { return }
    let count = parts.count
    take(chunk.name, view, at: chunk.start, count: chunk.available)
    if chunk.name == "LIST", parts.count > count { parts[count].bytes = whole(list: parts[count].bytes) }
  }

  private mutating func noteRest(_ walker: ChunkWalker) {
    if walker.hasRest { omitted.append("the bytes behind the last readable chunk") }
  }

  /// A list whose last chunk is as long as it says.
  private func whole(list: [UInt8]) -> [UInt8] {
    let bigEndian = family == .rifx
    return list.prefix(4)
      + Self.chunks(in: Array(list.dropFirst(4)), bigEndian: bigEndian)
      .flatMap { Self.chunk($0, lengthSize: 4, bigEndian: bigEndian) }
  }

  /// The chunks inside a chunk; the last one can be shorter than it says.
  static func chunks(in bytes: [UInt8], bigEndian: Bool) -> [Part] {
    var walker = ChunkWalker(bytes, bigEndian: bigEndian)
    var found: [Part] = []
    while let chunk = walker.next() {
      let end = chunk.start + chunk.available
      found.append(Part(name: chunk.name, bytes: Array(bytes[chunk.start.value..<end.value])))
    }
    return found
  }

  // MARK: Writing

  /// A part as a chunk; one with a length of 4 bytes is padded to an even length.
  static func chunk(_ part: Part, lengthSize: Int, bigEndian: Bool) -> [UInt8] {
    let length = HeaderBytes.bytes(of: FileNumber(part.bytes.count), count: lengthSize, bigEndian: bigEndian)
    let padding: [UInt8] = lengthSize == 4 && part.bytes.count % 2 == 1 ? [0] : []
    return part.name.utf8.prefix(4) + length + part.bytes + padding
  }

  /// Appends the parts to a finished file of the same family, and corrects its length; false where that fails.
  func append(to descriptor: Int32, byteCount: Int, skippingTexts: Bool) -> Bool {
    let added = parts.filter { !(skippingTexts && isText($0)) }
    guard !added.isEmpty else { return true }
    let isCAF = family == .caf
    let bigEndian = family != .riff
    var bytes: [UInt8] = []
    if !isCAF, byteCount % 2 == 1 { bytes.append(0) }
    for part in added { bytes += Self.chunk(part, lengthSize: isCAF ? 8 : 4, bigEndian: bigEndian) }
    let total = FileNumber(byteCount) + FileNumber(bytes.count)
    guard let head = FileBytes.read(4, from: descriptor, at: 0) else { return false }
    let isLong = isCAF || HeaderBytes.text(head, 0, 4) == "RF64"
    guard isLong || total - 8 <= 0xFFFF_FFFF else { return false }
    guard FileBytes.write(bytes, to: descriptor, at: byteCount) else { return false }
    if isCAF { return true }
    // RF64 has the length of the whole file in the chunk ds64, which comes first.
    let length = HeaderBytes.bytes(of: total - 8, count: isLong ? 8 : 4, bigEndian: bigEndian)
    return FileBytes.write(length, to: descriptor, at: isLong ? 20 : 4)
  }

  /// Writes a channel mask, and the identifier of B-format, into the format chunk of a finished file; false where
  /// writing fails.
  ///
  /// A format chunk without a place for the mask stays as it is.
  static func write(channelMask: Int, isAmbisonic: Bool, to descriptor: Int32) -> Bool {
    var offset: FileNumber = 12
    while let head = FileBytes.read(8, from: descriptor, at: offset.value),
      let length = HeaderBytes.number(head, 4, 4, bigEndian: false)
    {
      guard HeaderBytes.text(head, 0, 4) == "fmt " else {
        offset += 8 + length.roundedUp(toMultipleOf: 2)
        continue
      }
      guard length >= 40 else { return true }
      let mask = HeaderBytes.bytes(of: FileNumber(channelMask), count: 4, bigEndian: false)
      guard FileBytes.write(mask, to: descriptor, at: (offset + 28).value) else { return false }
      // The first two bytes of the identifier tell integers from floats.
      return !isAmbisonic || FileBytes.write(ambisonic, to: descriptor, at: (offset + 34).value)
    }
    return true
  }
}
