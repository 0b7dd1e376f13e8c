@_spi(Calibration) import AudioRestyle
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
    Report(pairs: pairs, treatments: treatments, all: try Self.each(of: pairs.count, measure))
  }

  /// What tells whether the content and the style of each pair are alike, one JSON object a pair.
  static func likeness(of pairs: [ClipPair]) throws -> [String] {
    try each(of: pairs.count) { index -> String? in
      let learner = Restyler(options: RestyleOptions()).learner
      let (content, style) = (pairs[index].content, pairs[index].style)
      guard let found = try learner.learn(content.source).likeness(to: learner.learn(style.source)) else {
        return nil
      }
      return String(decoding: try JSONEncoder().encode(found), as: UTF8.self)
    }.compactMap { $0 }
  }

  /// The results of some work on each of some pairs, in order.
  private static func each<Found: Sendable>(
    of count: Int, _ work: @Sendable (Int) throws -> Found
  ) throws -> [Found] {
    let results = Mutex<[Int: Result<Found, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: threadCount) { thread in
      for index in stride(from: thread, to: count, by: threadCount) {
        let result = Result { try work(index) }
        results.withLock { $0[index] = result }
      }
    }
    return try results.withLock { results in try (0..<count).compactMap { try results[$0]?.get() } }
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
