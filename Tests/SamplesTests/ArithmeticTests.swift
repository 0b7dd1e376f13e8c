import Foundation
import Testing

@testable import SampleSynthesis

/// The synthesiser's own elementary functions against the system's.
struct ArithmeticTests {
  /// Series are cut off below 1e-15; rounding of the argument's reduction adds a few units in the last place.
  static let tolerance = 1e-14

  static func worst(_ arguments: [Double], _ error: (Double) -> Double) -> Double {
    arguments.map { abs(error($0)) }.max() ?? .infinity
  }

  @Test func sineAndCosine() {
    let turns = (-4000...4000).map { Double($0) / 997 }
    #expect(Self.worst(turns) { Arithmetic.sine(turns: $0) - sin(2 * Double.pi * $0) } < Self.tolerance)
    #expect(Self.worst(turns) { Arithmetic.cosine(turns: $0) - cos(2 * Double.pi * $0) } < Self.tolerance)
  }

  @Test func powersAndLogarithms() {
    let values = (-3000...3000).map { Double($0) / 101 }
    #expect(Self.worst(values) { Arithmetic.exp2($0) / exp2($0) - 1 } < Self.tolerance)
    #expect(Self.worst(values) { Arithmetic.exp($0) / exp($0) - 1 } < Self.tolerance)
    #expect(Self.worst(values) { Arithmetic.tanh($0) - tanh($0) } < Self.tolerance)
    #expect(Self.worst(values) { (Arithmetic.log2(exp2($0)) - $0) / max(1, abs($0)) } < Self.tolerance)
  }

  @Test func decibels() {
    #expect(abs(Arithmetic.amplitude(decibels: 20) - 10) < 1e-13)
    #expect(abs(Arithmetic.decibels(amplitude: 0.1) + 20) < 1e-13)
    #expect(Arithmetic.decibels(amplitude: 0) == -200)
  }
}
