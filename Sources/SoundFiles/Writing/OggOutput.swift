import Foundation

/// The pages that libsndfile writes, with other comments where there are some, and with a serial number that follows from
/// the sound in place of a random one: the same sound gives the same file.
final class OggOutput: OutputView {
  private let stored: StoredMetadata?
  /// Bytes that do not make a page yet.
  private var pending: [UInt8] = []
  private var collector = OggHeaders.Collector()
  private var codec: OggHeaders.Codec?
  /// The headers are written when the first page of sound is there, which the serial number follows from.
  private var serial: UInt32?
  private var pageNumber = 0
  private var taken = 0
  private var written = 0

  /// - Parameter stored: The comments and pictures to write in place of libsndfile's; nil keeps those.
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
