/// Count, mean and spread of a channel's samples, for the `waveform` features.
///
/// Sums run in `Double` in the order of the samples, so chunk sizes do not change them.
struct SampleMoments: Hashable, Sendable {
  /// The number of samples.
  var count = 0
  /// Σx.
  var sum = 0.0
  /// Σx².
  var sumOfSquares = 0.0

  /// Adds samples in order.
  mutating func add(_ samples: Span<Float>) {
    count += samples.count
    for i in samples.indices {
      let value = Double(samples[i])
      sum += value
      sumOfSquares += value * value
    }
  }

  static func += (a: inout SampleMoments, b: SampleMoments) {
    a.count = a.count.addingReportingOverflow(b.count).partialValue
    a.sum += b.sum
    a.sumOfSquares += b.sumOfSquares
  }

  /// The mean; 0 without samples.
  var mean: Double { count > 0 ? sum / Double(count) : 0 }

  /// The biased variance; 0 without samples.
  var variance: Double {
    count > 0 ? max(0, sumOfSquares / Double(count) - mean * mean) : 0
  }
}
