import TestSupport
import Testing

@testable import struct AdaIN.PiecewiseLinear

@Suite struct PiecewiseLinearTests {
  /// The value by a walk over all knots.
  private func walked(_ xs: [Double], _ ys: [Double], _ x: Double) -> Double {
    for i in xs.indices.dropFirst() where xs[i] > x {
      let t = (x - xs[i - 1]) / (xs[i] - xs[i - 1])
      return ys[i - 1] * (1 - t) + ys[i] * t
    }
    return ys[ys.count - 1] + (x - xs[xs.count - 1])
  }

  @Test(arguments: 0..<5) func everyPlaceIsFound(kind: Int) {
    var random = SplitMix64(state: UInt64(kind))
    var xs = (0..<500).map { i in
      switch kind {
      case 0: random.normal()
      case 1: Double(i) * 0.1
      case 2: random.normal() * (i % 9 == 0 ? 1e12 : 1e-9)
      case 3: (random.normal() * 3).rounded()
      default: Double(i < 250 ? -1e300 : 1e300) * Double.random(in: 0.5...1, using: &random)
      }
    }.sorted()
    if kind != 3 { xs = Array(Set(xs)).sorted() }
    let ys = xs.indices.map { Double($0) * 1.25 - 7 }
    let map = PiecewiseLinear(xs: xs, ys: ys)
    for (i, x) in xs.enumerated().dropLast() where x > xs[0] {
      #expect(map(x) == walked(xs, ys, x))
      for t in [1e-12, 0.3, 1 - 1e-12] where i + 1 < xs.count {
        let between = x + t * (xs[i + 1] - x)
        if between < xs[xs.count - 1] { #expect(map(between) == walked(xs, ys, between)) }
      }
    }
    #expect(map(xs[0]) == ys[0])
  }

  @Test func limitsDifferAtAJump() {
    let map = PiecewiseLinear(xs: [0, 0.5, 0.5, 1], ys: [1, 2, 5, 6])
    #expect(map.leftLimit(0.5) == 2 && map.clamped(0.5) == 5)
    #expect(map.leftLimit(0.25) == 1.5 && map.clamped(0.75) == 5.5)
    #expect(map.leftLimit(0) == 1 && map.leftLimit(1) == 6 && map.clamped(-1) == 1 && map.clamped(2) == 6)
    #expect(PiecewiseLinear(xs: [3], ys: [4])(5) == 6 && PiecewiseLinear(xs: [], ys: [])(5) == 5)
  }
}
