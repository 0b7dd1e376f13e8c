import AdaIN
import Foundation

/// The errors of statistics over many `Float` values against sums in twice the digits of `Double`.
enum StreamError {
  static func lines(count: Int, json: Bool) throws -> [String] {
    let chunkLength = min(1_000_000, count)
    var state: UInt64 = 2026
    var reference = WideMoments()
    var stream = StatisticsStream(numFeatures: 1)
    var accumulated = StyleStatistics(numFeatures: 1)
    var plain = (sum: 0.0, squares: 0.0)
    var narrow = (sum: Float(0), squares: Float(0))
    var done = 0
    while done < count {
      let length = min(chunkLength, count - done)
      // Uniform from −0.75 to 1.25 in steps of about 10⁻⁶, rounded to 24 binary digits.
      let chunk = Tensor3<Float>(shape: TensorShape(1, 1, length)) { buffer in
        for index in buffer.indices {
          state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
          buffer.initializeElement(at: index, to: Float(state >> 43) * (2 / 2_097_151) - 0.75)
        }
      }
      try stream.append(chunk)
      try accumulated.accumulate(chunk, device: .cpu(threads: 1))
      for x in chunk.scalars {
        reference.add(Double(x))
        plain = (plain.sum + Double(x), plain.squares + Double(x) * Double(x))
        narrow = (narrow.sum + x, narrow.squares + x * x)
      }
      done += length
    }
    let spread = reference.variance.squareRoot()
    func line(_ name: String, _ mean: Double, _ low: Double, _ variance: Double) -> String {
      let meanError = abs(reference.distance(ofMean: mean, low)) / spread
      let varianceError = abs(variance - reference.variance) / reference.variance
      if json {
        return
          "{\"name\":\"\(name)\",\"count\":\(count),\"meanError\":\(meanError),\"varianceError\":\(varianceError)}"
      }
      return String(format: "  mean %.1e σ, variance %.1e   ", meanError, varianceError) + name
    }
    func moments(_ name: String, _ statistics: StyleStatistics) -> String {
      let moments = statistics[0, 0]
      return line(name, moments.mean, moments.meanLow, moments.variance())
    }
    func sums(_ name: String, _ sum: Double, _ squares: Double) -> String {
      let mean = sum / Double(count)
      return line(name, mean, 0, squares / Double(count) - mean * mean)
    }
    return (json ? [] : ["errors over \(count) Float values:"]) + [
      moments("StatisticsStream", stream.statistics),
      moments("StyleStatistics, chunks of \(chunkLength)", accumulated),
      sums("plain sums in Double", plain.sum, plain.squares),
      sums("plain sums in Float", Double(narrow.sum), Double(narrow.squares)),
    ]
  }
}

/// Mean and variance from sums of d = x − ¼ and d², each kept as two `Double`s: every addition and product is exact but
/// for the last digits of the lower part.
struct WideMoments {
  private static let centre = 0.25

  private var count = 0.0
  private var sum = (high: 0.0, low: 0.0)
  private var squares = (high: 0.0, low: 0.0)

  /// Takes in a `Float`'s value, which differs from ¼ by a `Double`.
  mutating func add(_ x: Double) {
    let d = x - Self.centre
    let product = d * d
    count += 1
    Self.add(d, 0, to: &sum)
    Self.add(product, (-product).addingProduct(d, d), to: &squares)
  }

  /// Knuth's exact sum; the rounding error goes to the lower part.
  private static func add(_ value: Double, _ low: Double, to total: inout (high: Double, low: Double)) {
    let high = total.high + value
    let back = high - total.high
    total.low += ((total.high - (high - back)) + (value - back)) + low
    total.high = high
  }

  /// The biased variance, rounded to `Double`.
  var variance: Double {
    let mean = (sum.high + sum.low) / count
    return (squares.high - mean * sum.high + (squares.low - mean * sum.low)) / count
  }

  /// How far a mean, given as two parts, is from this one.
  func distance(ofMean mean: Double, _ low: Double) -> Double {
    let quotient = sum.high / count
    let rest = (sum.high.addingProduct(-quotient, count) + sum.low) / count
    return ((mean - Self.centre) - quotient) + (low - rest)
  }
}
