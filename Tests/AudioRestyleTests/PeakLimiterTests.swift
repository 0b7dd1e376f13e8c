import AudioFeatures
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

@Suite struct LimiterGainTests {
  /// Allowed gains that fall at random places, by random amounts.
  private func allowed(seed: UInt64, count: Int = 4000) -> [Double] {
    var random = SplitMix64(state: seed)
    return (0..<count).map { _ in
      abs(random.sample()) < 0.02 ? Double(0.2 + 0.8 * abs(random.sample())) : 1
    }
  }

  private func gains(_ allowed: [Double], lookAhead: Int, release: Double) -> [Double] {
    var gain = LimiterGain(lookAhead: lookAhead, release: release)
    let all = (allowed + [Double](repeating: 1, count: lookAhead)).map { gain.next(allowed: $0) }
    return Array(all.dropFirst(lookAhead))
  }

  /// The weights sum to 1 up to rounding.
  @Test(arguments: [1, 2, 7, 30], [1.0, 50, 400])
  func theGainNeverExceedsWhatIsAllowed(lookAhead: Int, release: Double) {
    let allowed = allowed(seed: UInt64(lookAhead))
    let gains = gains(allowed, lookAhead: lookAhead, release: release)
    #expect(zip(gains, allowed).allSatisfy { $0 <= $1 * (1 + 1e-14) })
    #expect(gains.allSatisfy { $0 > 0.19 && $0 <= 1 })
  }

  @Test func aSinglePeakIsMetWithinTheLookAhead() {
    var allowed = [Double](repeating: 1, count: 400)
    allowed[100] = 0.5
    let gains = gains(allowed, lookAhead: 8, release: 20)
    #expect(gains[..<92].allSatisfy { $0 == 1 })
    #expect(abs(gains[100] - 0.5) < 1e-14)
    #expect(zip(gains[92..<100], gains[93...100]).allSatisfy { $0 > $1 })
    // The release: 8 points of smoothing, then 1/e in dB after 20 points.
    let (early, late) = (20 * log10(gains[120]), 20 * log10(gains[140]))
    #expect(abs(late / early - exp(-1)) < 0.01)
    // 6 dB fall under 0.005 dB after 20 · ln(6/0.005) = 142 points, then the gain is 1 exactly.
    #expect(gains[260...].allSatisfy { $0 == 1 })
    // No corner: the steps of the way down grow and shrink again.
    let steps = zip(gains[91..<100], gains[92...100]).map { $0 - $1 }
    #expect(steps.first! < steps.max()! / 4 && steps.last! < steps.max()! / 4)
  }
}

@Suite struct PeakLimiterTests {
  private let rate = 44100.0

  private func limited(
    _ clip: [[Float]], ceiling: Float, sample: Float = .infinity, chunk: Int = 16384, rate: Double = 44100
  ) throws -> (clip: [[Float]], limiter: PeakLimiter?) {
    let source = LeveledSource(ForwardingSource(MemorySource(clip, sampleRate: rate)))
    source.ceilings = PeakLimiter.Ceilings(truePeak: ceiling, sample: sample)
    let sink = MemorySink(channelCount: clip.count)
    var buffer = FrameBuffer(channelCount: clip.count, capacity: chunk)
    try source.rewind()
    while try source.read(into: &buffer) > 0 { sink.write(buffer) }
    return (sink.channels, source.limiter)
  }

  private func truePeak(_ clip: [[Float]], rate: Double = 44100) -> Double {
    var meter = TruePeakMeter(sampleRate: rate, channelCount: clip.count)
    for (channel, samples) in clip.enumerated() { meter.process(samples.span, channel: channel) }
    meter.finish()
    return Double(meter.truePeak)
  }

  /// A changing gain moves the interpolation by a little; what is left is 0.15 dB at most, and trimmed later.
  @Test(arguments: [8000.0, 44100, 96000, 192_000], [1, 2, 6])
  func truePeaksStayNearTheCeiling(rate: Double, channelCount: Int) throws {
    let clip = (0..<channelCount).map {
      TestClips.wandering(seed: UInt64($0) + 1, count: 60_001, rate: rate, amplitude: 1.4, pole: 0.3)
    }
    #expect(truePeak(clip, rate: rate) > 1)
    let (result, limiter) = try limited(clip, ceiling: 0.5, rate: rate)
    #expect(truePeak(result, rate: rate) <= 0.5 * pow(10, 0.15 / 20))
    #expect(result.allSatisfy { $0.count == 60_001 })
    #expect(try #require(limiter).limitedCount > 1000)
  }

  @Test func soundUnderTheCeilingPassesBitByBit() throws {
    var clip = [TestClips.wandering(seed: 4, count: 90_000, rate: rate, amplitude: 0.05)]
    let own = truePeak(clip)
    #expect(try limited(clip, ceiling: Float(own)).clip == clip)
    clip[0][45_000] = 0.9
    let (result, limiter) = try limited(clip, ceiling: Float(own))
    // Down within the look-ahead of 7 groups and those around the peak; up again within 0.1 · ln(20/0.005) = 0.83 s.
    #expect(result[0][..<44_700] == clip[0][..<44_700])
    #expect(result[0][83_000...] == clip[0][83_000...])
    #expect(result[0][44_990] != clip[0][44_990])
    #expect(abs(Double(try #require(limiter).lowestGain) * 0.9 / own - 1) < 0.01)
  }

  @Test func allChannelsGetOneGain() throws {
    var clip = [
      TestClips.wandering(seed: 5, count: 20_000, rate: rate),
      TestClips.wandering(seed: 6, count: 20_000, rate: rate),
    ]
    for n in 8000..<8100 { clip[0][n] *= 12 }
    let (result, _) = try limited(clip, ceiling: 0.3)
    for n in 7000..<12_000 where abs(clip[0][n]) > 1e-3 && abs(clip[1][n]) > 1e-3 {
      #expect(abs(result[0][n] / clip[0][n] - result[1][n] / clip[1][n]) < 1e-6)
    }
  }

  @Test(arguments: [32, 33, 100, 4096, 50_000]) func anyChunkingGivesTheSameBits(chunk: Int) throws {
    let clip = TestClips.stereo(seed: 7, count: 50_021, rate: rate)
    let whole = try limited(clip, ceiling: 0.1)
    let pieces = try limited(clip, ceiling: 0.1, chunk: chunk)
    #expect(pieces.clip == whole.clip)
    #expect(pieces.limiter?.limitedCount == whole.limiter?.limitedCount)
  }

  @Test(arguments: [1, 2, 31, 32, 33, 64, 65, 500]) func clipsOfAnyLengthKeepIt(count: Int) throws {
    let clip = [TestClips.wandering(seed: 8, count: count, rate: rate, amplitude: 3)]
    let (result, _) = try limited(clip, ceiling: 0.01)
    #expect(result[0].count == count)
    #expect(truePeak(result) <= 0.0102)
  }

  /// A tone far from the ceiling, with a peak in the middle: the modulation must stay near the tone.
  @Test func theGainDoesNotRoughenATone() throws {
    var clip = [(0..<44_100).map { Float(0.2 * sin(2 * .pi * 1000 * Double($0) / rate)) }]
    for n in 22_000..<22_020 { clip[0][n] = 0.8 }
    let (result, _) = try limited(clip, ceiling: 0.4)
    // The gain alone, over the tone; a Hann-shaped fall within 5 ms has its energy under about 600 Hz.
    var gain = zip(result[0], clip[0]).map { abs($1) > 1e-3 ? Double($0 / $1) : .nan }
    for n in 1..<gain.count where gain[n].isNaN { gain[n] = gain[n - 1] }
    gain[0] = 1
    let steps = zip(gain.dropFirst(), gain).map { abs($0 - $1) }
    // 6 dB in 5 ms: at most 2 · 0.5/220 a sample.
    #expect(try #require(steps.max()) < 0.006)
  }
}
