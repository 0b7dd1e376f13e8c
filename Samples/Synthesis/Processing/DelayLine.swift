/// A ring of past values that can be read at fractional distances.
struct DelayLine {
  private var ring: [Double]
  private var position = 0

  /// A delay line that remembers at least `capacity` frames.
  init(capacity: Int) {
    ring = Array(repeating: 0, count: capacity + 4)
  }

  /// Appends a value.
  mutating func write(_ x: Double) {
    position = position + 1 == ring.count ? 0 : position + 1
    ring[position] = x
  }

  /// The value written `distance` frames before the last, by cubic interpolation (Catmull–Rom); at least 1.
  func read(_ distance: Double) -> Double {
    let whole = Int(distance)
    let t = distance - Double(whole)
    let before = at(whole - 1)
    let from = at(whole)
    let to = at(whole + 1)
    let after = at(whole + 2)
    let slope = 0.5 * (to - before)
    let second = before - 2.5 * from + 2 * to - 0.5 * after
    let third = 0.5 * (after - before) + 1.5 * (from - to)
    return from + t * (slope + t * (second + t * third))
  }

  /// The value written `distance` frames before the last.
  func at(_ distance: Int) -> Double {
    let index = position - distance
    return ring[index < 0 ? index + ring.count : index]
  }
}
