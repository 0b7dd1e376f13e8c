import AudioFeatures
import Dispatch
import SoundFiles
import Testing

@testable import StyleProfiles

/// Steps of work on several threads: who has what for itself, and what goes from stage to stage.
@Suite struct PipelineThreadTests {
  /// Notes what happens, on the caller's thread.
  private final class Log {
    var lines: [String] = []
  }

  /// Adds up the samples of chunks, and gives out the sum so far and, at the end, what it is negated.
  private final class Summing: Stage {
    private let sum = Exclusive<Float>(0)
    private let log: Log

    init(_ log: Log) { self.log = log }

    func begin(_ chunk: FrameBuffer) -> [ThreadTeam.Job] {
      log.lines.append("sum \(chunk.frameCount)")
      return [ThreadTeam.Job(sum) { $0 += chunk.channel(0).reduce(0, +) }]
    }

    func finish() -> [ThreadTeam.Job] {
      log.lines.append("sum ends")
      return [ThreadTeam.Job(sum) { $0.negate() }]
    }

    func end() -> Float { sum.value }
  }

  /// Notes the sums that it gets.
  private final class Noting: Stage {
    private let log: Log

    init(_ log: Log) { self.log = log }

    func begin(_ sum: Float) -> [ThreadTeam.Job] {
      log.lines.append("note \(sum)")
      return []
    }

    func finish() -> [ThreadTeam.Job] {
      log.lines.append("note ends")
      return []
    }
  }

  @Test(arguments: [1, 3]) func aStageWorksOnWhatTheOneBeforeMadeInTheLastStep(threads: Int) throws {
    let log = Log()
    let source = MemorySource([[1, 2, 3, 4, 5]], sampleRate: 8000)
    var done: [Int] = []
    try source.pass(
      through: Summing(log).then(Noting(log).last), team: ThreadTeam(threads), chunkLength: 2,
      progress: { done.append($0) })
    #expect(
      log.lines == [
        "sum 2", "note 3.0", "sum 2", "note 10.0", "sum 1", "note 15.0", "sum ends", "note -15.0",
        "note ends",
      ])
    #expect(done == [2, 4, 5])
  }

  @Test func anEmptyClipEndsAllStages() throws {
    let log = Log()
    try MemorySource([[]], sampleRate: 8000).pass(
      through: Summing(log).then(Noting(log).last), team: ThreadTeam(2), chunkLength: 2)
    #expect(log.lines == ["sum ends", "note -0.0", "note ends"])
  }

  @Test func chunksAreSeenBeforeTheyAreWorkedOn() throws {
    let seen = Guarded<[Int]>([])
    var isSeen: [Bool] = []
    let source = MemorySource([[1, 2, 3, 4, 5]], sampleRate: 8000)
    let stage = Counting { count in isSeen.append(seen.with { $0.reduce(0, +) } >= count) }
    try source.pass(
      through: stage.last, team: ThreadTeam(2), chunkLength: 2,
      observe: { chunk in seen.with { $0.append(chunk.frameCount) } })
    #expect(isSeen == [true, true, true])
    #expect(seen.with { $0 } == [2, 2, 1])
  }

  /// Says how many frames have come.
  private final class Counting: Stage {
    private var count = 0
    private let tell: (Int) -> Void

    init(_ tell: @escaping (Int) -> Void) { self.tell = tell }

    func begin(_ chunk: FrameBuffer) -> [ThreadTeam.Job] {
      count += chunk.frameCount
      tell(count)
      return []
    }
  }

  @Test func everyJobRunsOnceAndNoOtherHasItsThreadMeanwhile() throws {
    let states = (0..<100).map { _ in Exclusive<(runs: Int, thread: Int)>((0, -1)) }
    // A second job of one thread at the same time would stop the test.
    let threads = (0..<3).map { _ in Exclusive(0) }
    try ThreadTeam(3).run(
      states.map { state in
        ThreadTeam.Job(state) { state, thread in
          threads[thread].use { $0 += 1 }
          state = (state.runs + 1, thread)
        }
      })
    #expect(states.allSatisfy { $0.value.runs == 1 && (0..<3).contains($0.value.thread) })
    #expect(threads.map(\.value).reduce(0, +) == 100)
    #expect(ThreadTeam(0).count == 1 && ThreadTeam(nil).count >= 1)
  }

  @Test(arguments: [1, 4]) func theFirstFailureIsThrown(threads: Int) {
    struct Failure: Error, Equatable { var number: Int }
    let jobs = (0..<20).map { number in
      ThreadTeam.Job(Exclusive(number)) { if $0 % 7 == 5 { throw Failure(number: $0) } }
    }
    #expect(throws: Failure(number: 5)) { try ThreadTeam(threads).run(jobs) }
  }

  /// Teams of several threads share the helping threads; a step also ends where all of them are taken.
  @Test func manyTeamsAtOnceRunEveryJob() {
    let sums = Guarded<[Int]>([])
    let callers = DispatchGroup()
    for _ in 0..<4 {
      DispatchQueue.global().async(group: callers) {
        let states = (0..<5).map { _ in Exclusive(0) }
        for step in 0..<300 {
          // A step inside a job of another one.
          try? ThreadTeam(3).run(
            states.map { state in
              ThreadTeam.Job(state) { sum in
                let inner = (0..<3).map { Exclusive($0) }
                try ThreadTeam(2).run(inner.map { state in ThreadTeam.Job(state) { $0 += step } })
                sum += inner.map(\.value).reduce(0, +)
              }
            })
        }
        sums.with { $0 += states.map(\.value) }
      }
    }
    callers.wait()
    // 3 numbers 0, 1, 2, each plus the step.
    #expect(sums.with { $0 } == [Int](repeating: (0..<300).reduce(0) { $0 + 3 + 3 * $1 }, count: 20))
  }

  /// Two pieces of work with one state are found before they run, whatever the number of threads.
  @Test func oneStateInTwoJobsStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let state = Exclusive(0)
      let others = (0..<4).map { ThreadTeam.Job(Exclusive($0)) { $0 += 1 } }
      let job = ThreadTeam.Job(state) { $0 += 1 }
      try ThreadTeam(1).run([job] + others + [job])
    }
    #expect(Self.text(result).contains("expected pieces of work with a state each, found one state twice"))
  }

  /// A state that is reached past the list of jobs is found where it is used a second time.
  @Test func aSecondUseOfAStateStopsTheProgram() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let state = Exclusive(0)
      try ThreadTeam(1).run([ThreadTeam.Job(state) { _ in state.use { $0 += 1 } }])
    }
    #expect(Self.text(result).contains("two pieces of work use one state at the same time"))
  }

  private static func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }
}
