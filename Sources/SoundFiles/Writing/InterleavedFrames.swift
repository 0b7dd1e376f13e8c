/// Frames as an encoding takes them: interleaved, and quantised where it is one of integers.
package final class InterleavedFrames {
  /// The kind of number that libsndfile is given.
  enum Kind {
    /// Words of at most 16 bits, in the high bits of 16.
    case short
    /// Longer words, in the high bits of 32.
    case integer
    case float
  }

  var shorts: [Int16] = []
  var integers: [Int32] = []
  var floats: [Float] = []
  /// The number of values in use, of the kind that the writer takes.
  var count = 0

  /// Room for frames, and none.
  package init() {}
}

extension Array where Element: Numeric {
  /// Grows to a number of elements.
  mutating func makeRoom(_ count: Int) {
    if self.count < count { self = Array(repeating: 0, count: count) }
  }
}
