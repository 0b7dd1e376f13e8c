/// The momentary loudness of a stream, every 10 ms: the level of the 400 ms around each point (ITU-R BS.1770-4), and of the
/// 50 ms around it.
///
/// Near the ends of the stream it is the level of what there is of these 400 ms. The values do not depend on how the stream
/// is cut.
package struct MomentaryMeter: Sendable {
  /// The number of samples between points; point i stands in the middle of the i-th so many.
  package let stride: Int
  private var filters: [KWeightingFilter]
  private let weights: [Double]
  /// The numbers of points in 400 ms and in 50 ms.
  private static let width = 40
  private static let shortWidth = 5
  /// The powers of the points that a value still needs, and the index of the first.
  private var powers: [Double] = []
  private var first = 0
  private var sums: [Double]
  private var filled = 0
  /// The number of values given out.
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

  /// Takes the same number of samples of every channel, and gives the values in LUFS that are known by them.
  package mutating func process(frameCount: Int, _ channel: (Int, (Span<Float>) -> Void) -> Void) -> [Value] {
    var start = 0
    while start < frameCount {
      let count = min(stride - filled, frameCount - start)
      for index in filters.indices where weights[index] > 0 {
        channel(index) { samples in
          filters[index].accumulate(samples.extracting(start..<start + count), into: &sums[index])
        }
      }
      start += count
      filled += count
      if filled == stride { endPoint() }
    }
    return values(isEnd: false)
  }

  /// Gives the values that are left at the end of the stream.
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
