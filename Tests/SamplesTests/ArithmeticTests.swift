import Foundation
import Testing

@testable import SampleSynthesis

/// The synthesiser's own elementary functions against the system's.
struct ArithmeticTests {
  /// Series are cut off below 1e-15; rounding of the argument's reduction adds a few units in the last place.
  static let tolerance = 1e-14

  @Test func sineAndCosine() {
    for step in -4000...4000 {
      let turns = Double(step) / 997
      #expect(abs(Arithmetic.sine(turns: turns) - sin(2 * Double.pi * turns)) < Self.tolerance)
      #expect(abs(Arithmetic.cosine(turns: turns) - cos(2 * Double.pi * turns)) < Self.tolerance)
    }
  }

  @Test func powersAndLogarithms() {
    for step in -3000...3000 {
      let x = Double(step) / 101
      #expect(abs(Arithmetic.exp2(x) / exp2(x) - 1) < Self.tolerance)
      #expect(abs(Arithmetic.exp(x) / exp(x) - 1) < Self.tolerance)
      #expect(abs(Arithmetic.tanh(x) - tanh(x)) < Self.tolerance)
      #expect(abs(Arithmetic.log2(exp2(x)) - x) < Self.tolerance * max(1, abs(x)))
    }
  }

  @Test func decibels() {
    #expect(abs(Arithmetic.amplitude(decibels: 20) - 10) < 1e-13)
    #expect(abs(Arithmetic.decibels(amplitude: 0.1) + 20) < 1e-13)
    #expect(Arithmetic.decibels(amplitude: 0) == -200)
  }
}
