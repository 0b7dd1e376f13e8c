import Testing

@testable import SoundFiles

@Suite struct QuantizerTests {
  @Test(arguments: [8, 16, 24])
  func everyWordComesBack(_ bits: Int) {
    var quantizer = Quantizer(bits: bits, channelCount: 1)
    let half = 1 << (bits - 1)
    let step = bits == 24 ? 97 : 1
    var wrong = 0
    for word in Swift.stride(from: -half, to: half, by: step) {
      let x = Float(word) / Float(half)
      if quantizer.quantize(x, channel: 0) != Int32(word) << Int32(32 - bits) { wrong += 1 }
    }
    #expect(wrong == 0)
    #expect(quantizer.clippedCount == 0)
  }

  @Test func thirtyTwoBitWordsComeBackFromDoubles() {
    var quantizer = Quantizer(bits: 32, channelCount: 1)
    for word in [Int32.min, Int32.min + 1, -1, 0, 1, 12_345_679, Int32.max - 1, Int32.max] {
      #expect(quantizer.quantize(Double(word) / 2_147_483_648, channel: 0) == word)
    }
    #expect(quantizer.clippedCount == 0)
    #expect(quantizer.quantize(1.0, channel: 0) == Int32.max)
    #expect(quantizer.clippedCount == 1)
  }

  @Test func tiesGoToTheEvenNeighbour() {
    var quantizer = Quantizer(bits: 16, channelCount: 1)
    let cases: [(Float, Int32)] = [
      (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (-2.5, -2), (2.4, 2), (2.6, 3), (-2.6, -3),
    ]
    for (units, word) in cases {
      #expect(quantizer.quantize(units / 32768, channel: 0) == word << 16, "\(units)")
    }
  }

  @Test func whatIsOutsideTheRangeIsClampedAndCounted() {
    var quantizer = Quantizer(bits: 16, channelCount: 1)
    let cases: [(Float, Int32)] = [
      (1, 32767), (1.5, 32767), (-1, -32768), (-1.5, -32768), (.infinity, 32767), (-.infinity, -32768),
      (32767.4 / 32768, 32767), (-32768.4 / 32768, -32768), (.nan, 0),
    ]
    for (x, word) in cases { #expect(quantizer.quantize(x, channel: 0) == word << 16, "\(x)") }
    #expect(quantizer.clippedCount == 5)
    #expect(quantizer.invalidCount == 1)
  }

  @Test func ditherHasTheMomentsOfATriangle() {
    // Around 100.25 units the mean error of dithered rounding is 0 and its variance 1/4 + 1/12 · … of TPDF: 1/4 unit².
    var quantizer = Quantizer(bits: 16, channelCount: 1, isDithered: true, seed: 11)
    let count = 400_000
    var sum = 0.0
    var squares = 0.0
    var largest = 0.0
    for index in 0..<count {
      // Positions spread over a unit: with TPDF the moments may not depend on them.
      let units = 100 + Double(index % 64) / 64
      let error = Double(quantizer.quantize(units / 32768, channel: 0) >> 16) - units
      sum += error
      squares += error * error
      largest = max(largest, abs(error))
    }
    // Standard errors: 0.5/√n = 8e-4 for the mean; about √(2)·0.25/√n = 6e-4 for the variance; five of them allowed.
    #expect(abs(sum / Double(count)) < 4e-3)
    #expect(abs(squares / Double(count) - 0.25) < 3e-3)
    #expect(largest <= 1.5)
  }

  /// What is drawn for dither, by places: the values of a triangle, with no correlation between neighbours or channels.
  @Test func ditherIsWhiteAndTriangular() {
    let count = 1 << 18
    var (first, second) = (DitherNoise(seed: 1), DitherNoise(seed: 2))
    let (values, others) = ((0..<count).map { _ in first.next() }, (0..<count).map { _ in second.next() })
    let mean = values.reduce(0, +) / Double(count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(count)
    // Five standard errors: √(1/6)/√n, and √(1/15 − 1/36)/√n for the squares (the fourth moment of a triangle is 1/15).
    let root = Double(count).squareRoot()
    #expect(abs(mean) < 5 * 0.41 / root)
    #expect(abs(variance - 1.0 / 6) < 5 * 0.2 / root)
    #expect(values.allSatisfy { abs($0) < 1 })
    // P(|d| ≥ 1 − t) = t² for a triangle; a step of 2⁻¹⁶ moves it by 2t · 2⁻¹⁶ at most.
    for t in [0.01, 0.1, 0.3, 0.5, 0.9] {
      let share = Double(values.count { abs($0) >= 1 - t }) / Double(count)
      #expect(abs(share - t * t) < 5 * (t * t * (1 - t * t)).squareRoot() / root + 4e-5)
    }
    for lag in 1...40 {
      var sum = 0.0
      for index in lag..<count { sum += values[index] * values[index - lag] }
      // The standard error of a correlation is 1/√n.
      #expect(abs(sum / Double(count) * 6) < 5 / root, "lag \(lag)")
    }
    let common = zip(values, others).reduce(0) { $0 + $1.0 * $1.1 } / Double(count) * 6
    #expect(abs(common) < 5 / root)
  }

  @Test(arguments: [1, 2, 3]) func rowsGiveTheWordsOfTheirSamples(channelCount: Int) {
    let special: [Float] = [0, -0.0, .nan, .infinity, -.infinity, 1, -1, 1e-6, 3e38]
    let channels = (0..<channelCount).map { channel in
      (0..<1003).map { $0 % 17 == channel ? special[$0 % special.count] : Float($0 % 91) / 80 - 0.55 }
    }
    for (bits, isDithered) in [(8, true), (16, false), (16, true), (24, true), (32, true)] {
      var rows = Quantizer(bits: bits, channelCount: channelCount, isDithered: isDithered)
      var single = rows
      var items = [Int32](repeating: 0, count: 1003 * channelCount)
      rows.quantize(FrameBuffer(channels: channels), into: &items)
      for frame in 0..<1003 {
        for channel in 0..<channelCount {
          #expect(
            items[frame * channelCount + channel]
              == single.quantize(channels[channel][frame], channel: channel))
        }
      }
      #expect(rows.clippedCount == single.clippedCount && rows.clippedCount > 0)
      #expect(rows.invalidCount == single.invalidCount && rows.invalidCount > 0)
    }
  }

  @Test func digitalSilenceIsNeverDithered() {
    var quantizer = Quantizer(bits: 16, channelCount: 2, isDithered: true)
    var items = [Int32](repeating: 7, count: 20_000)
    var buffer = FrameBuffer(channelCount: 2, capacity: 10_000)
    buffer.frameCount = 10_000
    quantizer.quantize(buffer, into: &items)
    #expect(items.allSatisfy { $0 == 0 })
  }

  @Test func ditherDependsOnPlaceAndChannelAlone() {
    let frames = 5000
    let tones = [Float](repeating: 0.1, count: frames)
    func run(_ blocks: [Int], seed: UInt64 = 3) -> [Int32] {
      var quantizer = Quantizer(bits: 16, channelCount: 2, isDithered: true, seed: seed)
      var all: [Int32] = []
      var start = 0
      for block in blocks {
        let buffer = FrameBuffer(
          channels: [[Float]](repeating: Array(tones[start..<start + block]), count: 2))
        var items = [Int32](repeating: 0, count: 2 * block)
        quantizer.quantize(buffer, into: &items)
        all += items
        start += block
      }
      return all
    }
    let whole = run([frames])
    let isChunkFree = run([1, 2, 3, 5, 990, 3999]) == whole
    #expect(isChunkFree)
    let isSeeded = run([frames], seed: 4) != whole
    #expect(isSeeded)
    let differing = (0..<frames).count { whole[2 * $0] != whole[2 * $0 + 1] }
    #expect(differing > frames / 4)
  }
}
