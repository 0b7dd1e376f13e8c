import Foundation
import SoundFiles
import Testing

@Suite struct RoundTripTests {
  static let lossless = FormatCapability.all.filter { $0.isLossless }
  static let lossy = FormatCapability.all.filter {
    $0.format.container == .ogg || $0.format.container == .mp3
  }
  /// All formats, of CAF's encodings the commonest.
  static let oneOfCAF = FormatCapability.all.filter {
    $0.format.container != .caf || $0.format.encoding == .pcm16
  }

  @Test(arguments: lossless.filter { $0.format.encoding.integerBits != nil })
  func integersComeBackBitForBit(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let bits = try #require(row.format.encoding.integerBits)
    for channels in 1...row.maximumChannelCount {
      for frames in [1, 2, 777, 4097] {
        let items = Signal.integers(bits: bits, count: frames * channels, seed: UInt64(frames))
        let path = folder.file("\(channels)-\(frames).\(row.format.fileExtension)")
        let writer = try SoundFileWriter(
          path: path, format: row.format, sampleRate: 44100, channelCount: channels)
        try writer.writeIntegers(items)
        try writer.finish()
        let reader = try SoundFileReader(path: path)
        #expect(reader.info.frameCount == frames)
        #expect(reader.info.format.encoding == row.format.encoding)
        #expect(reader.info.format.container == row.format.container)
        #expect(!reader.info.isTruncated && reader.info.warnings.isEmpty)
        var back = [Int32](repeating: 99, count: (frames + 5) * channels)
        #expect(try reader.readIntegers(into: &back) == frames)
        let isSame = Array(back.prefix(items.count)) == items
        #expect(isSame, "\(channels) channels, \(frames) frames")
        #expect(try reader.readIntegers(into: &back) == 0)
      }
    }
  }

  @Test(arguments: lossless)
  func floatsAreScaledByAPowerOfTwoAndComeBack(_ row: FormatCapability) throws {
    let folder = TestFolder()
    // A Float holds 24 bits, so 32-bit words are checked with 24-bit values.
    let bits = min(row.format.encoding.integerBits ?? 24, 24)
    let scale = Float(sign: .plus, exponent: bits - 1, significand: 1)
    let channels = min(3, row.maximumChannelCount)
    let frames = 2001
    let words = Signal.integers(bits: bits, count: channels * frames).map { $0 >> Int32(32 - bits) }
    let values = words.map { Float($0) / scale }
    let planar = (0..<channels).map { channel in Array(values[(channel * frames)..<((channel + 1) * frames)])
    }
    let path = folder.file("scaled.\(row.format.fileExtension)")
    let writer = try write(FrameBuffer(channels: planar), to: path, row.format)
    #expect(writer.clippedCount == 0)
    let isSame = try readAll(SoundFileReader(path: path)) == planar
    #expect(isSame)
  }

  @Test(arguments: [SoundContainer.wav, .wavex, .rf64, .w64, .aiff, .caf, .au])
  func everyFloatValueSurvives(_ container: SoundContainer) throws {
    let folder = TestFolder()
    let floats: [Float] = [
      0, -0.0, 1, -1, 1.5, -2.25, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .infinity, .nan, 1e-30,
    ]
    let path = folder.file("values.\(container.rawValue)")
    let writer = try SoundFileWriter(
      path: path, format: SoundFileFormat(container, .float32), sampleRate: 48000, channelCount: 1)
    try writer.writeFloats(floats)
    try writer.finish()
    var back = [Float](repeating: 7, count: floats.count)
    #expect(try SoundFileReader(path: path).readFloats(into: &back) == floats.count)
    #expect(back.map(\.bitPattern) == floats.map(\.bitPattern))

    let doubles: [Double] = [
      0, -0.0, 1, .pi, -.pi * 1e100, .leastNonzeroMagnitude, .infinity, .nan, 1 + .ulpOfOne,
    ]
    let wide = folder.file("wide.\(container.rawValue)")
    let second = try SoundFileWriter(
      path: wide, format: SoundFileFormat(container, .float64), sampleRate: 48000, channelCount: 1)
    try second.writeDoubles(doubles)
    try second.finish()
    var wideBack = [Double](repeating: 7, count: doubles.count)
    #expect(try SoundFileReader(path: wide).readDoubles(into: &wideBack) == doubles.count)
    #expect(wideBack.map(\.bitPattern) == doubles.map(\.bitPattern))
  }

  @Test(arguments: [SoundEncoding.ulaw, .alaw])
  func everyCompandedCodeComesBack(_ encoding: SoundEncoding) throws {
    let folder = TestFolder()
    // A headerless body of all 256 codes behind an AU header: 24 bytes, data size 256.
    let code: UInt8 = encoding == .ulaw ? 1 : 27
    let header: [UInt8] =
      Array(".snd".utf8) + [0, 0, 0, 24, 0, 0, 1, 0, 0, 0, 0, code, 0, 0, 0x1F, 0x40, 0, 0, 0, 1]
    let path = folder.write(header + (0...255).map { UInt8($0) }, to: "codes.au")
    let first = try readAll(SoundFileReader(path: path))
    let copy = folder.file("copy.au")
    try write(FrameBuffer(channels: first), to: copy, SoundFileFormat(.au, encoding), rate: 8000)
    let isSame = try readAll(SoundFileReader(path: copy)) == first
    #expect(isSame)
    #expect(Set(first[0]).count >= 255)
  }

  @Test(arguments: FormatCapability.all.filter { $0.holdsZeroFrames })
  func emptyClipsCanBeWrittenAndRead(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("empty.\(row.format.fileExtension)")
    let channels = min(2, row.maximumChannelCount)
    try write(FrameBuffer(channelCount: channels, capacity: 0), to: path, row.format)
    let reader = try SoundFileReader(path: path)
    #expect(reader.info.frameCount == 0)
    #expect(reader.info.warnings.isEmpty)
    var buffer = FrameBuffer(channelCount: channels, capacity: 10)
    #expect(try reader.read(into: &buffer) == 0)
  }

  @Test(arguments: lossy)
  func lossyFormatsKeepLengthRateAndPlace(_ row: FormatCapability) throws {
    let folder = TestFolder()
    guard
      case .list(let listed) = row.sampleRates == .range(8000...192_000)
        ? .list([8000, 44100, 96000]) : row.sampleRates
    else { return }
    for rate in listed {
      for channels in Set([1, 2, row.maximumChannelCount]) {
        let frames = rate / 2 + 37
        let tones = Signal.tones(channels: channels, frames: frames, sampleRate: rate)
        let path = folder.file("\(rate)-\(channels).\(row.format.fileExtension)")
        try write(tones, to: path, row.format, rate: rate) { $0.quality = 0.9 }
        let reader = try SoundFileReader(path: path)
        #expect(reader.info.sampleRate == rate)
        #expect(reader.info.frameCount == frames)
        #expect(reader.info.warnings.isEmpty)
        let back = try readAll(reader)
        #expect(back.map(\.count) == [Int](repeating: frames, count: channels))
        // The encoder's delay is taken away: at no shift is the result more like the input than at none.
        let shifts = -3...3
        let errors = shifts.map { shift in
          (1000..<frames - 1000).reduce(Float(0)) { sum, frame in
            let difference = back[0][frame + shift] - tones[0, frame]
            return sum + difference * difference
          }
        }
        #expect(errors.firstIndex(of: errors.min() ?? 0) == 3, "\(row.format) at \(rate) Hz: \(errors)")
      }
    }
  }

  @Test(arguments: lossy)
  func lossyFormatsKeepShortLengths(_ row: FormatCapability) throws {
    let folder = TestFolder()
    for frames in [1, 2, 63, 64, 65, 575, 576, 577, 959, 960, 961, 1151, 1152, 1153, 4096, 10_000] {
      let path = folder.file("\(frames).\(row.format.fileExtension)")
      try write(
        Signal.tones(channels: 2, frames: frames, sampleRate: 48000), to: path, row.format, rate: 48000)
      let reader = try SoundFileReader(path: path)
      #expect(reader.info.frameCount == frames)
      #expect(try readAll(reader)[0].count == frames)
    }
  }

  @Test(arguments: oneOfCAF)
  func aSecondPassReadsTheSame(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("twice.\(row.format.fileExtension)")
    try write(Signal.tones(channels: 2, frames: 30_011, sampleRate: 48000), to: path, row.format, rate: 48000)
    let reader = try SoundFileReader(path: path)
    let first = try readAll(reader, block: 999)
    try reader.rewind()
    #expect(reader.position == 0)
    let second = try readAll(reader, block: 8192) == first
    #expect(second)
    // Halfway through, too.
    try reader.rewind()
    var buffer = FrameBuffer(channelCount: 2, capacity: 12_345)
    try reader.read(into: &buffer)
    try reader.rewind()
    let third = try readAll(reader) == first
    #expect(third)
  }

  @Test(arguments: oneOfCAF)
  func framesCanBePassedOver(_ row: FormatCapability) throws {
    let folder = TestFolder()
    let path = folder.file("skip.\(row.format.fileExtension)")
    try write(Signal.tones(channels: 2, frames: 30_011, sampleRate: 48000), to: path, row.format, rate: 48000)
    let reader = try SoundFileReader(path: path)
    let all = try readAll(reader)
    try reader.rewind()
    var buffer = FrameBuffer(channelCount: 2, capacity: 1000)
    for start in [0, 1500, 20_002] {
      let distance = start - reader.position
      #expect(try reader.skip(distance) == distance)
      try reader.read(into: &buffer)
      for channel in 0..<2 {
        let isSame = buffer.channel(channel) == Array(all[channel][start..<start + 1000])
        #expect(isSame, "from frame \(start)")
      }
    }
    #expect(try reader.skip(1_000_000) == all[0].count - 21_002)
    #expect(try reader.read(into: &buffer) == 0)
  }

  @Test func bigAndLittleEndianFilesKeepTheirOrder() throws {
    let folder = TestFolder()
    for (container, order) in [
      (SoundContainer.wav, SoundFileFormat.ByteOrder.big), (.aiff, .little), (.au, .little), (.caf, .little),
    ] {
      let format = SoundFileFormat(container, .pcm16, byteOrder: order)
      let path = folder.file("order.\(container.rawValue)")
      let items = Signal.integers(bits: 16, count: 1000)
      let writer = try SoundFileWriter(path: path, format: format, sampleRate: 44100, channelCount: 2)
      try writer.writeIntegers(items)
      try writer.finish()
      let reader = try SoundFileReader(path: path)
      #expect(reader.info.format == format)
      var back = [Int32](repeating: 0, count: 1000)
      _ = try reader.readIntegers(into: &back)
      let isSame = back == items
      #expect(isSame)
    }
  }

  /// The time of writing is in no file: the same samples have the same bytes in another second.
  @Test func floatFilesHaveNoTime() throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 2, frames: 100, sampleRate: 44100)
    var containers: Set<SoundContainer> = []
    for row in Self.lossless where row.format.encoding == .float32 {
      let path = folder.file("time.\(row.format.fileExtension)")
      try write(tones, to: path, row.format) { $0.overwrites = true }
      let bytes = Data(folder.bytes("time.\(row.format.fileExtension)"))
      guard let place = bytes.range(of: Data("PEAK".utf8)) else { continue }
      containers.insert(row.format.container)
      #expect(bytes[place.lowerBound + 12..<place.lowerBound + 16].allSatisfy { $0 == 0 }, "\(row)")
    }
    #expect(containers.contains(.rf64))
  }

  /// AIFF-C with the least significant byte first: other programs read 16 bits alone (`sowt`).
  @Test(arguments: [SoundEncoding.pcmS8, .pcm16, .pcm24, .pcm32, .float32])
  func aiffIsWrittenInAnOrderThatOthersRead(_ encoding: SoundEncoding) throws {
    let folder = TestFolder()
    let tones = Signal.tones(channels: 2, frames: 1000, sampleRate: 44100)
    let little = SoundFileFormat(.aiff, encoding, byteOrder: .little)
    try write(tones, to: folder.file("a.aiff"), SoundFileFormat(path: "a.aiff", like: little))
    try write(tones, to: folder.file("b.aiff"), SoundFileFormat(.aiff, encoding))
    let bytes = folder.bytes("a.aiff")
    if encoding == .pcm16 {
      #expect(try HeaderBytes.text(bytes, HeaderTests.find("COMM", in: bytes) + 26, 4) == "sowt")
    } else {
      #expect(bytes == folder.bytes("b.aiff"))
    }
    let (one, other) = (
      try SoundFileReader(path: folder.file("a.aiff")), try SoundFileReader(path: folder.file("b.aiff"))
    )
    let isSame = try readAll(one) == readAll(other)
    #expect(isSame)
  }

  @Test func copiesChangeNothing() throws {
    let folder = TestFolder()
    for row in Self.lossless {
      let source = folder.file("source.\(row.format.fileExtension)")
      let channels = min(2, row.maximumChannelCount)
      try write(Signal.tones(channels: channels, frames: 5003, sampleRate: 44100), to: source, row.format) {
        $0.overwrites = true
      }
      let reader = try SoundFileReader(path: source)
      let writer = try SoundFileWriter(
        path: folder.file("samples.\(row.format.fileExtension)"), format: row.format, sampleRate: 44100,
        channelCount: channels,
        options: {
          var o = SoundFileWriter.Options(); o.overwrites = true; return o
        }())
      #expect(try reader.copySamples(to: writer) == 5003)
      try writer.finish()
      let original = folder.bytes("source.\(row.format.fileExtension)")
      let isSame = folder.bytes("samples.\(row.format.fileExtension)") == original
      #expect(isSame, "\(row)")
      try reader.copyFile(to: folder.file("bytes"), overwrites: true)
      let isCopy = folder.bytes("bytes") == original
      #expect(isCopy, "\(row)")
    }
  }
}
