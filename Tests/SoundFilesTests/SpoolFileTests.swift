import SoundFiles
import Testing

@Suite struct SpoolFileTests {
  @Test(arguments: [1, 2, 7])
  func framesComeBackInAnyBlocks(_ channels: Int) throws {
    let folder = TestFolder()
    let frames = 10_007
    let tones = Signal.tones(channels: channels, frames: frames, sampleRate: 48000)
    let spool = try SpoolFile(channelCount: channels, folder: folder.path, expectedFrameCount: frames)
    #expect(folder.names.isEmpty)
    var start = 0
    for block in [1, 4096, 0, 3000, 2910] {
      let part = (0..<channels).map { channel in Array(tones.channel(channel)[start..<start + block]) }
      try spool.append(FrameBuffer(channels: part))
      start += block
    }
    #expect(spool.frameCount == frames)
    for block in [1000, 20_000] {
      spool.rewind()
      var back = [[Float]](repeating: [], count: channels)
      var buffer = FrameBuffer(channelCount: channels, capacity: block)
      while try spool.read(into: &buffer) > 0 {
        for channel in 0..<channels { back[channel] += buffer.channel(channel) }
      }
      #expect(spool.position == frames)
      let isSame = back == (0..<channels).map { tones.channel($0) }
      #expect(isSame)
    }
  }

  @Test func writingAndReadingKeepTheirOwnPlaces() throws {
    let spool = try SpoolFile(channelCount: 1)
    try spool.append(FrameBuffer(channels: [[1, 2, 3]]))
    var two = FrameBuffer(channelCount: 1, capacity: 2)
    try spool.read(into: &two)
    #expect(two.channel(0) == [1, 2])
    try spool.append(FrameBuffer(channels: [[4, .nan]]))
    try spool.read(into: &two)
    #expect(two.channel(0) == [3, 4])
    try spool.read(into: &two)
    #expect(two.frameCount == 1 && two[0, 0].isNaN)
    #expect(try spool.read(into: &two) == 0)
    #expect(two.frameCount == 0)
  }

  @Test func roomIsCheckedBeforehand() {
    let folder = TestFolder()
    let error = #expect(throws: SoundFileError.self) {
      try SpoolFile(channelCount: 8, folder: folder.path, expectedFrameCount: 1 << 55)
    }
    #expect(error?.kind == .noRoom)
    #expect(error?.exitCode == 74)
    #expect(error?.description.contains("is too full") == true)
    #expect(folder.names.isEmpty)
  }

  @Test func aMissingFolderIsAnError() {
    let error = #expect(throws: SoundFileError.self) {
      try SpoolFile(channelCount: 1, folder: "/no/such/folder")
    }
    #expect(error?.kind == .cannotCreate)
  }
}
