import InstanceNorm

/// Exact sums over frames of fixed-point levels: count, Σ q and Σ q² of every channel, with q in steps of 2⁻¹⁶ dB.
struct LevelSums: Hashable, Sendable {
  /// The number of frames.
  private(set) var count: Int64 = 0
  /// Σ q of each channel.
  private(set) var sums: [Int64]
  /// Σ q² of each channel.
  private(set) var squares: [WideSum]

  /// Sums over no frames.
  init(numFeatures: Int) {
    sums = Array(repeating: 0, count: numFeatures)
    squares = Array(repeating: WideSum(), count: numFeatures)
  }

  /// Sums from a file; nil where no frames with levels within ``LevelStatistics/largestLevel`` can have them.
  init?(count: Int64, sums: [Int64], squares: [WideSum]) {
    let largest = Int64(LevelStatistics.largestLevel / LevelStatistics.resolution)
    guard sums.count == squares.count, (0...Int64(LevelStatistics.largestFrameCount)).contains(count) else {
      return nil
    }
    let bound = count * largest
    guard sums.allSatisfy({ (-bound...bound).contains($0) }),
      squares.allSatisfy({ !$0.isNegative && $0.double <= Double(bound) * Double(largest) })
    else { return nil }
    self.count = count
    self.sums = sums
    self.squares = squares
  }

  /// Adds one frame.
  mutating func add(_ steps: Span<Int32>) {
    count += 1
    for channel in sums.indices {
      let value = Int64(steps[channel])
      sums[channel] += value
      squares[channel].add(value * value)
    }
  }

  /// Adds the frames at some positions of rows (C, L) of levels in decibels.
  mutating func add(_ rows: [[Double]], at positions: [Int]) {
    count += Int64(positions.count)
    for (channel, row) in rows.enumerated() {
      var (sum, square) = (Int64(0), Int64(0))
      for (number, position) in positions.enumerated() {
        let value = Int64((row[position] / LevelStatistics.resolution).rounded(.toNearestOrEven))
        sum += value
        square += value * value
        // A square is below 2⁵³, so 512 of them stay below 2⁶³.
        if number % 512 == 511 {
          squares[channel].add(square)
          square = 0
        }
      }
      sums[channel] += sum
      squares[channel].add(square)
    }
  }

  static func += (left: inout LevelSums, right: LevelSums) {
    left.count += right.count
    for channel in left.sums.indices {
      left.sums[channel] += right.sums[channel]
      left.squares[channel] += right.squares[channel]
    }
  }

  static func -= (left: inout LevelSums, right: LevelSums) {
    left.count -= right.count
    for channel in left.sums.indices {
      left.sums[channel] -= right.sums[channel]
      left.squares[channel] -= right.squares[channel]
    }
  }

  /// The sums as if every level had been higher by s steps: `Σ (q + s)² = Σ q² + 2 s Σ q + n s²`.
  func shifted(bySteps shift: Int64) -> LevelSums {
    var result = self
    for channel in sums.indices {
      result.squares[channel] += WideSum(2 * shift, times: sums[channel])
      result.squares[channel] += WideSum(shift * shift, times: count)
      result.sums[channel] += shift * count
    }
    return result
  }

  /// The moments of a channel in decibels.
  ///
  /// The sum of squares is first taken about the integer nearest to the mean, exactly, so that nothing cancels.
  func moments(_ channel: Int) -> ChannelMoments {
    guard count > 0 else { return ChannelMoments() }
    let mean = Double(sums[channel]) / Double(count)
    let centre = Int64(mean.rounded())
    let rest = Double(sums[channel] - centre * count)
    // Σ (q − m)² = Σ q² − 2 m Σ q + n m²
    var centred = squares[channel]
    centred += WideSum(-2 * centre, times: sums[channel])
    centred += WideSum(centre * centre, times: count)
    let unit = LevelStatistics.resolution
    return ChannelMoments(
      count: Double(count), mean: mean * unit,
      sumOfSquares: max(0, centred.double - rest * rest / Double(count)) * unit * unit)
  }
}

/// A signed 128-bit integer with the operations that exact sums need; the standard `Int128` needs newer systems.
struct WideSum: Hashable, Sendable {
  private(set) var high: Int64
  private(set) var low: UInt64

  init(high: Int64 = 0, low: UInt64 = 0) {
    self.high = high
    self.low = low
  }

  /// The product of two integers.
  init(_ a: Int64, times b: Int64) {
    let product = a.multipliedFullWidth(by: b)
    self.init(high: product.high, low: product.low)
  }

  /// Adds an integer.
  mutating func add(_ value: Int64) {
    self += WideSum(high: value < 0 ? -1 : 0, low: UInt64(bitPattern: value))
  }

  static func += (left: inout WideSum, right: WideSum) {
    let (low, carry) = left.low.addingReportingOverflow(right.low)
    left.low = low
    left.high = left.high &+ right.high &+ (carry ? 1 : 0)
  }

  static func -= (left: inout WideSum, right: WideSum) {
    let (low, borrow) = left.low.subtractingReportingOverflow(right.low)
    left.low = low
    left.high = left.high &- right.high &- (borrow ? 1 : 0)
  }

  /// The value as a `Double`: each half is rounded once, and their sum again.
  var double: Double {
    guard isNegative else { return Double(high) * 0x1p64 + Double(low) }
    var magnitude = WideSum()
    magnitude -= self
    return -(Double(UInt64(bitPattern: magnitude.high)) * 0x1p64 + Double(magnitude.low))
  }

  var isNegative: Bool { high < 0 }
}
