import Dispatch
import Foundation
import Synchronization

/// Treats and measures pairs on two threads.
struct PairWorker {
  let pairs: [ClipPair]
  let treatments: [Treatment]
  /// The folder that takes every clip, if any.
  let output: String?

  private static let threadCount = 2

  func run() throws -> Report {
    let results = Mutex<[Int: Result<[Measures], any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: Self.threadCount) { thread in
      for index in stride(from: thread, to: pairs.count, by: Self.threadCount) {
        let result = Result { try measure(index) }
        results.withLock { $0[index] = result }
      }
    }
    let all = try results.withLock { results in try pairs.indices.compactMap { try results[$0]?.get() } }
    return Report(pairs: pairs, treatments: treatments, all: all)
  }

  private func measure(_ index: Int) throws -> [Measures] {
    let pair = pairs[index]
    if let output { try pair.truth.write(to: Self.path(output, index, "truth")) }
    return try treatments.map { treatment in
      let result = try treatment.result(pair)
      if let output { try result.normalized.write(to: Self.path(output, index, treatment.name)) }
      return Measures(of: result, truth: pair.truth, style: pair.style)
    }
  }

  /// Where the clip of a treatment is written.
  static func path(_ folder: String, _ index: Int, _ name: String) -> String {
    "\(folder)/\(String(format: "%03d", index)).\(name).wav"
  }
}
