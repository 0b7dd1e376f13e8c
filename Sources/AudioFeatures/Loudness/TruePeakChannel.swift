/// What looks at groups of samples and at the values between them.
protocol TruePeakScanning: Sendable {
  /// Looks at groups that stand in a buffer one after the other, behind the history (``TruePeakKernels``).
  mutating func scan(_ buffer: UnsafeBufferPointer<Float>, groups: Int, filter: TruePeakFilter)
}

/// One channel whose true peaks are looked for: a window of recent samples and what the scan found.
///
/// Samples collect behind a history of two groups; when the buffer is full, the scan looks at the values between all
/// samples in it, and its end becomes the new history.
struct TruePeakChannel<Scan: TruePeakScanning>: Sendable {
  private static var historyLength: Int { TruePeakKernels.historyLength }
  private static var groupLength: Int { TruePeakKernels.groupLength }
  private static var capacity: Int { historyLength + 64 * groupLength }

  /// What was found in what has been taken in.
  var peaks: Scan

  private var buffer = ContiguousArray<Float>(repeating: 0, count: capacity)
  private var end = historyLength

  init(_ scan: Scan) {
    peaks = scan
  }

  mutating func process(_ samples: Span<Float>, filter: TruePeakFilter) {
    var position = 0
    while position < samples.count {
      let count = min(samples.count - position, Self.capacity - end)
      append(samples.extracting(position..<position + count))
      position += count
      if end == Self.capacity { takeIn(filter) }
    }
  }

  mutating func finish(filter: TruePeakFilter) {
    // 47 zeros bring the last sample through the interpolator; the other group makes up for an unfinished one.
    var missing = TruePeakFilter.length - 1 + Self.groupLength
    while missing > 0 {
      let count = min(missing, Self.capacity - end)
      for index in 0..<count { buffer[end + index] = 0 }
      end += count
      missing -= count
      if end == Self.capacity { takeIn(filter) }
    }
    takeIn(filter)
  }

  /// Copies samples to the end of the buffer, which has room for them.
  private mutating func append(_ samples: Span<Float>) {
    let start = end
    unsafe buffer.withUnsafeMutableBufferPointer { target in
      unsafe samples.withUnsafeBufferPointer { source in
        _ = unsafe UnsafeMutableBufferPointer(rebasing: target[start...]).update(fromContentsOf: source)
      }
    }
    end = start + samples.count
  }

  /// Looks at all whole groups behind the history and moves the last two, and what follows, to the front.
  private mutating func takeIn(_ filter: TruePeakFilter) {
    let groups = (end - Self.historyLength) / Self.groupLength
    var peaks = peaks
    unsafe buffer.withUnsafeBufferPointer { unsafe peaks.scan($0, groups: groups, filter: filter) }
    self.peaks = peaks
    let taken = groups * Self.groupLength
    let rest = end - taken
    unsafe buffer.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      unsafe base.update(from: base + taken, count: rest)
    }
    end -= taken
  }
}
