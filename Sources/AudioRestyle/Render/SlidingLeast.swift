/// The least of the numbers below 0 that were added at the last places, 0 where there are none.
///
/// A queue of places with ascending numbers: each number is added and removed once.
struct SlidingLeast {
  private var queue: ContiguousArray<(place: Int, value: Double)> = []
  private var start = 0

  /// Adds a number at a place after all others.
  mutating func add(_ value: Double, at place: Int) {
    while queue.count > start, queue[queue.count - 1].value >= value { queue.removeLast() }
    if start > 1024 {
      queue.removeFirst(start)
      start = 0
    }
    queue.append((place, value))
  }

  /// The place of the least number; `nil` where all are forgotten.
  var firstPlace: Int? { start < queue.count ? queue[start].place : nil }

  /// The least number at a place or after it; those before are forgotten.
  @inline(__always)
  mutating func least(from place: Int) -> Double {
    while start < queue.count, queue[start].place < place { start += 1 }
    return start < queue.count ? queue[start].value : 0
  }
}
