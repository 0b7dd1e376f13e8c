/// The loudness of a stream every 10 ms, over the 400 ms (momentary, ITU-R BS.1770-4) and over the 50 ms around each
/// point.
///
/// Near the ends of the stream, the available part of these windows is measured. The values do not depend on how the
/// stream is cut.
package struct MomentaryMeter: Sendable {
  /// The number of samples from one point to the next, 10 ms; point i has the power of the i-th group of so many
  /// samples.
  package let stride: Int
  private var filters: [KWeightingFilter]
  private let weights: [Double]
  /// The number of points in 400 ms, and the number in 50 ms.
  private static let width = 40
  private static let shortWidth = 5
  /// The powers of the points that values still need, and the index of the first of these points.
  private var powers: [Double] = []
  private var first = 0
  private var sums: [Double]
  private var filled = 0
  /// The number of values returned so far.
  private var done = 0

  /// Creates a meter.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in hertz.
  ///   - channelWeights: The weight of each channel.
  package init(sampleRate: Double, channelWeights: [Double]) {
    stride = max(1, Int((sampleRate / 100).rounded()))
    weights = channelWeights
    filters = channelWeights.map { _ in KWeightingFilter(sampleRate: sampleRate) }
    sums = channelWeights.map { _ in 0 }
  }

  /// The loudness around a point, in LUFS.
  package struct Value: Sendable {
    /// Over 400 ms.
    package var momentary: Double
    /// Over 50 ms.
    package var short: Double
  }

  /// Calls its last argument with the samples of two channels.
  package typealias Channels = (Int, Int, (Span<Float>, Span<Float>) -> Void) -> Void

  /// Takes in `frameCount` samples of every channel, and returns the values that these complete.
  package mutating func process(frameCount: Int, _ channels: Channels) -> [Value] {
    var start = 0
    while start < frameCount {
      let count = min(stride - filled, frameCount - start)
      accumulate(start..<start + count, channels)
      start += count
      filled += count
      if filled == stride { endPoint() }
    }
    return values(isEnd: false)
  }

  /// Adds samples of all channels to the present point; two channels take the time of one.
  private mutating func accumulate(_ range: Range<Int>, _ channels: Channels) {
    var index = 0
    while index < filters.count {
      let next = index + 1
      if next < filters.count, weights[index] > 0, weights[next] > 0 {
        var (own, other) = (filters[index], filters[next])
        var (ownSum, otherSum) = (sums[index], sums[next])
        channels(index, next) { samples, others in
          own.accumulate(
            samples.extracting(range), into: &ownSum, beside: &other, others.extracting(range),
            into: &otherSum)
        }
        (filters[index], filters[next]) = (own, other)
        (sums[index], sums[next]) = (ownSum, otherSum)
        index += 2
      } else {
        if weights[index] > 0 {
          channels(index, index) { samples, _ in
            filters[index].accumulate(samples.extracting(range), into: &sums[index])
          }
        }
        index += 1
      }
    }
  }

  /// Returns the remaining values at the end of the stream.
  package mutating func finish() -> [Value] {
    if filled > 0 { endPoint() }
    return values(isEnd: true)
  }

  private mutating func endPoint() {
    var power = 0.0
    for index in sums.indices {
      power += weights[index] * sums[index] / Double(filled)
      sums[index] = 0
    }
    powers.append(power.isFinite ? power : 0)
    filled = 0
  }

  private mutating func values(isEnd: Bool) -> [Value] {
    let end = first + powers.count
    var result: [Value] = []
    while done < end, isEnd || done + Self.width / 2 <= end {
      result.append(
        Value(
          momentary: loudness(max(0, done - Self.width / 2)..<min(end, done + Self.width / 2)),
          short: loudness(max(0, done - Self.shortWidth / 2)..<min(end, done + Self.shortWidth / 2 + 1))))
      done += 1
    }
    let kept = max(0, done - Self.width / 2)
    if kept > first {
      powers.removeFirst(kept - first)
      first = kept
    }
    return result
  }

  private func loudness(_ range: Range<Int>) -> Double {
    var sum = 0.0
    for index in range { sum += powers[index - first] }
    return KWeighting.loudness(power: max(sum / Double(max(1, range.count)), 1e-20))
  }
}
