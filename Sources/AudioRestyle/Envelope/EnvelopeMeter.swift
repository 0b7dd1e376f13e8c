import AudioFeatures
import Foundation

/// What the detectors of compressors see of a clip: its power and two envelopes, every 2.5 ms.
///
/// An envelope e follows the magnitude of the samples, the largest of all channels:
///
///     e ← e + a · (|x| − e),    a = 1 − exp(−1/(τ · rate))
///
/// with the attack time for τ where |x| > e, else the release time: the smooth branching peak detector of Giannoulis, Massberg
/// and Reiss (Journal of the AES 60(6), 2012). It is read ahead by its attack time. Before its start and after its end the
/// clip goes on as in a mirror, so that clips cut within a sound have no other gain at their ends. What is measured does not
/// depend on how the samples are cut into chunks.
struct EnvelopeMeter {
  /// The middle of 2.5 ms of a clip.
  struct Point: Hashable, Sendable {
    /// The mean square of the samples over all channels.
    var power: Float
    /// The amplitude of both envelopes.
    var envelopes: SIMD2<Float>
  }

  /// The attack and release times of the two envelopes in seconds: of levellers of peaks, and of syllables.
  static let times = [(attack: 0.010, release: 0.040), (attack: 0.030, release: 0.130)]
  private static let pointDistance = 0.0025

  /// The number of samples between points; the first point stands in the middle of the first so many.
  let stride: Int
  /// The points whose envelopes are known, in order, without those that were taken.
  private(set) var points: [Point] = []
  /// The number of points that were taken.
  private(set) var takenCount = 0

  private let rise: SIMD2<Float>
  private let fall: SIMD2<Float>
  /// By how many samples each envelope is read ahead.
  private let leads: [Int]
  private var envelopes = SIMD2<Float>.zero
  private var position = 0
  private var powerSum: Float = 0
  /// The first samples, until there are enough to begin with; then none.
  private var first: (magnitudes: ContiguousArray<Float>, squares: ContiguousArray<Float>) = ([], [])
  private var hasBegun = false
  /// So many samples go before the first one, mirrored.
  private let leadIn: Int
  /// The last samples, for what comes behind them.
  private var last: ContiguousArray<Float> = []
  /// The powers of points, and the first envelopes, that wait for the second ones.
  private var powers: [Float] = []
  private var early: [Float] = []
  /// How many envelopes of each kind were read.
  private var counts = [0, 0]

  init(sampleRate: Double) {
    func factor(_ time: Double) -> Float { Float(1 - exp(-1 / (time * sampleRate))) }
    rise = SIMD2(factor(Self.times[0].attack), factor(Self.times[1].attack))
    fall = SIMD2(factor(Self.times[0].release), factor(Self.times[1].release))
    leads = Self.times.map { Int($0.attack * sampleRate) }
    leadIn = Int((Self.times.map(\.release).max() ?? 0) * sampleRate)
    stride = max(1, Int(Self.pointDistance * sampleRate))
  }

  /// The place of a point in the clip, in samples.
  func place(ofPoint index: Int) -> Int { index * stride + stride / 2 }

  /// Takes in the next samples: for each the largest magnitude and the mean square over the channels.
  mutating func process(magnitudes: ContiguousArray<Float>, powers squares: ContiguousArray<Float>) {
    precondition(magnitudes.count == squares.count)
    last += magnitudes
    last.removeFirst(max(0, last.count - delay))
    guard !hasBegun else { return advance(magnitudes, squares) }
    first.magnitudes += magnitudes
    first.squares += squares
    if first.magnitudes.count >= leadIn { begin() }
  }

  /// Takes in the end of the clip: afterwards all points are known that stand beside its samples.
  mutating func finish() {
    if !hasBegun { begin() }
    let count = last.count
    let mirrored = (0..<delay).map { count > 0 ? last[count - 1 - $0 % count] : 0 }
    advance(ContiguousArray(mirrored), ContiguousArray(repeating: 0, count: delay))
  }

  /// How far beyond the last sample points look ahead.
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
      // Up to the next sample after which something is read.
      let count = min(magnitudes.count - index, nextEvent - position)
      follow(magnitudes, squares, index..<index + count)
      index += count
      position += count
      read()
    }
  }

  /// Takes points that are known, from the first on.
  mutating func take(_ count: Int) {
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
    // What has decayed beyond hearing would become denormal numbers.
    envelopes = level.replacing(with: 0, where: level .< 1e-20)
  }
}
