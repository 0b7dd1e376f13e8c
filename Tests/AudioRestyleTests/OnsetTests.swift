import AudioFeatures
import Foundation
import SoundFiles
import Tensors
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

@Suite struct OnsetTests {
  private let rate = 44100.0
  private static let count = 300_000

  /// Hits that decay over a bed of noise 50 dB under them, and where they start.
  private func hits(bed: Float = 0.001) -> (clip: [Float], places: [Int]) {
    var random = SplitMix64(state: 31)
    var clip = (0..<Self.count).map { _ in bed * random.sample() }
    let places = (1..<16).map { 15_000 * $0 + 37 * $0 * $0 }
    for place in places {
      for n in 0..<9000 {
        let time = Double(n) / rate
        let thump = 0.4 * exp(-time / 0.06) * sin(2 * .pi * 70 * time)
        clip[place + n] += Float(thump) + 0.3 * Float(exp(-time / 0.03)) * random.sample()
      }
    }
    return (clip, places)
  }

  private func onsets(_ channels: [[Float]], chunk: Int = 4096) -> [Int] {
    var detector = OnsetDetector(sampleRate: rate, shortestDistance: 1880)
    for start in stride(from: 0, to: channels[0].count, by: chunk) {
      detector.add(FrameBuffer(channels: channels.map { Array($0[start..<min(start + chunk, $0.count)]) }))
    }
    return detector.onsets.map(\.position)
  }

  @Test(arguments: [1, 59, 4096]) func hitsAreFoundWhereTheyStart(chunk: Int) {
    let (clip, places) = hits()
    let found = onsets([clip, clip.map { $0 * 0.5 }], chunk: chunk).filter { $0 > 0 }
    #expect(found.count == places.count)
    // The first sample that stands out of the bed.
    for (onset, place) in zip(found, places) { #expect((0...12).contains(onset - place)) }
  }

  /// A pulse of one sample every 20 ms has blocks 15 times its mean; slower swells rise by less than 12 dB in 1.3 ms.
  @Test func steadySoundHasNoOnsets() {
    func found(_ clip: (Double) -> Double) -> [Int] {
      onsets([(0..<100_000).map { Float(clip(Double($0) / rate)) }]).filter { $0 > 2000 }
    }
    #expect(
      onsets([TestClips.wandering(seed: 3, count: 200_000, rate: rate, depth: 0)]).allSatisfy { $0 < 200 })
    for frequency in [30.0, 50, 440, 5000] {
      #expect(found { 0.5 * sin(2 * .pi * frequency * $0) }.isEmpty)
    }
    #expect(onsets([(0..<100_000).map { $0 % 735 == 0 ? 0.8 : 0 }]).allSatisfy { $0 < 2000 })
    #expect(found { 0.5 * sin(2 * .pi * 440 * $0) * (1 + sin(2 * .pi * 8 * $0)) }.isEmpty)
  }

  private func power(_ clip: [Float], _ range: Range<Int>) -> Double {
    10 * log10(clip[range].reduce(1e-20) { $0 + Double($1) * Double($1) } / Double(range.count))
  }

  /// Styles whose dynamics are narrower and wider than those of the hits, with another tone.
  private func restyled(
    _ clip: [Float], method: RestyleMethod, phase: TonePhase = .minimum, aim: RestyleAim = .equipment,
    depth: Double, pole: Float
  ) throws -> [Float] {
    var options = RestyleOptions()
    options.aim = aim
    options.method = method
    options.phase = phase
    options.loudness = .keep
    options.ceiling = .off
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(
      TestClips.source([TestClips.wandering(seed: 9, count: 300_000, rate: rate, pole: pole, depth: depth)]))
    return try restyler.restyle(TestClips.source([clip]), towards: [WeightedStyle(style)]).channels[0]
  }

  /// The gain of the 5 to 25 ms before a hit, beside that of the pause before: with one window over the onset it was 5 to
  /// 30 dB more.
  @Test(
    arguments: [
      (RestyleMethod.adain, TonePhase.minimum), (.mean, .minimum), (.match, .minimum), (.mean, .linear),
      (.adain, .linear),
    ], [(1.0, Float(0.2)), (12, 0.95)])
  func hitsAreNotHeardBeforeTheyStart(
    way: (method: RestyleMethod, phase: TonePhase), style: (depth: Double, pole: Float)
  ) throws {
    let (clip, places) = hits()
    let result = try restyled(
      clip, method: way.method, phase: way.phase, depth: style.depth, pole: style.pole)
    let excess = excess(of: result, over: clip, before: places)
    #expect(excess.reduce(0, +) / Double(excess.count) < 1)
    #expect(try #require(excess.max()) < 4)
  }

  /// The loudness of 400 ms holds a hit 200 ms before it starts, so that words after pauses begin at their own level.
  ///
  /// Dynamics that grow raise what is before a hit a little, by less than 2.5 dB in the mean; so do pauses that are
  /// lowered, as they open 25 ms before a hit.
  @Test(arguments: [(1.0, Float(0.2)), (12, 0.95)])
  func ridingRaisesLittleBeforeHits(style: (depth: Double, pole: Float)) throws {
    let (clip, places) = hits()
    let result = try restyled(clip, method: .match, aim: .style, depth: style.depth, pole: style.pole)
    let excess = excess(of: result, over: clip, before: places)
    #expect(excess.reduce(0, +) / Double(excess.count) < 2.5)
  }

  /// By how many dB the gain of the 5 to 25 ms before each hit is above that of the pause before.
  private func excess(of result: [Float], over clip: [Float], before places: [Int]) -> [Double] {
    places.map { place in
      let near = place - 1102..<place - 220
      let far = place - 4000..<place - 2200
      return (power(result, near) - power(clip, near)) - (power(result, far) - power(clip, far))
    }
  }

  /// Without a bed nothing is heard but the 2 ms of fades.
  @Test func whatWasSilentBeforeAHitStaysSilent() throws {
    let (clip, places) = hits(bed: 0)
    let result = try restyled(clip, method: .adain, depth: 12, pole: 0.95)
    for place in places {
      #expect(power(result, place - 1102..<place - 120) < power(result, place..<place + 882) - 60)
    }
  }

  /// Sound over a pause 50 dB lower, towards a style without dynamics: the gain of the pauses beside the sound's.
  @Test(arguments: [RestyleMethod.adain, .efdm, .transport]) func pausesAreRaisedNoMoreThanTheSound(
    method: RestyleMethod
  ) throws {
    var random = SplitMix64(state: 41)
    let clip = (0..<Self.count).map { n in
      (n / 30_000 % 2 == 0 ? 0.2 : 0.0006) * (0.7 + 0.3 * Float(sin(Double(n) / 900))) * random.sample()
    }
    let result = try restyled(clip, method: method, depth: 0.2, pole: 0.5)
    for part in 1..<9 {
      let range = part * 30_000 + 3000..<(part + 1) * 30_000 - 3000
      let gain = power(result, range) - power(clip, range)
      // The loudness is kept as a whole; pauses whose noise comes near the gate keep a little of a raise of 24 dB.
      #expect(part % 2 == 0 ? abs(gain) < 2 : gain < 5)
    }
  }

  /// A gain that jumps by 20 dB from one frame to the next, on a steady tone: windows fade it over 32 ms, so that its
  /// sidebands beyond 200 Hz stay 70 dB under the tone; a jump between two samples has them at −37 dB there.
  @Test func gainsThatJumpMakeNoClicks() throws {
    let tone = (0..<80_000).map { Float(0.25 * sin(2 * .pi * 1000 * Double($0) / rate)) }
    var options = RestyleOptions()
    options.loudness = .off
    options.ceiling = .off
    let restyler = Restyler(options: options)
    var features = try restyler.extractFeatures(from: TestClips.source([tone]))
    var values = features.values
    for channel in 0..<values.shape.c {
      for frame in 80..<values.shape.l { values[0, channel, frame] -= 20 }
    }
    features = try FeatureSequence(values, grid: features.grid, name: "step")
    let result = try restyler.restyle(TestClips.source([tone]), towards: features).channels[0]
    let hard = tone.enumerated().map { n, value in n < 80 * 470 ? value : value / 10 }
    /// The power beyond 200 Hz from the tone around the jump, by a Hann-windowed transform, over the tone's.
    func splatter(_ clip: [Float]) -> Double {
      let (start, length) = (80 * 470 - 2048, 4096)
      var (near, far) = (0.0, 0.0)
      for bin in 0..<length / 4 {
        let frequency = Double(bin) * rate / Double(length)
        var (re, im) = (0.0, 0.0)
        for n in 0..<length {
          let value = Double(clip[start + n]) * (1 - cos(2 * .pi * Double(n) / Double(length)))
          re += value * cos(2 * .pi * Double(bin * n % length) / Double(length))
          im += value * sin(2 * .pi * Double(bin * n % length) / Double(length))
        }
        if abs(frequency - 1000) < 200 { near += re * re + im * im } else { far += re * re + im * im }
      }
      return 10 * log10(far / near)
    }
    #expect(splatter(result) < -55)
    #expect(splatter(hard) > splatter(result) + 15)
  }
}
