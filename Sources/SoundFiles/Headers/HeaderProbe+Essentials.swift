import Foundation

/// Files whose chunks libsndfile refuses: chunks that stand twice, that are long or short beyond measure.
extension HeaderProbe {
  /// What is kept of a container for libsndfile.
  private struct Selection {
    var form: ChunkForm
    /// The chunks without which the sound cannot be read; the first of each name is kept.
    var needed: Set<String>
    /// Chunks of texts, which are kept if they are short.
    var texts: Set<String>
    /// The offset of the first chunk.
    var start: FileNumber = 12
  }

  /// The longest chunk of texts that is kept.
  private static let textLimit: FileNumber = 4096

  private static func selection(_ source: borrowing SoundSource) -> Selection? {
    switch HeaderBytes.text(source.bytes(at: 0, count: 4), 0, 4) {
    case "RIFF": Selection(form: .riff, needed: ["fmt ", "fact", "data"], texts: ["LIST"])
    case "RIFX": Selection(form: .rifx, needed: ["fmt ", "fact", "data"], texts: ["LIST"])
    case "RF64", "BW64":
      Selection(form: .riff, needed: ["ds64", "fmt ", "fact", "data"], texts: [])
    case "FORM":
      Selection(form: .aiff, needed: ["FVER", "COMM", "SSND"], texts: ["NAME", "AUTH", "(c) ", "ANNO"])
    case "caff":
      Selection(form: .caf, needed: ["desc", "chan", "kuki", "pakt", "data"], texts: ["info"], start: 8)
    default: nil
    }
  }

  /// A layout of only the chunks that the sound needs, and of short texts; nil for other containers.
  func essentials(_ source: borrowing SoundSource) -> FileLayout? {
    guard let selection = Self.selection(source) else { return nil }
    let form = selection.form
    var layout = FileLayout(0..<min(selection.start.value, source.byteCount))
    var total = selection.start
    var names: Set<String> = []
    var offset = selection.start
    for _ in 0..<Self.chunkLimit {
      guard let chunk = form.chunk(source, at: offset) else { break }
      let isData = chunk.name == form.dataName
      let next = chunk.end.roundedUp(toMultipleOf: form.alignment)
      let isShort = selection.texts.contains(chunk.name) && chunk.end - offset <= Self.textLimit
      let isList = chunk.name == "LIST"
      let isText =
        isShort && (!isList || HeaderBytes.text(source.bytes(at: offset + 8, count: 4), 0, 4) == "INFO")
      if selection.needed.contains(chunk.name) ? names.insert(chunk.name).inserted : isText {
        let isOpen = isData && declaredEnd == nil
        let end = isOpen ? FileNumber(source.byteCount) : min(next, FileNumber(source.byteCount))
        layout.pieces.append(.file(offset.value..<end.value))
        if isData, isOpen || chunk.end > end {
          let head = FileNumber(form.nameLength + form.lengthSize)
          layout.patch(
            end - offset - head, at: total + FileNumber(form.nameLength), count: form.lengthSize,
            bigEndian: form.bigEndian)
        }
        total += end - offset
        if isOpen { break }
      }
      offset = next
    }
    if form.lengthSize == 4 { layout.patch(total - 8, at: 4, count: 4, bigEndian: form.bigEndian) }
    return names.contains(form.dataName) ? layout : nil
  }
}
