/// The K-th of N consecutive parts of a list of contents, whose lengths differ by one at most.
///
/// Of n contents it has those from ⌊(K − 1) · n/N⌋ up to but not including ⌊K · n/N⌋, counted from 0. The parts are the
/// same everywhere, as lists keep their order and folders are sorted by the bytes of names.
struct Shard: Hashable, Sendable {
  /// K, from 1.
  let number: Int
  /// N.
  let count: Int

  private static let largestCount = 1_000_000

  /// Reads `K/N`, `auto` or `auto/N`.
  ///
  /// - Parameters:
  ///   - text: The value of the option.
  ///   - environment: The environment variables, in which a scheduler states the number of the task.
  /// - Throws: ``UsageError`` for other texts, for numbers out of range, and without the variables of a scheduler.
  init(_ text: String, environment: [String: String]) throws(UsageError) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if parts[0] == "auto", parts.count <= 2 {
      var said: Int?
      if parts.count == 2 {
        guard let count = Int(parts[1]) else { throw Self.error(text) }
        said = count
      }
      let task = try ArrayTask(environment, parts: said)
      guard let count = said ?? task.count else {
        throw UsageError("--shard auto: \(task.name) does not say how many tasks there are; expected auto/N")
      }
      (number, self.count) = (task.number, count)
    } else {
      guard parts.count == 2, let number = Int(parts[0]), let count = Int(parts[1]) else {
        throw Self.error(text)
      }
      (self.number, self.count) = (number, count)
    }
    guard (1...Self.largestCount).contains(count), (1...count).contains(number) else {
      throw UsageError(
        "--shard \(text): expected K of 1 to N, and N of 1 to 1000000, found \(number)/\(count)")
    }
  }

  private static func error(_ text: String) -> UsageError {
    UsageError("--shard \(text): expected K/N with whole numbers, auto or auto/N")
  }

  /// The indices of the contents in this part, for a total number of contents.
  func range(of total: Int) -> Range<Int> {
    // total · number could overflow, so the quotient and the remainder are multiplied separately.
    let (whole, rest) = total.quotientAndRemainder(dividingBy: count)
    func start(_ part: Int) -> Int { whole * part + rest * part / count }
    return start(number - 1)..<start(number)
  }
}

/// A task of a job array, as a scheduler states it in the environment.
private struct ArrayTask {
  /// The name of the variable that holds the task's number.
  let name: String
  /// The number, counted from 1.
  let number: Int
  /// The number of tasks; `nil` where the scheduler does not state it.
  let count: Int?

  /// A scheduler's names of the variables for the task's number, the first, the last, the step and the count.
  private struct Names {
    var task: String
    var first: String?
    var last: String?
    var step: String?
    var count: String?
    /// The first number, where no variable states it.
    var start = 1
    /// Whether arrays may start with any number.
    var startsAnywhere = false
  }

  /// The range of numbers that are accepted from schedulers.
  private static let numbers = -1_000_000_000...1_000_000_000

  private static let schedulers = [
    Names(
      task: "SLURM_ARRAY_TASK_ID", first: "SLURM_ARRAY_TASK_MIN", last: "SLURM_ARRAY_TASK_MAX",
      step: "SLURM_ARRAY_TASK_STEP", count: "SLURM_ARRAY_TASK_COUNT", startsAnywhere: true),
    Names(task: "SGE_TASK_ID", first: "SGE_TASK_FIRST", last: "SGE_TASK_LAST", step: "SGE_TASK_STEPSIZE"),
    Names(task: "LSB_JOBINDEX", last: "LSB_JOBINDEX_END", step: "LSB_JOBINDEX_STEP"),
    Names(task: "PBS_ARRAY_INDEX"),
    Names(task: "PBS_ARRAYID"),
    Names(task: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE", start: 0),
    Names(task: "BATCH_TASK_INDEX", count: "BATCH_TASK_COUNT", start: 0),
    Names(task: "CLOUD_RUN_TASK_INDEX", count: "CLOUD_RUN_TASK_COUNT", start: 0),
    Names(task: "JOB_COMPLETION_INDEX", start: 0),
  ]

  /// Reads the environment.
  ///
  /// - Parameters:
  ///   - environment: The environment variables.
  ///   - parts: The number of parts, where the command line states it.
  /// - Throws: ``UsageError`` without the variables of a scheduler, and where they do not say which part is meant.
  init(_ environment: [String: String], parts: Int?) throws(UsageError) {
    func value(_ name: String?) -> Int? {
      name.flatMap { environment[$0] }.flatMap { Int($0) }.flatMap { Self.numbers.contains($0) ? $0 : nil }
    }
    let found = Self.schedulers.first { value($0.task) != nil }
    guard let names = found, let task = value(names.task) else {
      throw UsageError(
        "--shard auto: expected a variable of a scheduler, as SLURM_ARRAY_TASK_ID, found none; expected K/N")
    }
    let first = value(names.first) ?? names.start
    let step = value(names.step) ?? 1
    let last = value(names.last)
    let stated = value(names.count)
    if let parts, let count = stated ?? last.map({ ($0 - first) / max(1, step) + 1 }), count != parts {
      // Some of the tasks are submitted again, or the array has the wrong size.
      let highest = max(task, last ?? first + count - 1)
      let starts = (names.startsAnywhere ? [1, 0] : [names.start]).filter { start in
        min(task, first) >= start && highest - start < parts
      }
      guard starts.count == 1 else {
        throw UsageError(
          "--shard auto/\(parts): expected an array of \(parts) tasks, or numbers that leave no doubt (from 1 with "
            + "\(parts) among them, or from 0), found \(names.task) of \(task) among \(first) to \(highest); expected K/N"
        )
      }
      (name, number, self.count) = (names.task, task - starts[0] + 1, parts)
      return
    }
    let place = task - first
    guard step > 0, place >= 0, place % step == 0, last.map({ $0 >= task }) ?? true else {
      throw UsageError(
        "--shard auto: \(names.task) is \(task), which is no place from \(first) in steps of \(step); expected K/N"
      )
    }
    let regular = last.map { ($0 - first) / step + 1 }
    let count = stated ?? regular
    if let count, let regular, count != regular {
      throw UsageError(
        "--shard auto: expected tasks in equal steps, found \(count) of \(first) to \(last ?? first); expected K/N"
      )
    }
    (name, number, self.count) = (names.task, place / step + 1, count)
  }
}
