// Compiled together with the sources of SoundFiles, by Scripts/fuzz.
import Foundation

/// Reads one input as every reader of headers and metadata does, without libsndfile.
///
/// The first byte chooses what the rest is: a file, or the content of a chunk, a tag or a block.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHeaders(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  guard let start, count > 0 else { return 0 }
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let rest = Array(bytes.dropFirst())
  switch (only ?? bytes[0]) % 8 {
  case 0:
    guard let comments = VorbisComments(rest) else { return 0 }
    // What was read is written back as it was.
    precondition(Array(rest.prefix(comments.encoded().count)) == comments.encoded())
    var others = comments
    others.removeGains()
    _ = (others.takePictures(), others.unknownKeys)
  case 1:
    let kept = ID3Tag.withoutGains(rest)
    precondition(ID3Tag.withoutGains(kept) == kept)
    _ = ID3Tag.unknownFrames(rest)
  case 2:
    precondition(BroadcastExtension.withoutMeasurements(rest).count == rest.count)
    _ = BroadcastExtension.withoutMeasurements(iXML: rest)
  case 3:
    let packets = [rest, Array(rest.prefix(300))]
    var collector = OggHeaders.Collector()
    for page in OggHeaders.pages(packets, serial: 7, firstNumber: 0, isFirst: true) {
      guard let header = OggPage(page) else { preconditionFailure("a page that was made can be read") }
      precondition(header.hasRightChecksum(page))
      collector.take(header, page.dropFirst(header.headerLength))
    }
    precondition(collector.packets == packets)
  default:
    readFile(rest)
  }
  return 0
}

/// One descriptor for all inputs.
nonisolated(unsafe) private let descriptor: Int32 = {
  let path = "/dev/shm/fuzz-\(getpid())"
  let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
  unlink(path)
  return descriptor
}()

private func readFile(_ bytes: [UInt8]) {
  ftruncate(descriptor, 0)
  _ = FileBytes.write(bytes, to: descriptor, at: 0)
  guard let source = try? SoundSource(duplicating: descriptor, path: "input") else { return }
  let probe = HeaderProbe(source)
  _ = probe.isTruncated(byteCount: bytes.count)
  for layout in probe.streams {
    let view = source.view(layout)
    guard let length = view.length else { continue }
    // A view is no longer than the file and the little that is put before it.
    precondition(length <= bytes.count + 64)
    var buffer = [UInt8](repeating: 0, count: 512)
    view.position = max(0, length - 256)
    let got = buffer.withUnsafeMutableBytes { view.read($0) }
    precondition(got <= 256)
  }
  for container in [SoundContainer.wav, .aiff, .caf, .flac, .ogg, .mp3] {
    let format = SoundFileFormat(container, .pcm16)
    let stored = StoredMetadata.read(source, probe, format, hasLayout: false)
    _ = (stored?.loss(in: format), stored?.withoutMeasurements(), stored?.infoTexts)
    _ = stored?.flacBlocks(skippingTexts: false)
    _ = stored?.oggComments(vendor: [])
  }
}

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
