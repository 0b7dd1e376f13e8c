/// A look-ahead limiter: but for rounding, no frame leaves it above the ceiling.
///
/// Each block of 16 frames gets the gain its own peak needs; the least gain within the look-ahead on either
/// side, averaged over the look-ahead, is smooth and nowhere above what any block needs.
struct Limiter {
  /// The greatest absolute value that leaves the limiter.
  var ceiling: Double
  /// The look-ahead in seconds, to either side.
  var lookAhead = 0.004

  private static let blockLength = 16

  /// Limits a clip in place.
  func apply(to clip: inout Clip) {
    let block = Self.blockLength
    let blocks = (clip.frameCount + block - 1) / block
    let reach = max(1, Int(lookAhead * clip.rate) / block)
    var needed = Array(repeating: 1.0, count: blocks)
    for index in 0..<blocks {
      var peak = 0.0
      for channel in clip.channels {
        for frame in index * block..<min((index + 1) * block, clip.frameCount) {
          peak = max(peak, channel[frame].magnitude)
        }
      }
      if peak > ceiling { needed[index] = ceiling / peak }
    }
    // One block further than the average reaches: gains are interpolated towards the next block's.
    let least = Self.windowed(needed, reach: reach + 1) { $0.min() ?? 1 }
    let smooth = Self.windowed(least, reach: reach) { $0.reduce(0, +) / Double($0.count) }
    for channel in clip.channels.indices {
      for frame in 0..<clip.frameCount {
        let index = frame / block
        let from = smooth[index]
        let to = smooth[min(index + 1, blocks - 1)]
        clip.channels[channel][frame] *= from + (to - from) * Double(frame % block) / Double(block)
      }
    }
  }

  private static func windowed(
    _ values: [Double], reach: Int, _ combine: (ArraySlice<Double>) -> Double
  ) -> [Double] {
    values.indices.map { index in
      combine(values[max(0, index - reach)...min(values.count - 1, index + reach)])
    }
  }
}
