import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The gain that follows envelopes: its size, its independence of chunks, and what it makes of clips.
@Suite struct EnvelopeCompressorTests {
  private static let rate = 22050.0
  private static let gain: EnvelopeGain = {
    var gain = EnvelopeGain(levels: -100...20)
    gain.add(Compressor(envelope: 0, threshold: -30, ratio: 4), share: 0.7)
    gain.add(Compressor(envelope: 1, threshold: -40, ratio: 2), share: 0.3)
    return gain
  }()

  private static func run(
    _ channels: [[Float]], _ gain: EnvelopeGain?, chunks: [Int] = [1000], frameGains: [Float] = [],
    measured: [Int]? = nil
  ) -> (channels: [[Float]], sample: EnvelopeSample) {
    var compressor = EnvelopeCompressor(
      gain: gain, channelCount: channels.count, measured: measured ?? Array(channels.indices),
      sampleRate: rate,
      hopLength: 235)
    var result = [[Float]](repeating: [], count: channels.count)
    func take(_ buffer: FrameBuffer) {
      for channel in channels.indices { result[channel] += buffer.channel(channel) }
    }
    for (index, buffer) in TestClips.buffers(channels, chunks: chunks).enumerated() {
      take(compressor.process(buffer, frameGains: index == 0 ? frameGains : []))
    }
    if let rest = compressor.finish() { take(rest) }
    return (result, compressor.sample)
  }

  @Test(arguments: [[1], [50, 7000], [333], [100_000]]) func chunksDoNotMatter(_ chunks: [Int]) {
    let clip = TestClips.stereo(seed: 5, count: 20_000, rate: Self.rate)
    let expected = Self.run(clip, Self.gain).channels
    #expect(expected.allSatisfy { $0.count == 20_000 } && expected != clip)
    #expect(Self.run(clip, Self.gain, chunks: chunks).channels == expected)
  }

  @Test(arguments: [1, 10, 54, 55, 56, 700]) func shortClipsKeepTheirLength(_ count: Int) {
    let clip = TestClips.stereo(seed: 6, count: count, rate: Self.rate)
    #expect(Self.run(clip, Self.gain).channels.allSatisfy { $0.count == count })
  }

  @Test func steadySoundGetsTheGainOfItsLevel() {
    // A square wave of −10 dB: its envelopes are its amplitude.
    let amplitude = Float(pow(10, -0.5))
    let wave = (0..<44100).map { $0 / 50 % 2 == 0 ? amplitude : -amplitude }
    let result = Self.run([wave], Self.gain).channels[0]
    let expected = amplitude * Float(pow(10, (0.7 * -0.75 * 20 + 0.3 * -0.5 * 30) / 20))
    for n in 20_000..<40_000 { #expect(abs(abs(result[n]) - expected) < 1e-4) }
    // The louder channel decides for both.
    let both = Self.run([wave, wave.map { 0.1 * $0 }], Self.gain).channels
    #expect(zip(both[1], result).allSatisfy { abs($0 - 0.1 * $1) < 1e-5 })
  }

  @Test func channelsThatAreNotHeardFollowTheOthers() {
    let clip = TestClips.wandering(seed: 8, count: 20_000, rate: Self.rate)
    let alone = Self.run([clip], Self.gain).channels[0]
    let rumble = (0..<20_000).map { Float(0.8 * sin(Double($0) / 90)) }
    let both = Self.run([clip, rumble], Self.gain, measured: [0]).channels
    #expect(both[0] == alone)
    for n in 0..<20_000 where abs(clip[n]) > 1e-3 && abs(rumble[n]) > 1e-3 {
      #expect(abs(both[1][n] / rumble[n] - alone[n] / clip[n]) < 1e-4 * alone[n] / clip[n])
    }
  }

  /// Loops and albums are cut within sound: there is no jump of the gain where one copy meets the next.
  @Test func copiesInARowHaveTheGainsOfOne() {
    let clip = (0..<22050).map { n -> Float in
      let level = 0.2 * (1.2 + sin(Double(n) / 22050 * 8 * Double.pi))
      return Float(level * sin(Double(n) * 0.4))
    }
    let one = Self.run([clip], Self.gain).channels[0]
    let three = Self.run([clip + clip + clip], Self.gain).channels[0]
    func power(_ samples: [Float], _ start: Int) -> Double {
      samples[start..<start + 2205].reduce(0.0) { $0 + Double($1 * $1) }
    }
    for start in [0, 19845] {
      #expect(abs(10 * log10(power(one, start) / power(three, start + 22050))) < 0.5)
    }
  }

  @Test func listeningPassesSamplesAndTakesFramesGainsOut() {
    let clip = TestClips.wandering(seed: 7, count: 40_000, rate: Self.rate)
    let plain = Self.run([clip], nil)
    #expect(plain.channels == [clip] && plain.sample.windows.count > 80)
    // Gains of frames, from frame −1 on, as they act on samples.
    let gains = (0..<180).map { Float(6 * sin(Double($0) / 3)) }
    let moved = clip.indices.map { n in
      let (frame, rest) = n.quotientAndRemainder(dividingBy: 235)
      let factors = [frame + 1, frame + 2].map { Float(pow(10, Double(-gains[$0]) / 20)) }
      return clip[n] / (factors[0] + (factors[1] - factors[0]) * Float(rest) / 235)
    }
    let heard = Self.run([moved], nil, frameGains: gains).sample
    let powers = [plain.sample, heard].map { $0.windows.flatMap(\.points).map { Double($0.power) }.sorted() }
    #expect(powers[0].count == powers[1].count)
    for (a, b) in zip(powers[0], powers[1]) { #expect(abs(a - b) <= 1e-4 * a) }
  }

  /// A clip like a voice.
  private static func voice(_ seed: UInt64) -> [Float] {
    TestClips.wandering(seed: seed, count: 220_500, rate: rate, amplitude: 0.3, depth: 30)
  }

  /// The spread of the levels of what is loud, in dB.
  private static func spread(_ samples: [Float]) -> Double {
    let levels = stride(from: 0, to: samples.count - 900, by: 220).map { start in
      10 * log10(samples[start..<start + 900].reduce(1e-9) { $0 + Double($1 * $1) } / 900)
    }
    let top = levels.sorted()[levels.count * 98 / 100]
    let loud = levels.filter { $0 > top - 30 }
    let mean = loud.reduce(0, +) / Double(loud.count)
    return (loud.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(loud.count)).squareRoot()
  }

  private static func profile(_ channels: [[Float]]) throws -> [WeightedStyle] {
    [WeightedStyle(try Restyler().learner.learn(MemorySource(channels, sampleRate: rate, name: "style")))]
  }

  /// Compressors do not expand: a compressed clip towards one that was not goes by levels of frames.
  @Test func compressedClipsAreExpanded() throws {
    let content = Self.run([Self.voice(1)], Self.gain).channels
    let (channels, report) = try Restyler().restyle(
      MemorySource(content, sampleRate: Self.rate), towards: Self.profile([Self.voice(2)]))
    #expect(report.lowestEnvelopeGain ?? 0 > -1)
    #expect(Self.spread(channels[0]) > Self.spread(content[0]) + 0.5)
  }

  /// A voice-like clip towards another of the same kind that went through a compressor.
  @Test func clipsGetTheStylesDynamics() throws {
    let style = Self.run([Self.voice(2)], Self.gain).channels
    let content = MemorySource([Self.voice(1)], sampleRate: Self.rate)
    let restyler = Restyler()
    let styles = try Self.profile(style)
    let (channels, report) = try restyler.restyle(content, towards: styles)
    let (lowest, highest) = (
      try #require(report.lowestEnvelopeGain), try #require(report.highestEnvelopeGain)
    )
    #expect(lowest < -3 && highest > 1)
    let (before, aim, after) = (Self.spread(Self.voice(1)), Self.spread(style[0]), Self.spread(channels[0]))
    #expect(abs(after - aim) < 0.7 * abs(before - aim), "\(before) → \(after), aim \(aim)")
    // The mean over what is active does not move by compressors alone: bands reach what was asked for.
    var options = RestyleOptions()
    options.aim = .equipment
    options.measuresResult = true
    let measured = try Restyler(options: options).restyle(content, towards: styles).report
    for channel in measured.views[0].channels where channel.isShared {
      #expect(abs(try #require(channel.mean) - channel.requestedMean) < 1)
    }
    // Without a trial there is nothing to listen to, and with one gain for all nothing to follow.
    options.refinements = 0
    #expect(try Restyler(options: options).restyle(content, towards: styles).report.lowestEnvelopeGain == nil)
  }
}
