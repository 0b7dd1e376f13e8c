import AudioRestyle
import Foundation
import Testing

@Suite struct IdentityTests {
  @Test(arguments: StereoMode.allCases, [1, 2, 6])
  func aStyleEqualToTheContentChangesNothing(stereo: StereoMode, channelCount: Int) throws {
    let clip = (0..<channelCount).map {
      TestClips.wandering(seed: UInt64($0) + 1, count: 40_000, rate: 44100)
    }
    var options = RestyleOptions()
    options.stereo = stereo
    let restyler = Restyler(options: options)
    let content = MemorySource(clip, sampleRate: 44100)
    let style = try restyler.learner.learn(MemorySource(clip, sampleRate: 44100))
    let (result, report) = try restyler.restyle(content, towards: [WeightedStyle(style)])
    #expect(report.level.gain == 0)
    for channel in 0..<channelCount {
      #expect(result[channel].count == clip[channel].count)
      #expect(TestClips.signalToNoise(clip[channel], result[channel]) >= 120)
    }
  }

  @Test(arguments: FeatureKind.allCases) func strengthZeroChangesNothing(features: FeatureKind) throws {
    let clip = TestClips.wandering(seed: 1, count: 30_000, rate: 48000)
    let other = TestClips.wandering(seed: 2, count: 50_000, rate: 48000, amplitude: 0.5, pole: 0.2)
    var options = RestyleOptions()
    options.strength = 0
    options.features = features
    let restyler = Restyler(options: options)
    let style = try restyler.learner.learn(MemorySource([other], sampleRate: 48000))
    let (result, report) = try restyler.restyle(
      MemorySource([clip], sampleRate: 48000), towards: [WeightedStyle(style)])
    #expect(report.level.gain == 0)
    #expect(TestClips.signalToNoise(clip, result[0]) >= 120)
  }

  @Test(arguments: FeatureKind.allCases, StereoMode.allCases)
  func silenceStaysSilence(features: FeatureKind, stereo: StereoMode) throws {
    var options = RestyleOptions()
    options.features = features
    options.stereo = stereo
    let restyler = Restyler(options: options)
    let noise = TestClips.stereo(seed: 4, count: 40_000, rate: 44100).map { $0.map { $0 + 0.05 } }
    let style = try restyler.learner.learn(MemorySource(noise, sampleRate: 44100))
    let silence = [[Float]](repeating: [Float](repeating: 0, count: 30_000), count: 2)
    let (result, report) = try restyler.restyle(
      MemorySource(silence, sampleRate: 44100), towards: [WeightedStyle(style)])
    #expect(result == silence)
    #expect(features == .waveform || !report.warnings.isEmpty)
  }

  @Test func silentPartsOfAClipStaySilent() throws {
    var clip = TestClips.wandering(seed: 5, count: 60_000, rate: 44100)
    for n in 20_000..<40_000 { clip[n] = 0 }
    let other = TestClips.wandering(seed: 6, count: 60_000, rate: 44100, amplitude: 0.4, pole: 0.1, depth: 1)
    let style = try ProfileLearner().learn(MemorySource([other], sampleRate: 44100))
    let (result, _) = try Restyler().restyle(
      MemorySource([clip], sampleRate: 44100), towards: [WeightedStyle(style)])
    // Frames that lie wholly inside the gap; a window reaches 1880 samples, and the tone's filter answers for 4096.
    #expect(result[0][26_000..<38_000].allSatisfy { $0 == 0 })
  }

  @Test(arguments: [1, 2, 100, 469, 471, 1879, 1881, 5000])
  func shortClipsKeepTheirLengthAndStayFinite(count: Int) throws {
    let clip = TestClips.wandering(seed: 7, count: count, rate: 44100)
    let other = TestClips.wandering(seed: 8, count: 60_000, rate: 44100, amplitude: 0.4, pole: 0.1)
    let style = try ProfileLearner().learn(MemorySource([other], sampleRate: 44100))
    let (result, _) = try Restyler().restyle(
      MemorySource([clip], sampleRate: 44100), towards: [WeightedStyle(style)])
    #expect(result[0].count == count)
    #expect(result[0].allSatisfy { $0.isFinite })
  }

  @Test func valuesThatAreNotFiniteReadAsSilenceWithAWarning() throws {
    var clip = TestClips.wandering(seed: 9, count: 30_000, rate: 44100)
    clip[5000] = .nan
    clip[6000] = .infinity
    let style = try ProfileLearner().learn(
      MemorySource([TestClips.wandering(seed: 10, count: 30_000, rate: 44100, pole: 0.3)], sampleRate: 44100))
    let (result, report) = try Restyler().restyle(
      MemorySource([clip], sampleRate: 44100), towards: [WeightedStyle(style)])
    #expect(result[0].allSatisfy { $0.isFinite })
    #expect(report.warnings.contains(.valuesAreNoSound(count: 2)))
  }
}
