import Foundation
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

@Suite struct LossCurveTests {
  /// Losses that are a power law from 3 dB on.
  private func loss(_ gain: Double, exponent: Double) -> Double { 0.04 * pow(gain - 3, exponent) }

  @Test func oneMeasurementGivesASquareLaw() {
    var curve = LossCurve(start: 3)
    curve.add(gain: 7, loss: loss(7, exponent: 2))
    #expect(abs(curve.gain(atLoss: loss(9, exponent: 2)) - 9) < 1e-9)
    for raised in [-0.5, 0.3, 0.9] {
      let gain = curve.gain(raising: raised)
      let found = (gain - loss(gain, exponent: 2)) - (7 - loss(7, exponent: 2))
      #expect(abs(found - raised) < 1e-6)
    }
  }

  @Test(arguments: [1.3, 1.8, 2.4]) func twoMeasurementsGiveTheExponent(exponent: Double) {
    var curve = LossCurve(start: 3)
    curve.add(gain: 5, loss: loss(5, exponent: exponent))
    curve.add(gain: 6, loss: loss(6, exponent: exponent))
    #expect(abs(curve.gain(atLoss: loss(8, exponent: exponent)) - 8) < 1e-9)
    let gain = curve.gain(raising: 0.6)
    #expect(abs(gain - loss(gain, exponent: exponent) - (6 - loss(6, exponent: exponent)) - 0.6) < 1e-6)
  }

  @Test func whatLosesNothingFollowsTheGain() {
    var curve = LossCurve(start: 0)
    curve.add(gain: 4, loss: -1e-4)
    #expect(abs(curve.gain(raising: 0.5) - 4.5) < 1e-4)
    #expect(curve.gain(atLoss: 2) > 100)
  }

  @Test func allThatIsFoundIsANumber() {
    var curve = LossCurve(start: 0)
    for (gain, loss) in [(0.0, 0.0), (0, 5), (12, 30), (12, 30), (11.9, 0), (30, 100)] {
      curve.add(gain: gain, loss: loss)
      for raised in [-20.0, 0, 20] { #expect(curve.gain(raising: raised).isFinite) }
      #expect(curve.gain(atLoss: 1.97).isFinite)
    }
  }
}
