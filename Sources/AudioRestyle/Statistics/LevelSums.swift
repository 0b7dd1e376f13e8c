import AudioFeatures

/// Exact sums over frames of fixed-point levels: count, Σv and Σv² of every feature channel.
///
/// The sums are integers in steps of 2⁻¹⁶ dB, so they do not depend on the order in which frames are added,
/// and can be merged, subtracted and shifted without error.
struct LevelSums: Hashable, Sendable {
  /// The number of frames.
  private(set) var count: Int64 = 0
  /// Σv of each channel, in steps.
  private(set) var sums: ContiguousArray<Int64>
  /// Σv² of each channel, in steps squared.
  private(set) var squares: ContiguousArray<WideSum>

  /// Sums over no frames.
  init(channelCount: Int) {
    sums = ContiguousArray(repeating: 0, count: channelCount)
    squares = ContiguousArray(repeating: WideSum(), count: channelCount)
  }

  /// The largest magnitude of a level in steps: 1000 dB.
  private static let largestLevel = Int64(1000) * Int64(FixedLevel.stepsPerDecibel)
  /// The largest number of frames in one bucket of a file: over a year of sound.
  private static let largestCount = Int64(1) << 32

  /// Sums as read from a profile; `nil` where no frames could have them.
  init?(count: Int64, sums: ContiguousArray<Int64>, squares: ContiguousArray<WideSum>) {
    guard sums.count == squares.count, (0...Self.largestCount).contains(count) else { return nil }
    let largestSum = count * Self.largestLevel
    guard sums.allSatisfy({ (-largestSum...largestSum).contains($0) }) else { return nil }
    let largestSquares = Double(largestSum) * Double(Self.largestLevel)
    guard squares.allSatisfy({ $0.high >= 0 && $0.doubleValue <= largestSquares }) else { return nil }
    self.count = count
    self.sums = sums
    self.squares = squares
  }

  /// The number of feature channels.
  var channelCount: Int { sums.count }

  /// Adds one frame.
  mutating func add(_ levels: ContiguousArray<FixedLevel>) {
    precondition(levels.count == channelCount)
    count += 1
    for channel in 0..<channelCount {
      let value = Int64(levels[channel].steps)
      sums[channel] += value
      squares[channel].add(UInt64(value * value))
    }
  }

  static func += (a: inout LevelSums, b: LevelSums) {
    precondition(a.channelCount == b.channelCount)
    a.count += b.count
    for channel in 0..<a.channelCount {
      a.sums[channel] += b.sums[channel]
      a.squares[channel] += b.squares[channel]
    }
  }

  /// Removes frames that were added before.
  static func -= (a: inout LevelSums, b: LevelSums) {
    precondition(a.channelCount == b.channelCount)
    a.count -= b.count
    for channel in 0..<a.channelCount {
      a.sums[channel] -= b.sums[channel]
      a.squares[channel] -= b.squares[channel]
    }
  }

  /// The sums as if every level had been higher by a number of steps: Σ(v + g)² = Σv² + 2g·Σv + n·g².
  func shifted(bySteps shift: Int64) -> LevelSums {
    var result = self
    for channel in 0..<channelCount {
      result.squares[channel].addProduct(2 * shift, sums[channel])
      result.squares[channel].addProduct(shift * shift, count)
      result.sums[channel] += shift * count
    }
    return result
  }

  /// The mean of a channel in dB; 0 without frames.
  func mean(_ channel: Int) -> Double {
    guard count > 0 else { return 0 }
    return Double(sums[channel]) / Double(count) / Double(FixedLevel.stepsPerDecibel)
  }

  /// The biased variance of a channel in dB², computed from the exact n·Σv² − (Σv)²; 0 without frames.
  func variance(_ channel: Int) -> Double {
    guard count > 0 else { return 0 }
    // About the rounded mean the remaining sums are small, so nothing is lost in Double.
    let center = Int64((Double(sums[channel]) / Double(count)).rounded())
    var square = squares[channel]
    square.addProduct(-2 * center, sums[channel])
    square.addProduct(center * center, count)
    let rest = Double(sums[channel] - center * count)
    let steps = Double(FixedLevel.stepsPerDecibel)
    return max(0, square.doubleValue - rest * rest / Double(count)) / Double(count) / (steps * steps)
  }
}
