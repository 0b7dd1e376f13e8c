import AudioFeatures
@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles
import SoundFiles
import Testing

/// Numbers of threads, and sizes of the chunks that a source gives, must not change a bit.
@Suite struct ThreadTests {
  private static let rate = 22050.0

  /// Gives frames in chunks of changing size, as decoders may.
  private final class Stuttering: ForwardingSource {
    private var turn = 0

    override func read(into buffer: inout FrameBuffer) throws -> Int {
      turn += 1
      var part = FrameBuffer(
        channelCount: channelCount, capacity: min(buffer.capacity, 1 + turn * 977 % 5000))
      let count = try base.read(into: &part)
      for channel in 0..<channelCount {
        buffer.withMutableChannel(channel) { target in
          for i in 0..<count { target[i] = part[channel, i] }
        }
      }
      buffer.frameCount = count
      return count
    }
  }

  private static func clip(_ seed: UInt64, count: Int = 200_000, channels: Int = 2) -> MemorySource {
    let rows = (0..<channels).map {
      TestClips.wandering(seed: seed + UInt64($0) * 7, count: count, rate: rate, pole: 0.7)
    }
    return MemorySource(rows, sampleRate: rate)
  }

  private static func options(_ method: RestyleMethod, _ stereo: StereoMode) -> RestyleOptions {
    var options = RestyleOptions()
    options.method = method
    options.stereo = stereo
    options.measuresResult = true
    return options
  }

  private static func rendered(
    _ source: any FrameSource, _ style: StyleProfile, _ options: RestyleOptions, threads: Int
  ) throws -> ([[Float]], RestyleReport) {
    let sink = MemorySink(channelCount: source.channelCount)
    let (_, _, report) = try Restyler(options: options, threads: threads).render(
      source, towards: .styles([WeightedStyle(style)]), into: sink)
    return (sink.channels, report)
  }

  @Test(
    arguments: RestyleMethod.allCases, [StereoMode.linked, .midSide, .independent])
  func anyNumberOfThreadsAndAnyChunksGiveTheSameBits(method: RestyleMethod, stereo: StereoMode) throws {
    let options = Self.options(method, stereo)
    let style = try Restyler(options: options).learner.learn(Self.clip(40))
    let (expected, report) = try Self.rendered(Self.clip(1), style, options, threads: 1)
    for threads in [2, 3, 8] {
      let (found, same) = try Self.rendered(Self.clip(1), style, options, threads: threads)
      #expect(found == expected, "\(threads) threads")
      #expect(String(describing: same) == String(describing: report), "\(threads) threads")
    }
    let (found, same) = try Self.rendered(Stuttering(Self.clip(1)), style, options, threads: 2)
    #expect(found == expected && String(describing: same) == String(describing: report))
  }

  @Test(arguments: [1, 2, 3, 5]) func profilesDoNotDependOnThreads(channels: Int) throws {
    var learner = ProfileLearner(measuresChannels: true)
    learner.threads = 1
    let expected = try learner.learn(Self.clip(7, channels: channels))
    for threads in [2, 5] {
      learner.threads = threads
      #expect(try learner.learn(Self.clip(7, channels: channels)).encoded() == expected.encoded())
      #expect(
        try learner.learn(Stuttering(Self.clip(7, channels: channels))).encoded() == expected.encoded())
    }
  }

  /// Clips around the lengths of frames and blocks, down to one sample.
  @Test(arguments: [1, 2, 235, 236, 700, 7303, 7304, 7600, 8000, 8100])
  func shortClipsKeepTheirLengthAtAnyNumberOfThreads(count: Int) throws {
    let options = Self.options(.adain, .linked)
    let style = try Restyler(options: options).learner.learn(Self.clip(40))
    let (expected, _) = try Self.rendered(Self.clip(3, count: count), style, options, threads: 1)
    #expect(expected.allSatisfy { $0.count == count })
    let (found, _) = try Self.rendered(Self.clip(3, count: count), style, options, threads: 4)
    #expect(found == expected)
  }

  @Test func blocksCoverAllFramesWhateverIsReady() {
    for last in [0, 1, 29, 30, 31, 32, 61, 62, 63, 200] {
      var whole = FrameBlocks(lastCentre: last)
      let expected = whole.take(from: -1..<last + 3, isEnd: true)
      #expect(expected.first?.lowerBound == -1 && expected.last?.upperBound == last + 3)
      #expect(zip(expected, expected.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      // The frames after the last centre stand in its block.
      #expect(expected.last.map { $0.contains(last) } == true)
      #expect(expected.allSatisfy { $0.count <= FrameBlocks.length + 2 })
      var streamed = FrameBlocks(lastCentre: last)
      var found: [Range<Int>] = []
      for end in stride(from: 0, through: last + 2, by: 5) {
        found += streamed.take(from: -1..<end, isEnd: false)
      }
      found += streamed.take(from: -1..<last + 3, isEnd: true)
      #expect(found == expected)
    }
  }

  @Test func anErrorOfTheSourceOnAnotherThreadIsThrown() throws {
    struct Failure: Error {}
    final class Failing: ForwardingSource {
      var count = 0

      override func read(into buffer: inout FrameBuffer) throws -> Int {
        count += 1
        if count == 3 { throw Failure() }
        return try super.read(into: &buffer)
      }
    }
    var learner = ProfileLearner()
    learner.threads = 2
    #expect(throws: Failure.self) { try learner.learn(Failing(Self.clip(1))) }
  }
}
