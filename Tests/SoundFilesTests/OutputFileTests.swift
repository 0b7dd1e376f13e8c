import Foundation
@testable import SoundFiles
import Testing

@Suite(.serialized) struct OutputFileTests {
  static let format = SoundFileFormat(.wav, .pcm16)
  static let one = FrameBuffer(channels: [[0.5]])

  @Test func nothingIsVisibleBeforeTheEnd() throws {
    let folder = TestFolder()
    let writer = try SoundFileWriter(
      path: folder.file("a.wav"), format: Self.format, sampleRate: 44100, channelCount: 1)
    try writer.write(Self.one)
    #expect(folder.names.count == 1)
    #expect(folder.names.allSatisfy { $0.hasPrefix(".a.wav.") && $0.hasSuffix(".part") })
    #expect(TemporaryFiles.registeredPaths.contains(folder.file(folder.names[0])))
    try writer.finish()
    #expect(folder.names == ["a.wav"])
    #expect(!TemporaryFiles.registeredPaths.contains { $0.hasPrefix(folder.path) })
  }

  @Test func nothingIsLeftOfAnAbandonedFile() throws {
    let folder = TestFolder()
    for row in FormatCapability.all {
      do {
        let writer = try SoundFileWriter(
          path: folder.file("a.\(row.format.fileExtension)"), format: row.format, sampleRate: 48000,
          channelCount: 1)
        try writer.write(Signal.tones(channels: 1, frames: 3000, sampleRate: 48000))
      }
      #expect(folder.names.isEmpty, "\(row)")
    }
    #expect(!TemporaryFiles.registeredPaths.contains { $0.hasPrefix(folder.path) })
  }

  /// A process of its own fills the table of hidden names, beyond which a signal handler knows no files.
  @Test func nothingIsLeftWhereTheTableOfHiddenNamesIsFull() async {
    await #expect(processExitsWith: .success) {
      let folder = TestFolder()
      var slots: [TemporaryFiles.Slot] = []
      while let slot = TemporaryFiles.register(folder.file("\(slots.count)")) { slots.append(slot) }
      #expect(slots.count >= 1024)
      do { _ = try OutputFile(path: folder.file("a.txt")) }
      #expect(folder.names == [], "an abandoned file")
      for overwrites in [false, true] {
        try OutputFile.write([1, 2, 3], to: folder.file("\(overwrites).txt"), overwrites: overwrites)
      }
      // The first one by a link, the second by a new name.
      #expect(folder.names == ["false.txt", "true.txt"])
      TemporaryFiles.release(slots.first)
      #expect(TemporaryFiles.register("b") == slots.first)
    }
  }

  @Test func anExistingFileIsReplacedOnlyOnRequest() throws {
    let folder = TestFolder()
    let path = folder.write([1, 2, 3], to: "a.wav")
    let error = #expect(throws: SoundFileError.self) { try write(Self.one, to: path, Self.format) }
    #expect(error?.kind == .cannotCreate)
    #expect(error?.exitCode == 73)
    #expect(error?.description.contains("exists already") == true)
    #expect(folder.bytes("a.wav") == [1, 2, 3])
    chmod(path, 0o640)
    try write(Self.one, to: path, Self.format) { $0.overwrites = true }
    #expect(try SoundFileReader(path: path).info.frameCount == 1)
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o640)
    #expect(folder.names == ["a.wav"])
  }

  @Test func aFileThatAppearsInTheMeantimeIsNotReplaced() throws {
    let folder = TestFolder()
    let writer = try SoundFileWriter(
      path: folder.file("a.wav"), format: Self.format, sampleRate: 44100, channelCount: 1)
    try writer.write(Self.one)
    folder.write([9], to: "a.wav")
    let error = #expect(throws: SoundFileError.self) { try writer.finish() }
    #expect(error?.kind == .cannotCreate)
    #expect(folder.bytes("a.wav") == [9])
  }

  @Test func aFileMayReplaceTheOneItIsMadeFrom() throws {
    let folder = TestFolder()
    let path = folder.file("a.flac")
    let tones = Signal.tones(channels: 2, frames: 50_000, sampleRate: 44100)
    try write(tones, to: path, SoundFileFormat(.flac, .pcm16))
    let reader = try SoundFileReader(path: path)
    var options = SoundFileWriter.Options()
    options.overwrites = true
    let writer = try SoundFileWriter(
      path: path, format: reader.info.format, sampleRate: 44100, channelCount: 2, options: options)
    try reader.copySamples(to: writer)
    try writer.finish()
    try reader.rewind()
    let isSame = try readAll(reader) == readAll(SoundFileReader(path: path))
    #expect(isSame)
  }

  @Test func linksStayAndTheirTargetsAreReplaced() throws {
    let folder = TestFolder()
    try FileManager.default.createDirectory(atPath: folder.file("there"), withIntermediateDirectories: true)
    symlink("there/real.wav", folder.file("link.wav"))
    // The link names a file that is not there yet: it is created where the link points.
    try write(Self.one, to: folder.file("link.wav"), Self.format)
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: folder.file("link.wav")) == "there/real.wav")
    #expect(try SoundFileReader(path: folder.file("there/real.wav")).info.frameCount == 1)
    #expect(throws: SoundFileError.self) { try write(Self.one, to: folder.file("link.wav"), Self.format) }
    try write(FrameBuffer(channels: [[0, 0]]), to: folder.file("link.wav"), Self.format) {
      $0.overwrites = true
    }
    #expect(try SoundFileReader(path: folder.file("there/real.wav")).info.frameCount == 2)
    symlink("round.wav", folder.file("round.wav"))
    #expect(throws: SoundFileError.self) { try write(Self.one, to: folder.file("round.wav"), Self.format) }
  }

  @Test func placesWhereNothingCanBeCreated() throws {
    let folder = TestFolder()
    let cases: [(String, String)] = [
      (folder.file("none/a.wav"), "its folder does not exist"),
      (folder.path, "expected a file, found a folder"),
      (folder.path + "/", "expected a file, found a folder"), ("", "expected a file, found a folder"),
    ]
    for (path, words) in cases {
      let error = #expect(throws: SoundFileError.self) { try OutputFile.check(path: path, overwrites: true) }
      #expect(error?.kind == .cannotCreate && error?.description.hasSuffix(words) == true, "\(error as Any)")
      #expect(error?.path == path)
    }
    try OutputFile.check(path: folder.file("a.wav"))
    #expect(folder.names.isEmpty)
  }

  @Test func devicesReceiveTheBytes() throws {
    try write(Self.one, to: "/dev/null", Self.format)
    let folder = TestFolder()
    let pipe = folder.file("pipe.wav")
    #expect(mkfifo(pipe, 0o600) == 0)
    let received = Received()
    let reader = Thread {
      received.data = FileHandle(forReadingAtPath: pipe)?.readDataToEndOfFile() ?? Data()
      received.isDone.signal()
    }
    reader.start()
    try write(Self.one, to: pipe, Self.format)
    received.isDone.wait()
    let path = folder.write(Array(received.data), to: "received.wav")
    #expect(try SoundFileReader(path: path).info.frameCount == 1)
  }

  @Test func veryLongNamesAreWritten() throws {
    let folder = TestFolder()
    let name = String(repeating: "ü", count: 125) + ".wav"
    try write(Self.one, to: folder.file(name), Self.format)
    #expect(folder.names == [name])
  }

  @Test func filesAreTheSameEachTime() throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 2, frames: 3000, sampleRate: 44100)
    for row in FormatCapability.all where row.isLossless && row.maximumChannelCount > 1 {
      try write(tones, to: folder.file("a"), row.format) { $0.overwrites = true }
      try write(tones, to: folder.file("b"), row.format) { $0.overwrites = true }
      let isSame = folder.bytes("a") == folder.bytes("b")
      #expect(isSame, "\(row)")
    }
  }
}

/// What a thread received.
final class Received: @unchecked Sendable {
  var data = Data()
  let isDone = DispatchSemaphore(value: 0)
}
