import Foundation
@testable import SoundFiles
import Testing

/// Failures of the system that libsndfile does not report.
@Suite struct SystemErrorTests {
  /// A file whose disk is full from some write on, or while its header is rewritten.
  private final class FullDisk: OutputView {
    var failsRewriting = false
    var failsAfter = Int.max
    private var writeCount = 0
    private var isPastHeader = false

    override func write(_ buffer: UnsafeRawBufferPointer) -> Int {
      writeCount += 1
      let isRewriting = isPastHeader && position < (length ?? 0)
      if (failsRewriting && isRewriting) || writeCount > failsAfter {
        fail(ENOSPC)
        return 0
      }
      if position > 2000 { isPastHeader = true }
      return super.write(buffer)
    }
  }

  private func write(_ row: FormatCapability, _ file: FullDisk) throws(SoundFileHandle.Failure) {
    var handle = try SoundFileHandle(
      writing: file, formatCode: row.format.code, sampleRate: 48000, channelCount: 1)
    let tone = Signal.tone(frames: 20_000, channel: 0, sampleRate: 48000)
    for start in stride(from: 0, to: tone.count, by: 1000) {
      _ = tone[start..<start + 1000].withUnsafeBufferPointer { Float.write(handle, $0) }
      if let failure = handle.failure { throw failure }
    }
    try handle.close()
  }

  @Test(arguments: FormatCapability.all)
  func failedWritesAreNoticed(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let descriptor = open(folder.write([], to: "a"), O_RDWR)
    defer { close(descriptor) }
    for count in [0, 1, 2] {
      let file = FullDisk(descriptor)
      file.failsAfter = count
      let failure = #expect(throws: SoundFileHandle.Failure.self, "\(count)") { try write(row, file) }
      #expect(failure?.isSystem == true)
    }
    let file = FullDisk(descriptor)
    file.failsRewriting = true
    switch row.format.container {
    case .ogg: try write(row, file)
    default: #expect(throws: SoundFileHandle.Failure.self) { try write(row, file) }
    }
  }

  @Test(arguments: FormatCapability.all)
  func failedReadsAreNoticedAndEnd(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("a")
    try SoundFilesTests.write(
      Signal.tones(channels: 1, frames: 9000, sampleRate: 48000), to: path, row.format, rate: 48000)
    // A descriptor that cannot be read from, from the start or from a place on.
    let descriptor = open(path, O_WRONLY)
    defer { close(descriptor) }
    let bytes = folder.bytes("a")
    for count in [0, 40, bytes.count / 2] {
      let layout = FileLayout([.bytes(Array(bytes[..<count])), .file(count..<bytes.count)])
      let failure = #expect(throws: SoundFileHandle.Failure.self) {
        let handle = try SoundFileHandle(reading: FileView(.file(descriptor), layout))
        var items = [Float](repeating: 0, count: 10_000)
        _ = items.withUnsafeMutableBufferPointer { Float.read(handle, $0) }
        if let failure = handle.failure { throw failure }
      }
      #expect(failure?.isSystem == true)
    }
  }

  /// Bytes that something else changes before the file is finished: formats with checksums notice it at the end.
  @Test(arguments: [
    SoundFileFormat(.flac, .pcm16), SoundFileFormat(.ogg, .vorbis), SoundFileFormat(.ogg, .opus),
    SoundFileFormat(.mp3, .mpegLayer3),
  ])
  func damageBeforeTheEndIsFound(_ format: SoundFileFormat) throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 1, frames: 200_000, sampleRate: 48000)
    for isDamaged in [false, true] {
      let writer = try SoundFileWriter(
        path: folder.file("a"), format: format, sampleRate: 48000, channelCount: 1,
        options: SoundFileWriter.Options())
      try writer.write(tones)
      if isDamaged {
        let part = try #require(folder.names.first { $0.hasSuffix(".part") })
        let count = folder.bytes(part).count
        #expect(count > 1000)
        let descriptor = open(folder.file(part), O_WRONLY)
        defer { close(descriptor) }
        #expect(FileBytes.write([UInt8](repeating: 0x55, count: count / 2), to: descriptor, at: count / 4))
        let error = #expect(throws: SoundFileError.self) { try writer.finish() }
        #expect(error?.kind == .unreadableResult && error?.exitCode == 74)
      } else {
        try writer.finish()
        try FileManager.default.removeItem(atPath: folder.file("a"))
      }
    }
    #expect(folder.names.isEmpty)
  }

  @Test func manyChannelsAreRefusedBeforeMemoryIsTaken() throws {
    let folder = TestFolder()
    let path = folder.file("a.wav")
    let handle = try SoundFileHandle(
      writing: OutputView(open(folder.write([], to: "a.wav"), O_RDWR)),
      formatCode: SoundFileFormat(.wav, .pcm16).code,
      sampleRate: 48000, channelCount: 1024)
    _ = [Float](repeating: 0, count: 1024).withUnsafeBufferPointer { Float.write(handle, $0) }
    _ = consume handle
    let error = #expect(throws: SoundFileError.self) { try SoundFileReader(path: path) }
    #expect(error?.kind == .badData)
  }

  @Test func linesOfTheDecoderAreKnown() {
    #expect(DecoderMessages.isOne(Array("\nNote: Trying to resync...".utf8)))
    #expect(DecoderMessages.isOne(Array("[src/libmpg123/parse.c:1] error: x".utf8)))
    #expect(!DecoderMessages.isOne(Array("Warning: a.wav: a warning".utf8)))
  }
}
