#if arch(x86_64)
import TestSupport
import Testing

@testable import AudioFeatures

/// Arithmetic on rows of this processor against Swift's own: the same bits.
@Suite struct RowKernelTests {
  typealias Row = UnsafeMutablePointer<Float>

  /// Rows with ordinary values, and with those that need care.
  static func rows(_ count: Int, _ round: Int) -> [[Float]] {
    var numbers = SplitMix64(state: UInt64(1000 * round + count))
    return (0..<3).map { row in
      var values = numbers.samples(count + 1)
      let special: [Float] = [.nan, .infinity, -.infinity, -0.0, 0, .leastNonzeroMagnitude, 1e30, -700, 700]
      if round > 0 { values[(7 * round + row) % values.count] = special[(round + 4 * row) % special.count] }
      return values.map { round % 3 == 2 ? $0 * 100 : $0 }
    }
  }

  /// Applies both to the same rows of some lengths; what follows a row must stay as it is.
  static func compare(
    _ portable: (Row, Row, Row, Int) -> Float, _ wide: (Row, Row, Row, Int) -> Float?,
    location: SourceLocation = #_sourceLocation
  ) {
    for count in [0, 1, 7, 8, 9, 16, 31, 40, 257] {
      for round in 0..<20 {
        let rows = rows(count, round)
        let results = [true, false].map { isPortable -> [UInt32]? in
          var (a, b, c) = (rows[0], rows[1], rows[2])
          let value = a.withUnsafeMutableBufferPointer { a in
            b.withUnsafeMutableBufferPointer { b in
              c.withUnsafeMutableBufferPointer { c -> Float? in
                guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return nil }
                return isPortable ? portable(a, b, c, count) : wide(a, b, c, count)
              }
            }
          }
          return value.map { FourierKernelTests.bits(a + b + c + [$0]) }
        }
        guard let found = results[1] else { return }
        #expect(found == results[0], "\(count) values, round \(round)", sourceLocation: location)
        #expect(found[count] == FourierKernelTests.bits(rows[0])[count], sourceLocation: location)
      }
    }
  }

  @Test func factors() {
    Self.compare { target, factors, _, count in
      PortableRows.scale(target, by: factors, count: count)
      return 0
    } _: { target, factors, _, count in
      AVX2Rows.scale(target, by: factors, count: count) ? 0 : nil
    }
  }

  @Test func sumsOfProducts() {
    Self.compare {
      PortableRows.multiplyAdd($1, $2, to: $0, count: $3)
      return PortableRows.dot($1, $2, count: $3)
    } _: {
      AVX2Rows.multiplyAdd($1, $2, to: $0, count: $3) ? AVX2Rows.dot($1, $2, count: $3) : nil
    }
  }

  @Test(arguments: [false, true]) func powers(adding: Bool) {
    Self.compare {
      PortableRows.power($1, $2, scale: 0.3, adding: adding, into: $0, count: $3)
      return 0
    } _: {
      AVX2Rows.power($1, $2, scale: 0.3, adding: adding, into: $0, count: $3) ? 0 : nil
    }
  }

  @Test func fourthRoots() {
    Self.compare {
      PortableRows.addFourthRoots(of: $1, to: $0, count: $3)
      return 0
    } _: {
      AVX2Rows.addFourthRoots(of: $1, to: $0, count: $3) ? 0 : nil
    }
  }

  @Test func amplitudes() {
    Self.compare { gains, _, _, count in
      PortableRows.amplitudes(gains, count: count)
      return 0
    } _: { gains, _, _, count in
      AVX2Rows.amplitudes(gains, count: count) ? 0 : nil
    }
  }
}
#endif
