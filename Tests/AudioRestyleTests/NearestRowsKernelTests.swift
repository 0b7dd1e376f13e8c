import AudioFeatures
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The search of this processor against Swift's own: the same matches and distances.
@Suite struct NearestRowsKernelTests {
  private func rows(_ count: Int, width: Int, _ numbers: inout SplitMix64) -> FrameRows {
    FrameRows(width: width, values: numbers.samples(count * width).map { 40 * $0 })
  }

  private func expectSameMatches(_ first: FrameRows, _ second: FrameRows, threads: Int = 1) throws {
    let blocks = RowBlocks(second)
    let found = try NearestRows(first, blocks, team: ThreadTeam(threads))
    let expected = try NearestRows(first, blocks, isPortable: true)
    let counts: Comment = "\(first.count) and \(second.count) rows of \(first.width), \(threads) threads"
    #expect(found.fromFirst == expected.fromFirst, counts)
    #expect(found.fromSecond == expected.fromSecond, counts)
    #expect(found.fromFirst.count == first.count && found.fromSecond.count == second.count, counts)
  }

  @Test func sameMatchesOfEveryWidth() throws {
    var numbers = SplitMix64(state: 21)
    for width in 1...33 {
      let (first, second) = (rows(11, width: width, &numbers), rows(29, width: width, &numbers))
      try expectSameMatches(first, second)
      try expectSameMatches(second, first)
    }
  }

  @Test func sameMatchesOfEveryCount() throws {
    var numbers = SplitMix64(state: 22)
    for count in 1...20 {
      for other in [1, 2, 7, 8, 9, 15, 16, 17, 24, 33] {
        try expectSameMatches(rows(count, width: 5, &numbers), rows(other, width: 5, &numbers))
      }
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8])
  func sameMatchesOfManyRowsOnThreads(_ threads: Int) throws {
    var numbers = SplitMix64(state: 23)
    let counts = (TestScale.size(1021, unoptimized: 141), TestScale.size(517, unoptimized: 67))
    let (first, second) = (rows(counts.0, width: 32, &numbers), rows(counts.1, width: 32, &numbers))
    try expectSameMatches(first, second, threads: threads)
  }

  /// Of equally near rows the first found is kept, in both directions.
  @Test(arguments: [1, 3])
  func sameMatchesOfEqualRows(_ threads: Int) throws {
    var numbers = SplitMix64(state: 24)
    // Few whole numbers, so that distances are exact and often equal.
    func rows(_ count: Int) -> FrameRows {
      FrameRows(width: 3, values: numbers.samples(count * 3).map { ($0 * 2).rounded() })
    }
    try expectSameMatches(rows(TestScale.size(300, unoptimized: 100)), rows(150), threads: threads)
    try expectSameMatches(rows(13), rows(400), threads: threads)
    let equal = FrameRows(width: 4, values: [Float](repeating: -7, count: 4 * 203))
    try expectSameMatches(equal, equal, threads: threads)
    let matches = try NearestRows(equal, RowBlocks(equal), team: ThreadTeam(threads))
    #expect(matches.fromFirst.allSatisfy { $0 == NearestRows.Match(index: 0, distance: 0) })
    #expect(matches.fromSecond.allSatisfy { $0 == NearestRows.Match(index: 0, distance: 0) })
  }

  /// What is not a number is near nothing.
  @Test func sameMatchesBesideNaNAndInfinity() throws {
    var numbers = SplitMix64(state: 25)
    for odd in [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, -0.0] {
      var values = (numbers.samples(21 * 6), numbers.samples(35 * 6))
      values.0[31] = odd
      values.1[100] = odd
      try expectSameMatches(FrameRows(width: 6, values: values.0), FrameRows(width: 6, values: values.1))
    }
  }

  @Test func rankedElementsAreThoseOfSorting() {
    var numbers = SplitMix64(state: 26)
    for count in [1, 2, 3, 4, 10, 101, 1000] {
      for distinct in [1.0, 3, 1e9] {
        let values = (0..<count).map { _ in (distinct * numbers.unit()).rounded(.down) }
        let sorted = values.sorted()
        for index in Set([0, count / 3, count / 2, count * 4 / 5, count - 1]) {
          #expect(values.ranked(index) == sorted[index])
          #expect(sorted.ranked(index) == sorted[index])
          #expect(Array(sorted.reversed()).ranked(index) == sorted[index])
        }
      }
    }
  }
}
