import Foundation
import SoundFiles
import Testing

@Suite struct ReaderErrorTests {
  private func failure(_ path: String) -> SoundFileError? {
    #expect(throws: SoundFileError.self) { try SoundFileReader(path: path) }
  }

  @Test func missingFile() {
    let error = failure("/no/such/place/a.wav")
    #expect(error?.description == "cannot open ‘/no/such/place/a.wav’: no such file")
    #expect(error?.exitCode == 66)
  }

  @Test func folder() {
    let folder = TestFolder()
    let error = failure(folder.path)
    #expect(error?.description.hasSuffix("expected a sound file, found a folder") == true)
    #expect(error?.exitCode == 66)
  }

  @Test func emptyFile() {
    let folder = TestFolder()
    let error = failure(folder.write([], to: "empty.wav"))
    #expect(error?.description.hasSuffix("is not a sound file: it is empty (0 bytes)") == true)
    #expect(error?.exitCode == 65)
  }

  @Test func foreignFiles() {
    let folder = TestFolder()
    let cases: [(String, [UInt8], String)] = [
      ("text.wav", Array("This is no sound, only words.\n".utf8), "text"),
      ("notes.au", Array("Words under the name of a format that guesses by name".utf8), "text"),
      ("a.mp3", Array("%PDF-1.7 and more of it, long enough to be looked at".utf8), "a PDF document"),
      (
        "song.m4a", [0, 0, 0, 32] + Array("ftypM4A ".utf8) + [UInt8](repeating: 0, count: 64), "MPEG-4 audio"
      ),
      ("b.wav", [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 64), "a ZIP archive"),
      ("c.wav", Array("RIFF".utf8) + [36, 0, 0, 0] + Array("WAVEjunk".utf8), "a RIFF file whose header"),
      ("d.wav", [UInt8](repeating: 0, count: 1000), ""),
      ("e.flac", Array("fLaC".utf8), "a FLAC file whose header is damaged"),
      (
        "f.ogg", Array("OggS".utf8) + [UInt8](repeating: 1, count: 100), "an Ogg file whose header is damaged"
      ),
    ]
    for (name, bytes, words) in cases {
      let error = failure(folder.write(bytes, to: name))
      #expect(error?.kind == .badData, "\(name)")
      #expect(error?.description.contains("is not a sound file that can be read") == true)
      #expect(
        words.isEmpty || error?.description.contains("it starts like \(words)") == true, "\(error as Any)")
    }
  }

  @Test func noPermission() throws {
    // The superuser may read everything.
    guard geteuid() != 0 else { return }
    let folder = TestFolder()
    try write(FrameBuffer(channels: [[0]]), to: folder.file("a.wav"), SoundFileFormat(.wav, .pcm16))
    chmod(folder.file("a.wav"), 0)
    let error = failure(folder.file("a.wav"))
    #expect(error?.description.hasSuffix("no permission to read it") == true)
    #expect(error?.exitCode == 66)
  }

  @Test func exitCodes() {
    let codes = SoundFileError.Kind.allCases.map { SoundFileError($0, path: "", "").exitCode }
    #expect(codes == [64, 65, 66, 73, 74, 74, 74, 130])
  }

  @Test func namesWithSpacesLettersAndLinks() throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 1, frames: 100, sampleRate: 44100)
    for name in ["with space.wav", "ünïcödé 日本 🎵.flac", "-dash.wav", "a\"quote'.aiff", "new\nline.wav"] {
      let format = try SoundFileFormat(path: name, like: SoundFileFormat(.wav, .pcm16))
      try write(tones, to: folder.file(name), format)
      #expect(try SoundFileReader(path: folder.file(name)).info.frameCount == 100)
      symlink(folder.file(name), folder.file("link"))
      #expect(try SoundFileReader(path: folder.file("link")).info.frameCount == 100)
      unlink(folder.file("link"))
    }
    #expect(folder.names.count == 5)
  }

  @Test func aPipeIsReadLikeAFile() throws {
    let folder = TestFolder()
    for name in ["a.wav", "a.flac", "a.ogg", "a.mp3"] {
      let format = try SoundFileFormat(path: name, like: SoundFileFormat(.wav, .pcm16))
      try write(Signal.tones(channels: 2, frames: 30_000, sampleRate: 44100), to: folder.file(name), format)
      let pipe = folder.file("pipe")
      #expect(mkfifo(pipe, 0o600) == 0)
      let data = Data(folder.bytes(name))
      let feeder = Thread { FileHandle(forWritingAtPath: pipe)?.write(data) }
      feeder.start()
      let reader = try SoundFileReader(path: pipe)
      let expected = try readAll(SoundFileReader(path: folder.file(name)))
      let isSame = try readAll(reader) == expected
      #expect(isSame)
      try reader.rewind()
      let again = try readAll(reader) == expected
      #expect(again)
      unlink(pipe)
    }
  }

  @Test func openingFromManyThreadsKeepsErrorsApart() {
    let folder = TestFolder()
    let text = folder.write(Array("nothing to hear".utf8), to: "text.wav")
    let riff = folder.write(Array("RIFF".utf8) + [4, 0, 0, 0] + Array("WAVE".utf8), to: "riff.wav")
    let alone = [failure(text)?.description, failure(riff)?.description]
    #expect(alone[0] != nil && alone[1] != nil && alone[0]?.suffix(30) != alone[1]?.suffix(30))
    let wrong = Counter()
    DispatchQueue.concurrentPerform(iterations: 400) { index in
      do {
        _ = try SoundFileReader(path: index % 2 == 0 ? text : riff)
        wrong.add()
      } catch {
        if "\(error)" != alone[index % 2] { wrong.add() }
      }
    }
    #expect(wrong.value == 0)
  }
}

/// A number that several threads may raise.
final class Counter: @unchecked Sendable {
  private let lock = NSLock()
  private var count = 0

  func add() { lock.withLock { count += 1 } }

  var value: Int { lock.withLock { count } }
}
