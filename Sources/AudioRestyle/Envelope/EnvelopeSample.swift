import Foundation

/// A bounded uniform sample of what was seen of a clip's envelopes: windows of 40 ms.
///
/// Every window has a key, a hash of its place and its powers, and the windows with the smallest keys are kept, so that the
/// sample of several clips follows from their samples.
struct EnvelopeSample: Sendable {
  /// The number of points of a window.
  static let windowLength = 16
  /// The number of points from one window to the next.
  static let hop = 8
  /// The most windows that are kept: 20 s of sound are held whole, longer ones thinned out.
  static let capacity = 1024
  /// The mean power of a window, −100 dBFS, under which it is silence and left out.
  private static let silence: Float = 1e-10

  /// Some points that follow each other.
  struct Window: Sendable {
    let key: UInt64
    let points: [EnvelopeMeter.Point]
  }

  /// The windows with the smallest keys so far, and some more.
  private var kept: [Window] = []
  private var limit = UInt64.max
  /// The points of the windows that have begun.
  private var recent: [EnvelopeMeter.Point] = []
  private var position: UInt64 = 0

  /// The windows in the order of their keys.
  var windows: [Window] { Array(kept.sorted { $0.key < $1.key }.prefix(Self.capacity)) }

  /// Takes in the next points.
  mutating func add(_ points: [EnvelopeMeter.Point]) {
    recent += points
    var start = 0
    while start + Self.windowLength <= recent.count {
      position += 1
      keep(Array(recent[start..<start + Self.windowLength]))
      start += Self.hop
    }
    recent.removeFirst(min(start, recent.count))
  }

  /// The sample of a clip that has ended, in as little memory as it needs.
  var ended: EnvelopeSample {
    var result = self
    result.recent = []
    result.kept = windows
    return result
  }

  /// The same windows after a gain in dB.
  func moved(by gain: Double) -> EnvelopeSample {
    let factor = Float(pow(10, gain / 20))
    var result = self
    result.kept = kept.map { window in
      Window(
        key: window.key,
        points: window.points.map {
          EnvelopeMeter.Point(power: $0.power * factor * factor, envelopes: $0.envelopes * factor)
        })
    }
    return result
  }

  /// Takes in the windows of another clip.
  mutating func merge(_ other: EnvelopeSample) {
    for window in other.kept { keep(window) }
  }

  private mutating func keep(_ points: [EnvelopeMeter.Point]) {
    let power = points.reduce(0) { $0 + $1.power } / Float(points.count)
    guard power > Self.silence else { return }
    var key = FrameSamplePass.mixed(position)
    for point in points { key = FrameSamplePass.mixed(key ^ UInt64(point.power.bitPattern)) }
    keep(Window(key: key, points: points))
  }

  private mutating func keep(_ window: Window) {
    guard window.key <= limit else { return }
    kept.append(window)
    guard kept.count == 2 * Self.capacity else { return }
    kept = windows
    limit = kept[Self.capacity - 1].key
  }
}
