import Foundation

/// Writes the stored parts of metadata around libsndfile's file: chunks behind it, blocks and tags before it, comments
/// in place of the library's.
struct PartWriter {
  /// Whether libsndfile writes the text fields.
  let writesTexts: Bool
  /// Phrases for the parts that have no place in the format.
  let losses: [String]
  private let stored: StoredMetadata?
  private let format: SoundFileFormat
  /// The channel mask to write into the format chunk; nil leaves libsndfile's.
  private let mask: Int?
  private let blocks: [(kind: UInt8, bytes: [UInt8])]

  init(_ options: SoundFileWriter.Options, _ format: SoundFileFormat, _ order: ChannelOrder) {
    self.format = format
    let metadata = options.metadata
    // Empty texts count as missing.
    let texts = metadata.texts.filter { !$0.value.isEmpty }
    let own = metadata.stored(for: format)
    let areSame = own?.texts.filter { !$0.value.isEmpty } == texts
    let keepsTexts =
      areSame && own?.parts.contains { own?.isText($0) == true } == true
      && own?.areReadable(in: format) == true
    let mask = Self.mask(metadata.stored, order, format)
    let tagged = Self.tagged(
      options.isSoundChanged ? own?.withoutMeasurements() : own, options.loudness, format,
      texts: keepsTexts ? nil : texts, mask: mask)
    let ownTexts =
      keepsTexts || tagged.holdsTexts ? nil : StoredMetadata.textParts(texts, in: format)
    stored = Self.with(ownTexts?.parts, tagged.stored, format)
    writesTexts = !keepsTexts && !tagged.holdsTexts && ownTexts == nil
    self.mask = mask
    var losses: [String] = []
    if own == nil {
      // What changed samples make wrong is not lost.
      let source = options.isSoundChanged ? metadata.stored?.withoutMeasurements() : metadata.stored
      if let loss = source?.loss(in: format) { losses.append(loss) }
    } else if let own {
      var names = own.omitted
      if own.losesMask(in: format) { names.append(StoredMetadata.positions) }
      // In place of the stored texts, others are written that have no other keys.
      if !keepsTexts, !tagged.holdsTexts, !areSame {
        names += own.parts.compactMap { own.otherTexts($0) }.joined()
      }
      if format.container == .ogg {
        names += own.parts.map(\.name).filter {
          ![StoredMetadata.comment, StoredMetadata.picture].contains($0)
        }.map(StoredMetadata.phrase)
      }
      if let loss = StoredMetadata.phrase(listing: names) { losses.append(loss) }
    }
    let flac = format.container == .flac ? stored?.flacBlocks(skippingTexts: writesTexts) : nil
    blocks = flac?.blocks ?? []
    if let loss = StoredMetadata.phrase(listing: flac?.losses ?? []) { losses.append(loss) }
    self.losses = losses + tagged.losses + (ownTexts?.losses ?? [])
  }

  /// The stored parts with other text chunks in place of their own; nil texts leave them as they are.
  private static func with(
    _ texts: [StoredMetadata.Part]?, _ stored: StoredMetadata?, _ format: SoundFileFormat
  ) -> StoredMetadata? {
    guard let texts, let family = StoredMetadata.family(of: format) else { return stored }
    var result = stored ?? StoredMetadata(family)
    result.parts = result.parts.filter { !result.isText($0) } + texts
    return result
  }

  /// The channel mask that a file gets besides what libsndfile writes: the one of its channels' order, or the source's.
  private static func mask(
    _ stored: StoredMetadata?, _ order: ChannelOrder, _ format: SoundFileFormat
  ) -> Int? {
    let own = order.sources == nil ? stored?.channelMask : nil
    switch format.container {
    case .wavex, .rf64: return order.mask ?? own
    case .flac:
      // From other files, FLAC needs the mask of one or two channels only where it is unusual.
      let isKept = stored?.family == .comments || !(own.map(ChannelLayout.isUsual(mask:)) ?? true)
      return order.mask ?? (isKept ? own : nil)
    default: return nil
    }
  }

  /// The stored parts with the loudness added, where one is given, and phrases for what has no place.
  ///
  /// libsndfile's tags leave no place for other names, pictures and the loudness. In a tag, the text fields are
  /// therefore written here if any of these are to be kept, and in comments always.
  ///
  /// - Parameters:
  ///   - texts: The text fields that libsndfile would write; nil where the stored parts hold them.
  ///   - mask: The channel mask; FLAC has it among its comments.
  private static func tagged(
    _ stored: StoredMetadata?, _ loudness: SoundLoudness?, _ format: SoundFileFormat,
    texts: [SoundMetadata.Field: String]?, mask: Int?
  ) -> (stored: StoredMetadata?, holdsTexts: Bool, losses: [String]) {
    let form = SoundLoudness.form(of: format)
    var losses: [String] = []
    if loudness != nil, form == nil {
      losses.append("the loudness (\(format.container.name) has no place for it)")
    }
    guard let family = StoredMetadata.family(of: format) else { return (stored, false, losses) }
    // Only the fields of bext can say that there is no integrated loudness.
    let figures = form == .broadcast || (form != nil && loudness?.integrated != nil) ? loudness : nil
    var result = stored
    var holdsTexts = false
    let mask = family == .comments ? mask : nil
    let isOwn = figures != nil || mask != nil || stored?.parts.isEmpty == false
    // libsndfile would append its own name to the program's in comments.
    if let texts, family == .comments ? isOwn || !texts.isEmpty : family == .id3 && isOwn {
      let base = stored ?? StoredMetadata(family)
      let whole = base.with(texts: texts, vendor: Array(SoundFileHandle.libraryVersion.utf8))
      losses += whole.omitted.dropFirst(base.omitted.count)
      (result, holdsTexts) = (whole, true)
    }
    if let figures {
      if let full = (result ?? StoredMetadata(family)).with(figures, in: format) {
        result = full
      } else {
        losses.append("the loudness (the ID3 tag cannot be understood)")
      }
    }
    if family == .comments, mask != nil || result != nil {
      result = (result ?? StoredMetadata(family)).with(channelMask: mask)
    }
    return (result, holdsTexts, losses)
  }

  /// The number of bytes to leave before libsndfile's file.
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
      // Where libsndfile writes the text fields, the stored comments and pictures are left out.
      return OggOutput(descriptor, stored: writesTexts ? nil : stored)
    }
    return OutputView(descriptor, start: room)
  }

  /// Writes the channel mask into libsndfile's file, where it differs from libsndfile's; false where that fails.
  func prepare(_ descriptor: Int32) -> Bool {
    guard let mask, format.container != .flac else { return true }
    return StoredMetadata.write(
      channelMask: mask, isAmbisonic: stored?.isAmbisonic == true, to: descriptor)
  }

  /// Writes the stored parts after libsndfile's file is closed; false with `errno` set where that fails.
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

/// Rewrites the Ogg pages from libsndfile: with the stored comments, if there are any, and with a serial number that
/// follows from the sound.
///
/// libsndfile's own serial number is random. With this one the same sound gives the same file.
final class OggOutput: OutputView {
  private let stored: StoredMetadata?
  /// The bytes of a page that is not complete yet.
  private var pending: [UInt8] = []
  private var collector = OggHeaders.Collector()
  private var codec: OggHeaders.Codec?
  /// The serial number; nil until the first page of sound, from which it follows and with which headers are written.
  private var serial: UInt32?
  private var pageNumber = 0
  private var taken = 0
  private var written = 0

  /// Creates the output.
  ///
  /// - Parameter stored: The comments and pictures to write in place of libsndfile's comments; nil keeps libsndfile's.
  init(_ descriptor: Int32, stored: StoredMetadata?) {
    self.stored = stored
    super.init(descriptor)
  }

  override var length: Int? { taken }

  override func write(_ buffer: UnsafeRawBufferPointer) -> Int {
    guard position == taken else {
      fail(ESPIPE)
      return 0
    }
    unsafe pending.append(contentsOf: buffer)
    taken += buffer.count
    var start = 0
    while let page = OggPage(Array(pending[start...].prefix(OggPage.fixedLength + 255))),
      pending.count - start >= page.byteCount
    {
      guard take(page, Array(pending[start..<start + page.byteCount])) else { return 0 }
      start += page.byteCount
    }
    pending.removeFirst(start)
    return buffer.count
  }

  override func finish() -> Bool {
    if serial == nil, codec != nil {
      guard putHeaders(serial: OggPage.checksum(collector.packets.flatMap(\.self))) else { return false }
    }
    return put(pending)
  }

  private func take(_ page: OggPage, _ bytes: [UInt8]) -> Bool {
    let body = bytes.dropFirst(page.headerLength)
    if codec == nil { codec = OggHeaders.Codec(Array(body)) }
    guard let codec else { return put(bytes) }
    if collector.packets.count < codec.packetCount {
      collector.take(page, body)
      return true
    }
    if serial == nil {
      guard putHeaders(serial: OggPage.checksum(Array(body))) else { return false }
    }
    var bytes = bytes
    OggHeaders.renumber(&bytes, serial: serial ?? 0, number: pageNumber)
    pageNumber += 1
    return put(bytes)
  }

  private func putHeaders(serial: UInt32) -> Bool {
    self.serial = serial
    var packets = collector.packets
    guard let codec, let first = packets.first, packets.count > 1 else { return true }
    if let stored, packets[1].starts(with: codec.commentMark) {
      let own = VorbisComments(Array(packets[1].dropFirst(codec.commentMark.count)))
      packets[1] = codec.packet(stored.oggComments(vendor: own?.vendor ?? []))
    }
    var pages = OggHeaders.pages([first], serial: serial, firstNumber: 0, isFirst: true)
    pages += OggHeaders.pages(
      Array(packets.dropFirst()), serial: serial, firstNumber: pages.count, isFirst: false)
    pageNumber = pages.count
    return put(pages.flatMap(\.self))
  }

  private func put(_ bytes: [UInt8]) -> Bool {
    guard FileBytes.write(bytes, to: descriptor, at: written) else {
      fail(errno == 0 ? ENOSPC : errno)
      return false
    }
    written += bytes.count
    return true
  }
}
