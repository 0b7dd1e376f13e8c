import Foundation

/// The power of a signal: its sum of squares, and how many samples it has.
struct SignalPower: Hashable, Sendable {
  var sum = 0.0
  var count = 0

  /// The level of the mean square in dB; nil for digital silence.
  var level: Double? { sum > 0 && count > 0 ? 10 * log10(sum / Double(count)) : nil }

  /// Adds the samples of a row.
  mutating func add(_ samples: Span<Float>) {
    sum += samples.sumOfSquares
    count += samples.count
  }
}

extension Span<Float> {
  /// The sum of squares, in Double.
  var sumOfSquares: Double {
    unsafe withUnsafeBufferPointer { samples in
      var sums = SIMD8<Double>.zero
      var i = 0
      guard let base = samples.baseAddress else { return 0 }
      while i + 8 <= samples.count {
        let values = SIMD8<Double>(
          unsafe UnsafeRawPointer(base + i).loadUnaligned(as: SIMD8<Float>.self))
        sums += values * values
        i += 8
      }
      var sum = sums.sum()
      while i < samples.count {
        let value = Double(unsafe samples[i])
        sum += value * value
        i += 1
      }
      return sum
    }
  }
}
