import ArgumentParser
import Foundation

/// How many clips are dealt with.
struct BatchArguments: ParsableArguments {
  @Flag(help: "Restyle every content towards every style, instead of towards their mixture.")
  var grid = false

  @Flag(
    help:
      "Take all contents for one programme (an album, a sample pack): one plan and one gain, so that the relations between them stay."
  )
  var together = false

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    help: ArgumentHelp(
      "How many clips are worked on at a time, 1 to 256; results are the same for any number. (default: as many as there are processors, within half of the memory)",
      valueName: "count"))
  var jobs: Int?

  func validate() throws {
    if let jobs, !(1...256).contains(jobs) {
      throw ValidationError("--jobs: expected 1 to 256, found \(jobs)")
    }
  }

  /// What one job takes in memory at most, but for long styles' profiles, in bytes.
  private static let memoryOfJob: UInt64 = 200 << 20

  /// The number of jobs.
  var jobCount: Int {
    let system = ProcessInfo.processInfo
    return jobs
      ?? max(1, min(system.activeProcessorCount, Int(system.physicalMemory / 2 / Self.memoryOfJob)))
  }
}
