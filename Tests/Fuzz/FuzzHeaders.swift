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
    // What was read is written so that it is read again; of comments with a wrong count that is not all bytes.
    precondition(VorbisComments(comments.encoded()) == comments)
    var others = comments
    others.removeGains()
    _ = (others.takePictures().map { ID3Tag.frame(ofPicture: $0) }, others.unknownKeys)
    // What ID3 gets of the comments can be read again.
    let tag = ID3Tag.tag(ID3Tag.frames(of: comments))
    precondition(ID3Tag.frames(tag) != nil)
    _ = ID3Tag.comments(of: tag)
  case 1:
    let kept = ID3Tag.withoutMeasurements(rest)
    if ID3Tag.tags(in: rest).allSatisfy(isWhole) { precondition(ID3Tag.withoutMeasurements(kept) == kept) }
    _ = (ID3Tag.comments(of: rest).lossesOfTexts, ID3Tag.frame(ofPicture: rest))
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

/// Whether all frames of a tag can be read, so that leaving some out changes nothing about where the others end.
private func isWhole(_ tag: [UInt8]) -> Bool {
  guard let content = ID3Tag.frames(tag) else { return true }
  return content.rest.isEmpty
    && content.frames.allSatisfy { frame in
      frame.name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
    }
}

private func readFile(_ bytes: [UInt8]) {
  let source = SoundSource(bytes: bytes, path: "input")
  let probe = HeaderProbe(source)
  _ = probe.isTruncated(byteCount: bytes.count)
  for layout in probe.streams {
    let view = source.view(layout)
    guard let length = view.length else { continue }
    // A view is no longer than the file and the little that is put before it.
    precondition(length <= bytes.count + 64)
    var end = [UInt8](repeating: 0, count: 512)
    view.position = max(0, length - 256)
    let got = end.withUnsafeMutableBytes { view.read($0) }
    precondition(got <= 256)
  }
  for format in formats(bytes) {
    let stored = StoredMetadata.read(source, probe, format, hasLayout: false)
    _ = (stored?.loss(in: format), stored?.withoutMeasurements(), stored?.textFields([:]))
    _ = stored?.flacBlocks(skippingTexts: false)
    _ = stored?.oggComments(vendor: [])
    _ = (stored?.converted(to: .id3), stored?.converted(to: .comments))
  }
}

/// The formats for which libsndfile can take a file that starts with some bytes.
private func formats(_ bytes: [UInt8]) -> [SoundFileFormat] {
  switch HeaderBytes.text(bytes, 0, 4) {
  case "RIFF", "RF64", "BW64": [wav]
  case "RIFX": [rifx]
  case "FORM": [aiff]
  case "caff": [caf]
  case "fLaC": [flac]
  case "OggS": [ogg, flac]
  case "riff", ".snd", "dns.": []
  default: [mp3, flac]
  }
}

private let wav = SoundFileFormat(.wav, .pcm16)
private let rifx = SoundFileFormat(.wav, .pcm16, byteOrder: .big)
private let aiff = SoundFileFormat(.aiff, .pcm16)
private let caf = SoundFileFormat(.caf, .pcm16)
private let flac = SoundFileFormat(.flac, .pcm16)
private let ogg = SoundFileFormat(.ogg, .vorbis)
private let mp3 = SoundFileFormat(.mp3, .mpegLayer3)

/// The one kind of input that is wanted; `nil` for all, by their first byte.
private let only = getenv("FUZZ_ONLY").flatMap { UInt8(String(cString: $0)) }
