import AudioFeatures

/// The gains of frames as they act on samples: straight lines in dB between the frames' centres.
struct FrameGainTrack {
  private let hopLength: Int
  /// The gains of frames, and the index of the first of them.
  private var gains: [Float] = []
  private var first = -1

  /// Creates a track that begins with frame −1.
  init(hopLength: Int) {
    self.hopLength = hopLength
  }

  /// Adds the gains in dB of the next frames.
  mutating func append(_ next: [Float]) {
    gains += next
  }

  /// Takes the gains out of the magnitudes and powers of samples that begin at a place in the clip, and forgets what lies before
  /// them.
  mutating func remove(
    from magnitudes: inout ContiguousArray<Float>, _ powers: inout ContiguousArray<Float>, at place: Int
  ) {
    let passed = place / hopLength - first
    if passed > 0 {
      gains.removeFirst(min(passed, gains.count))
      first += passed
    }
    guard gains.contains(where: { $0 != 0 }) else { return }
    var factors = ContiguousArray<Float>(repeating: 0, count: magnitudes.count)
    var index = 0
    while index < factors.count {
      let (frame, rest) = (place + index).quotientAndRemainder(dividingBy: hopLength)
      let (low, high) = (gain(frame), gain(frame + 1))
      let end = min(factors.count, index + hopLength - rest)
      for i in index..<end {
        factors[i] = -(low + (high - low) * Float(rest + i - index) / Float(hopLength))
      }
      index = end
    }
    unsafe factors.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    for i in factors.indices {
      magnitudes[i] *= factors[i]
      powers[i] *= factors[i] * factors[i]
    }
  }

  private func gain(_ frame: Int) -> Float {
    gains.isEmpty ? 0 : gains[min(max(0, frame - first), gains.count - 1)]
  }
}
