import Foundation
import SoundFiles
import Testing

@testable import restyle

/// Parts of lists, and how schedulers say which one is meant.
struct ShardTests {
  private func shard(_ text: String, _ environment: [String: String] = [:]) throws -> Shard {
    try Shard(text, environment: environment)
  }

  @Test(arguments: [0, 1, 2, 7, 100, 101, 4096])
  func partsFollowEachOtherAndDifferByOneAtMost(_ total: Int) throws {
    for count in [1, 2, 3, 7, 20, 101] {
      let ranges = try (1...count).map { try shard("\($0)/\(count)").range(of: total) }
      #expect(ranges.flatMap(Array.init) == Array(0..<total))
      let lengths = ranges.map(\.count)
      #expect((lengths.max() ?? 0) - (lengths.min() ?? 0) <= 1)
    }
    let last = try shard("1000000/1000000").range(of: Int.max)
    #expect(last.upperBound == Int.max)
  }

  @Test(arguments: [
    "", "3", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/4", "1/1000001", "auto/x", "auto/0", "9/",
  ])
  func otherTextsAreUsageErrors(_ text: String) {
    #expect(throws: UsageError.self) { try shard(text, ["SLURM_ARRAY_TASK_ID": "1"]) }
  }

  @Test func schedulersSayTheTask() throws {
    let slurm = ["SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_MIN": "10", "SLURM_ARRAY_TASK_MAX": "18"]
    let counted = slurm.merging(["SLURM_ARRAY_TASK_STEP": "2", "SLURM_ARRAY_TASK_COUNT": "5"]) { $1 }
    let cases: [(text: String, environment: [String: String], number: Int, count: Int)] = [
      ("auto", counted, 3, 5),
      ("auto/5", counted, 3, 5),
      (
        "auto", ["SGE_TASK_ID": "3", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "5", "SGE_TASK_STEPSIZE": "2"],
        2, 3
      ),
      ("auto", ["LSB_JOBINDEX": "4", "LSB_JOBINDEX_END": "6", "LSB_JOBINDEX_STEP": "1"], 4, 6),
      ("auto/9", ["PBS_ARRAY_INDEX": "9"], 9, 9),
      ("auto/4", ["PBS_ARRAYID": "1"], 1, 4),
      ("auto", ["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "3"], 1, 3),
      ("auto", ["BATCH_TASK_INDEX": "2", "BATCH_TASK_COUNT": "3"], 3, 3),
      ("auto", ["CLOUD_RUN_TASK_INDEX": "1", "CLOUD_RUN_TASK_COUNT": "3"], 2, 3),
      ("auto/4", ["JOB_COMPLETION_INDEX": "0"], 1, 4),
      // What is undefined counts as not set.
      ("auto/4", ["SGE_TASK_ID": "undefined", "JOB_COMPLETION_INDEX": "3"], 4, 4),
      // Some of the tasks again: their numbers are those of the parts, from 1 where the last is among them.
      ("auto/6", Self.slurm(5, 2, 6, count: 3), 5, 6),
      ("auto/12", Self.slurm(5, 1, 12, count: 4), 5, 12),
      ("auto/6", Self.slurm(6, 6, 6, count: 1), 6, 6),
      ("auto/6", Self.slurm(0, 0, 0, count: 1), 1, 6),
      ("auto/6", Self.slurm(3, 0, 3, count: 2), 4, 6),
      // These schedulers count from a fixed number.
      ("auto/6", ["SGE_TASK_ID": "5", "SGE_TASK_FIRST": "5", "SGE_TASK_LAST": "5"], 5, 6),
      ("auto/6", ["LSB_JOBINDEX": "4", "LSB_JOBINDEX_END": "5"], 4, 6),
      ("auto/4", ["AWS_BATCH_JOB_ARRAY_INDEX": "0", "AWS_BATCH_JOB_ARRAY_SIZE": "3"], 1, 4),
    ]
    for (text, environment, number, count) in cases {
      let found = try shard(text, environment)
      #expect(found.number == number && found.count == count, "\(text) \(environment)")
    }
  }

  /// The variables of a task of a Slurm array.
  private static func slurm(_ task: Int, _ first: Int, _ last: Int, count: Int) -> [String: String] {
    [
      "SLURM_ARRAY_TASK_ID": "\(task)", "SLURM_ARRAY_TASK_MIN": "\(first)", "SLURM_ARRAY_TASK_MAX": "\(last)",
      "SLURM_ARRAY_TASK_COUNT": "\(count)", "SLURM_ARRAY_TASK_STEP": "1",
    ]
  }

  /// An array of another size than N, whose numbers fit parts counted from 1 and from 0, or no parts.
  @Test func arraysOfAnotherSizeThatLeaveADoubtAreUsageErrors() {
    for environment in [
      Self.slurm(5, 5, 5, count: 1), Self.slurm(1, 1, 5, count: 5), Self.slurm(3, 1, 7, count: 7),
      Self.slurm(2, 0, 6, count: 7), Self.slurm(0, 0, 6, count: 2),
      ["AWS_BATCH_JOB_ARRAY_INDEX": "1", "AWS_BATCH_JOB_ARRAY_SIZE": "7"],
      ["SGE_TASK_ID": "5", "SGE_TASK_FIRST": "5", "SGE_TASK_LAST": "7"],
    ] {
      let error = #expect(throws: UsageError.self, "\(environment)") { try shard("auto/6", environment) }
      #expect(error?.description.contains("expected an array of 6 tasks") == true)
    }
  }

  @Test func tasksThatDoNotSayAPlaceAreUsageErrors() {
    let cases: [(String, [String: String])] = [
      ("auto", [:]), ("auto", ["PBS_ARRAY_INDEX": "2"]), ("auto/4", ["PBS_ARRAY_INDEX": "0"]),
      ("auto", ["JOB_COMPLETION_INDEX": "2"]),
      // 1, 5, 9 and 12 are no steps.
      (
        "auto",
        [
          "SLURM_ARRAY_TASK_ID": "5", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "12",
          "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_STEP": "1",
        ]
      ),
      (
        "auto", ["SGE_TASK_ID": "4", "SGE_TASK_FIRST": "1", "SGE_TASK_LAST": "5", "SGE_TASK_STEPSIZE": "2"]
      ),
      ("auto", ["AWS_BATCH_JOB_ARRAY_INDEX": "3", "AWS_BATCH_JOB_ARRAY_SIZE": "3"]),
      (
        "auto",
        ["SLURM_ARRAY_TASK_ID": "9223372036854775807", "SLURM_ARRAY_TASK_MIN": "-9223372036854775808"]
      ),
    ]
    for (text, environment) in cases {
      #expect(throws: UsageError.self, "\(environment)") { try shard(text, environment) }
    }
  }

  /// Long enough to be planned by themselves.
  private func makeLongClips(_ space: Workspace) throws {
    try FileManager.default.createDirectory(at: space.url("in"), withIntermediateDirectories: true)
    for number in 0..<5 {
      try space.makeClip("in/\(number).wav", seconds: 0.5 + 0.1 * Double(number), seed: UInt64(number + 5))
    }
    try space.makeClip("style.wav", seconds: 1, brightness: 0.1, seed: 99)
  }

  @Test func partsGiveWhatOneRunGives() throws {
    let space = try Workspace()
    try makeLongClips(space)
    #expect(try space.run("in", "-s", "style.wav", "--alone", "-o", "all/").status == 0)
    for number in 1...3 {
      let run = try space.run("in", "-s", "style.wav", "--shard", "\(number)/3", "-o", "parts/")
      #expect(run.status == 0 && run.errors.contains("shard \(number)/3"), "\(run.errors)")
    }
    let names = space.names(in: "all")
    #expect(names.count == 5 && space.names(in: "parts") == names)
    for name in names { #expect(try space.bytes("all/" + name) == space.bytes("parts/" + name), "\(name)") }
    let empty = try space.run("in/0.wav", "-s", "style.wav", "--shard", "1/2", "-o", "none/")
    #expect(empty.status == 0 && empty.errors.contains("0 of 0 clips"), "\(empty.errors)")
    #expect(try space.run("in", "-s", "style.wav", "--shard", "1/2", "--together", "-o", "x/").status == 64)
  }

  @Test func profilesOfPartsMergeToThatOfAllToTheBit() throws {
    let space = try Workspace()
    try makeLongClips(space)
    try space.makeClip("in/5.wav", seconds: 3, channelCount: 2, sampleRate: 11025, gain: 0.9, seed: 77)
    try space.write([[Float](repeating: 0, count: 4000)], "in/6.wav")
    #expect(try space.run("learn", "in", "-o", "all.safetensors").status == 0)
    for count in [2, 3] {
      var parts: [String] = []
      for number in 1...count {
        parts.append("part-\(count)-\(number).safetensors")
        let run = try space.run("learn", "in", "--shard", "\(number)/\(count)", "-o", parts[number - 1])
        #expect(run.status == 0, "\(run.errors)")
      }
      let merged = "merged-\(count).safetensors"
      #expect(try space.run(["learn"] + parts + ["-o", merged]).status == 0)
      #expect(try space.bytes(merged) == space.bytes("all.safetensors"), "\(count) parts")
    }
    // Merged two by two, in order.
    #expect(
      try space.run("learn", "part-3-2.safetensors", "part-3-3.safetensors", "-o", "23.safetensors").status
        == 0)
    #expect(
      try space.run("learn", "part-3-1.safetensors", "23.safetensors", "-o", "123.safetensors").status == 0)
    #expect(try space.bytes("123.safetensors") == space.bytes("all.safetensors"))
    try Data("in/0.wav\nin/1.wav\n".utf8).write(to: space.url("list"))
    #expect(try space.run("learn", "--list", "list", "-o", "listed.safetensors").status == 0)
    let none = try space.run("learn", "in/0.wav", "--shard", "1/2", "-o", "none.safetensors")
    #expect(none.status == 0 && !space.exists("none.safetensors") && none.errors.contains("no profile"))
  }
}
