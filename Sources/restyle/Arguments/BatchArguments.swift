import ArgumentParser
import AudioRestyle
import Foundation

/// The treatment of many clips.
struct BatchArguments: ParsableArguments {
  @Flag(help: "Restyle every content towards every style, instead of towards their mixture.")
  var grid = false

  @Flag(
    help:
      "Treat all contents as one programme (an album): one map of dynamics, one tone for each clip; differences of loudness between clips are kept."
  )
  var together = false

  @Flag(help: "With --together: use one tone for all clips.")
  var toneShared = false

  @Option(
    help:
      "With --together: differences of loudness between clips. kept: they stay; mapped: the map of dynamics changes them. (default: kept)"
  )
  var relations: AlbumPlan.Relations?

  @Option(
    name: [.customShort("j", allowingJoined: true), .long],
    help: ArgumentHelp(
      "The number of clips that are restyled at the same time, 1 to 256; results do not depend on it. (default: the number of processors, within half of the memory)",
      valueName: "count"))
  var jobs: Int?

  @Flag(
    help:
      "Restyle every content by itself. Without this option, several sounds shorter than 2 s are restyled as a pack."
  )
  var alone = false

  @Flag(
    help:
      "Continue an interrupted run: skip existing results whose record has the same content, styles and settings. Records are written to the folder .restyle beside the results."
  )
  var skipExisting = false

  @Option(
    help: ArgumentHelp(
      "Restyle only the K-th of N parts of the contents, for tasks of a cluster. auto takes K and N from the scheduler, auto/N takes K (Slurm, Grid Engine, LSF, PBS, AWS Batch, Google Cloud, Kubernetes). Implies --alone.",
      valueName: "K/N"))
  var shard: String?

  func validate() throws {
    if together, alone || shard != nil {
      throw ValidationError(
        "--together: expected no \(alone ? "--alone" : "--shard") beside it, as all contents are one programme"
      )
    }
    if toneShared || relations != nil, !together {
      throw ValidationError(
        "\(toneShared ? "--tone-shared" : "--relations"): expected --together beside it, found none")
    }
    if let jobs, !(1...256).contains(jobs) {
      throw ValidationError("--jobs: expected 1 to 256, found \(jobs)")
    }
  }

  /// The parts that the contents share; `nil` where each is planned by itself.
  var album: ApplyJob.Album? {
    together
      ? ApplyJob.Album(sharing: toneShared ? .toneAndDynamics : .dynamics, relations: relations ?? .kept)
      : nil
  }

  /// The most memory that one job takes, in bytes, without the profiles of long styles.
  private static let memoryOfJob: UInt64 = 200 << 20

  /// The part of the contents to restyle; `nil` for all.
  var part: Shard? {
    get throws { try shard.map { try Shard($0, environment: ProcessInfo.processInfo.environment) } }
  }

  /// The number of jobs.
  var jobCount: Int {
    let system = ProcessInfo.processInfo
    return jobs
      ?? max(1, min(system.activeProcessorCount, Int(system.physicalMemory / 2 / Self.memoryOfJob)))
  }
}

/// The number of threads for a clip.
struct ThreadArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads that work on a clip (default: one for each processor); the result does not depend on it.",
      valueName: "count"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 {
      throw ValidationError("threads: expected 1 or more, found \(threads)")
    }
  }
}
