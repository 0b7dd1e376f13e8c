import Foundation

/// Writes the stored parts of metadata beside libsndfile: chunks behind its file, blocks and tags before it, comments in
/// place of its own.
struct PartWriter {
  /// Whether libsndfile writes the text fields.
  let writesTexts: Bool
  /// What has no place in the format.
  let losses: [String]
  private let stored: StoredMetadata?
  private let format: SoundFileFormat
  private let keepsMask: Bool
  private let blocks: [(kind: UInt8, bytes: [UInt8])]

  init(_ options: SoundFileWriter.Options, _ format: SoundFileFormat, _ order: ChannelOrder) {
    self.format = format
    let metadata = options.metadata
    // An empty text is none.
    let texts = metadata.texts.filter { !$0.value.isEmpty }
    let own = metadata.stored(for: format)
    let keepsTexts = own?.texts == texts && own?.parts.contains { own?.isText($0) == true } == true
    writesTexts = !keepsTexts
    stored = options.isSoundChanged ? own?.withoutMeasurements() : own
    keepsMask = order.sources == nil && [.wavex, .rf64].contains(format.container)
    var losses: [String] = []
    if own == nil, let loss = metadata.stored?.loss(in: format) { losses.append(loss) }
    if let own, !own.omitted.isEmpty { losses.append(own.omitted.joined(separator: ", ")) }
    blocks = format.container == .flac ? stored?.flacBlocks(skippingTexts: writesTexts) ?? [] : []
    if format.container == .ogg, let own {
      let names = own.parts.map(\.name).filter {
        ![StoredMetadata.comment, StoredMetadata.picture].contains($0)
      }
      losses += Set(names).sorted().map(StoredMetadata.phrase)
    }
    self.losses = losses
  }

  /// The bytes to leave before libsndfile's file.
  private var room: Int {
    switch format.container {
    case .flac: blocks.isEmpty ? 0 : StoredMetadata.flacRoom(blocks)
    case .mp3: writesTexts ? 0 : stored?.parts.first?.bytes.count ?? 0
    default: 0
    }
  }

  /// The file that libsndfile writes to.
  func file(_ descriptor: Int32) -> OutputView {
    if format.container == .ogg {
      // Where the texts are others, the other comments go; pictures alone can stay.
      return OggOutput(descriptor, stored: writesTexts ? nil : stored)
    }
    return OutputView(descriptor, start: room)
  }

  /// Writes what belongs to libsndfile's file alone, before lengths are put right; false where that fails.
  func prepare(_ descriptor: Int32) -> Bool {
    keepsMask ? stored?.writeChannelMask(to: descriptor) ?? true : true
  }

  /// Writes the parts when libsndfile's file is closed; false with `errno` set where that fails.
  func finish(_ descriptor: Int32) -> Bool {
    guard let stored else { return true }
    switch format.container {
    case .wav, .wavex, .rf64, .aiff, .caf:
      var status = stat()
      guard unsafe fstat(descriptor, &status) == 0 else { return false }
      return stored.append(
        to: descriptor, byteCount: Int(clamping: status.st_size), skippingTexts: writesTexts)
    case .flac: return blocks.isEmpty || StoredMetadata.put(blocks, into: descriptor, room: room)
    case .mp3:
      guard room > 0, let tag = stored.parts.first else { return true }
      return FileBytes.write(tag.bytes, to: descriptor, at: 0)
    default: return true
    }
  }
}
