import AudioFeatures
import Foundation

/// A meter of a clip's power and two envelopes, one point every 2.5 ms: the input of compressors.
///
/// An envelope e follows |x|, the largest magnitude over all channels:
///
///     e ← e + a · (|x| − e),    a = 1 − exp(−1/(τ · rate))
///
/// τ is the attack time where |x| > e, otherwise the release time. This is the smooth branching peak detector of
/// Giannoulis, Massberg and Reiss (Journal of the AES 60(6), 2012). Each envelope looks ahead by its attack time. The
/// clip is mirrored at its start and its end, so that a clip cut within a sound has no other gain there. The points do
/// not depend on how the samples are cut into chunks.
package struct EnvelopeMeter {
  /// Power and envelopes of 2.5 ms of a clip.
  package struct Point: Hashable, Sendable {
    /// The mean square over the 2.5 ms and all channels.
    package var power: Float
    /// The amplitude of both envelopes at the middle of the 2.5 ms.
    package var envelopes: SIMD2<Float>
  }

  /// The attack and release times of the two envelopes in seconds: one follows peaks, one follows syllables.
  package static let times = [(attack: 0.010, release: 0.040), (attack: 0.030, release: 0.130)]
  private static let pointDistance = 0.0025

  /// The distance between points in sample frames; point i stands at i · stride + stride/2.
  package let stride: Int
  /// The finished points that were not taken yet, in order.
  package private(set) var points: [Point] = []
  /// The number of points taken so far.
  package private(set) var takenCount = 0

  private let rise: SIMD2<Float>
  private let fall: SIMD2<Float>
  /// The look-ahead of each envelope in sample frames.
  private let leads: [Int]
  private var envelopes = SIMD2<Float>.zero
  private var position = 0
  private var powerSum: Float = 0
  /// The first samples, until there are enough to mirror them; then empty.
  private var first: (magnitudes: ContiguousArray<Float>, squares: ContiguousArray<Float>) = ([], [])
  private var hasBegun = false
  /// The number of mirrored samples before the first one.
  private let leadIn: Int
  /// The last samples, which are mirrored at the end.
  private var last: ContiguousArray<Float> = []
  /// The powers of points that wait for their second envelope; `early` holds their first envelope.
  private var powers: [Float] = []
  private var early: [Float] = []
  /// How many envelopes of each kind were read.
  private var counts = [0, 0]

  package init(sampleRate: Double) {
    func factor(_ time: Double) -> Float { Float(1 - exp(-1 / (time * sampleRate))) }
    rise = SIMD2(factor(Self.times[0].attack), factor(Self.times[1].attack))
    fall = SIMD2(factor(Self.times[0].release), factor(Self.times[1].release))
    leads = Self.times.map { Int($0.attack * sampleRate) }
    leadIn = Int((Self.times.map(\.release).max() ?? 0) * sampleRate)
    stride = max(1, Int(Self.pointDistance * sampleRate))
  }

  /// The place of a point in the clip, in samples.
  package func place(ofPoint index: Int) -> Int { index * stride + stride / 2 }

  /// Takes in the next samples: for each the largest magnitude and the mean square over the channels.
  package mutating func process(magnitudes: ContiguousArray<Float>, powers squares: ContiguousArray<Float>) {
    precondition(magnitudes.count == squares.count)
    last += magnitudes
    last.removeFirst(max(0, last.count - delay))
    guard !hasBegun else { return advance(magnitudes, squares) }
    first.magnitudes += magnitudes
    first.squares += squares
    if first.magnitudes.count >= leadIn { begin() }
  }

  /// Takes in the end of the clip: afterwards all points inside the clip are finished.
  package mutating func finish() {
    if !hasBegun { begin() }
    let count = last.count
    let mirrored = (0..<delay).map { count > 0 ? last[count - 1 - $0 % count] : 0 }
    advance(ContiguousArray(mirrored), ContiguousArray(repeating: 0, count: delay))
  }

  /// How many sample frames beyond the last one points look ahead.
  private var delay: Int { stride + (leads.max() ?? 0) + 1 }

  private mutating func begin() {
    hasBegun = true
    let mirrored = ContiguousArray(first.magnitudes.prefix(leadIn).reversed())
    follow(mirrored, ContiguousArray(repeating: 0, count: mirrored.count), mirrored.indices)
    advance(first.magnitudes, first.squares)
    first = ([], [])
  }

  private mutating func advance(_ magnitudes: ContiguousArray<Float>, _ squares: ContiguousArray<Float>) {
    var index = 0
    while index < magnitudes.count {
      // Up to the next sample after which a value is read.
      let count = min(magnitudes.count - index, nextEvent - position)
      follow(magnitudes, squares, index..<index + count)
      index += count
      position += count
      read()
    }
  }

  /// Removes the first points.
  package mutating func take(_ count: Int) {
    points.removeFirst(count)
    takenCount += count
  }

  /// The number of samples after which the next value is read.
  private var nextEvent: Int {
    min(
      (position / stride + 1) * stride, place(ofPoint: counts[0]) + leads[0] + 1,
      place(ofPoint: counts[1]) + leads[1] + 1)
  }

  private mutating func read() {
    if position % stride == 0 {
      powers.append(powerSum / Float(stride))
      powerSum = 0
    }
    if position == place(ofPoint: counts[0]) + leads[0] + 1 {
      early.append(envelopes[0])
      counts[0] += 1
    }
    if position == place(ofPoint: counts[1]) + leads[1] + 1 {
      counts[1] += 1
      points.append(Point(power: powers.removeFirst(), envelopes: SIMD2(early.removeFirst(), envelopes[1])))
    }
  }

  private mutating func follow(
    _ magnitudes: ContiguousArray<Float>, _ squares: ContiguousArray<Float>, _ range: Range<Int>
  ) {
    var level = envelopes
    var sum = powerSum
    unsafe magnitudes.withUnsafeBufferPointer { magnitudes in
      unsafe squares.withUnsafeBufferPointer { squares in
        for i in range {
          let change = unsafe SIMD2(repeating: magnitudes[i]) - level
          level += fall.replacing(with: rise, where: change .> 0) * change
          unsafe sum += squares[i]
        }
      }
    }
    powerSum = sum
    // Envelopes that decay further would become denormal numbers.
    envelopes = level.replacing(with: 0, where: level .< 1e-20)
  }
}

/// A bounded uniform sample of a clip's envelope points, in windows of 40 ms.
///
/// Every window has a key, a hash of its place and its powers. The windows with the smallest keys are kept, so the
/// sample of several clips follows from their samples.
package struct EnvelopeSample: Sendable {
  /// The number of points of a window.
  package static let windowLength = 16
  /// The number of points from one window to the next.
  package static let hop = 8
  /// The most windows that are kept: all windows of 20 s of sound, and a share of longer sound.
  package static let capacity = 1024
  /// The mean power up to which a window is silence and left out: −100 dBFS.
  private static let silence: Float = 1e-10

  /// Consecutive points.
  package struct Window: Sendable {
    let key: UInt64
    package let points: [EnvelopeMeter.Point]
  }

  /// The windows with the smallest keys so far, and fewer than `capacity` others.
  private var kept: [Window] = []
  private var limit = UInt64.max
  /// The points of windows that are not complete yet.
  private var recent: [EnvelopeMeter.Point] = []
  private var position: UInt64 = 0

  /// The windows in the order of their keys.
  package var windows: [Window] { Array(kept.sorted { $0.key < $1.key }.prefix(Self.capacity)) }

  /// Takes in the next points.
  package mutating func add(_ points: [EnvelopeMeter.Point]) {
    recent += points
    var start = 0
    while start + Self.windowLength <= recent.count {
      position += 1
      keep(Array(recent[start..<start + Self.windowLength]))
      start += Self.hop
    }
    recent.removeFirst(min(start, recent.count))
  }

  /// The sample after the end of a clip, without the memory that only further points need.
  package var ended: EnvelopeSample {
    var result = self
    result.recent = []
    result.kept = windows
    return result
  }

  /// The same windows after a gain in dB.
  package func moved(by gain: Double) -> EnvelopeSample {
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
  package mutating func merge(_ other: EnvelopeSample) {
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

  /// Creates a sample of no windows.
  package init() {}
}
