import AudioFeatures

/// The gains of frames as they act on samples: straight lines between the frames' centres.
struct FrameGainTrack {
  private let hopLength: Int
  /// The factors that take the gains of frames out, and the index of the first of them.
  private var factors: [Float] = []
  private var first = -1
  /// Gains that lie nearer to 0 dB are none.
  private static let smallest: Float = 0.01

  /// Creates a track that begins with frame −1.
  init(hopLength: Int) {
    self.hopLength = hopLength
  }

  /// Adds the gains in dB of the next frames.
  mutating func append(_ gains: [Float]) {
    factors += gains.map { abs($0) < Self.smallest ? 1 : Decibels.amplitude(-$0) }
  }

  /// Takes the gains out of the magnitudes and powers of samples that begin at a place in the clip, and forgets what lies before
  /// them.
  mutating func remove(
    from magnitudes: inout ContiguousArray<Float>, _ powers: inout ContiguousArray<Float>, at place: Int
  ) {
    let passed = place / hopLength - first
    if passed > 0 {
      factors.removeFirst(min(passed, factors.count))
      first += passed
    }
    guard factors.contains(where: { $0 != 1 }) else { return }
    var index = 0
    while index < magnitudes.count {
      let (frame, rest) = (place + index).quotientAndRemainder(dividingBy: hopLength)
      let low = factor(frame)
      let slope = (factor(frame + 1) - low) / Float(hopLength)
      let end = min(magnitudes.count, index + hopLength - rest)
      for i in index..<end {
        let factor = low + slope * Float(rest &+ i &- index)
        magnitudes[i] *= factor
        powers[i] *= factor * factor
      }
      index = end
    }
  }

  private func factor(_ frame: Int) -> Float {
    factors.isEmpty ? 1 : factors[min(max(0, frame - first), factors.count - 1)]
  }
}
