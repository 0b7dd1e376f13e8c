import AudioFeatures
import SoundFiles
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Restylings whose frames have no gain beside the tone: what they are made of, how they are rendered, and their trials.
@Suite struct SteadyGainTests {
  private static let rate = 8000.0

  private static func clip(_ seed: UInt64, seconds: Double, pole: Float = 0.8) -> [[Float]] {
    let samples = TestClips.wandering(seed: seed, count: Int(seconds * rate), rate: rate, pole: pole)
    return [samples, samples.map { -0.5 * $0 }]
  }

  private static func restyling(
    _ content: [[Float]], towards style: [[Float]], method: RestyleMethod = .match
  ) throws -> Restyling {
    var options = RestyleOptions()
    options.method = method
    let restyler = Restyler(options: options)
    func learn(_ clip: [[Float]]) throws -> StyleProfile {
      try restyler.learner.learn(TestClips.source(clip, rate: rate))
    }
    return try restyler.restyling(of: learn(content), towards: [WeightedStyle(try learn(style))])
  }

  private static func render(
    _ restyling: Restyling, _ content: [[Float]], memory: ContentMemory? = nil, sink: MemorySink? = nil
  ) throws -> RenderResult {
    try LevelRenderer(
      Rendering(restyling), source: SanitizedSource(TestClips.source(content, rate: rate)), memory: memory,
      team: ThreadTeam(2)
    ).render(into: sink, measuresLevels: sink == nil) { _ in }
  }

  /// Between 7 and 20 s the share of the whole style grows from 0 to 1 for a content and a style that are alike.
  @Test(arguments: [(6.0, false), (24.0, true)]) func longRecordingsTakeTheWholeStyle(
    seconds: Double, isLong: Bool
  ) throws {
    // The same sound with other dynamics: its frames are alike.
    let content = Self.clip(1, seconds: seconds)
    let style = content.map { channel in
      channel.enumerated().map { $0 % 4000 < 2000 ? 0.5 * $1 : $1 }
    }
    let view = try #require(try Self.restyling(content, towards: style).views.first)
    #expect((view.level == nil) == isLong)
    #expect((view.content.spread == view.style.spread) == isLong)
  }

  /// The filter alone makes the result: its samples are those of the filter, to the bit.
  @Test func samplesWithoutGainsOfFramesPassToTheFilter() throws {
    let content = Self.clip(2, seconds: 3)
    let restyling = try Self.restyling(content, towards: Self.clip(3, seconds: 3, pole: 0.3), method: .mean)
    let sink = MemorySink(channelCount: 2)
    _ = try Self.render(restyling, content, sink: sink)
    var filter = try #require(ToneFilter(restyling, channelCount: 2, sampleRate: Self.rate))
    let (first, rest) = (filter.process(FrameBuffer(channels: content)), filter.finish())
    for channel in 0..<2 {
      #expect(sink.channels[channel] == first.channel(channel) + rest.channel(channel))
    }
    #expect(sink.channels != content)
  }

  /// A trial that takes the content's frames from an earlier one measures the same as one that measures them itself.
  @Test func laterTrialsUseTheFramesOfTheFirst() throws {
    let content = Self.clip(4, seconds: 5)
    let restyling = try Self.restyling(content, towards: Self.clip(5, seconds: 5, pole: 0.3), method: .mean)
    let memory = ContentMemory()
    let alone = try Self.render(restyling, content)
    for _ in 0..<2 {
      let trial = try Self.render(restyling, content, memory: memory)
      #expect(trial.levels == alone.levels)
      #expect(trial.limited.map(\.activeCount) == alone.limited.map(\.activeCount))
      #expect(trial.limited[0].activeCount > 0)
      for (one, other) in [
        (trial.spectra.content, alone.spectra.content), (trial.spectra.result, alone.spectra.result),
      ] {
        #expect(one.map(\.spectrum) == other.map(\.spectrum))
      }
      #expect(trial.loudness(afterGain: 0) == alone.loudness(afterGain: 0))
    }
    #expect(memory.facts != nil)
  }

  /// A tone and all its corrections stay under the bound together, however often a trial asks for more.
  @Test func correctionsOfTheToneStayUnderTheirBound() throws {
    let content = Self.clip(6, seconds: 3)
    var restyling = try Self.restyling(content, towards: Self.clip(7, seconds: 3, pole: 0.7), method: .mean)
    restyling.views[0].style = restyling.views[0].content
    let (count, raised, bound) = (ThirdOctaves.count, 12, 3.0)
    var gains = [Double](repeating: 0, count: count)
    gains[raised] = 2
    let tone = FineTone(
      gains: gains, highest: [Double](repeating: bound, count: count),
      isUsable: [Bool](repeating: true, count: count), share: 1)
    restyling.views[0].equaliser = gains
    // A trial that never changes anything asks for the whole tone each time.
    var trial = try Self.render(restyling, content)
    trial.spectra.result = trial.spectra.content
    let aims = RefinementAims(matchesSpread: false, tones: [tone])
    var reached: [Double] = []
    for _ in 0..<4 {
      restyling = restyling.toned(by: trial, aims: aims)
      reached.append(try #require(restyling.views[0].equaliser)[raised])
    }
    #expect(reached[0] > 2.5 && reached.allSatisfy { $0 <= bound + 1e-9 })
  }
}
