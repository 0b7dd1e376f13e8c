import AudioFeatures
import Foundation
import TestSupport
import Testing

@Suite struct RealFFTTests {
  /// X[k] of the definition in Double, through a table of all N roots of unity.
  private static func naive(_ x: [Float], bins: [Int]) -> [(Double, Double)] {
    let n = x.count
    let roots = (0..<n).map { 2 * Double.pi * Double($0) / Double(n) }.map { (cos($0), -sin($0)) }
    return bins.map { k in
      var sum = (0.0, 0.0)
      for (i, value) in x.enumerated() {
        let root = roots[(i * k) % n]
        sum.0 += Double(value) * root.0
        sum.1 += Double(value) * root.1
      }
      return sum
    }
  }

  private static func forward(_ x: [Float]) -> (real: [Float], imaginary: [Float]) {
    let plan = RealFFT(length: x.count)
    var workspace = RealFFT.Workspace(for: plan)
    var real = [Float](repeating: .nan, count: plan.binCount)
    var imaginary = real
    x.withUnsafeBufferPointer { x in
      real.withUnsafeMutableBufferPointer { real in
        imaginary.withUnsafeMutableBufferPointer { imaginary in
          plan.forward(x, real: real, imaginary: imaginary, workspace: &workspace)
        }
      }
    }
    return (real, imaginary)
  }

  private static func inverse(_ real: [Float], _ imaginary: [Float], length: Int) -> [Float] {
    let plan = RealFFT(length: length)
    var workspace = RealFFT.Workspace(for: plan)
    var output = [Float](repeating: .nan, count: length)
    real.withUnsafeBufferPointer { real in
      imaginary.withUnsafeBufferPointer { imaginary in
        output.withUnsafeMutableBufferPointer { output in
          plan.inverse(real: real, imaginary: imaginary, output: output, workspace: &workspace)
        }
      }
    }
    return output
  }

  /// All bins up to 4096; a spread of bins above, where the definition would take minutes.
  @Test(arguments: (1...20).map { 1 << $0 }) func agreesWithTheDefinition(length: Int) {
    var noise = SplitMix64(state: UInt64(length))
    let x = noise.samples(length)
    let (real, imaginary) = Self.forward(x)
    let last = length / 2
    let bins =
      length <= 4096 ? Array(0...last) : [0, 1, 2, 3, 5, last / 3, last / 2, last - 2, last - 1, last]
    let expected = Self.naive(x, bins: bins)
    let energy = x.reduce(0) { $0 + Double($1) * Double($1) }
    // Each of log₂ N stages adds a rounding error of half an ulp (2⁻²⁵ relative, 2⁻²³ with twiddles) to values whose
    // root mean square is √Σx².
    let tolerance = energy.squareRoot() * Double(Float.ulpOfOne) * (2 + log2(Double(length)))
    for (bin, value) in zip(bins, expected) {
      #expect(abs(Double(real[bin]) - value.0) <= tolerance, "real part of bin \(bin)")
      #expect(abs(Double(imaginary[bin]) - value.1) <= tolerance, "imaginary part of bin \(bin)")
    }
  }

  @Test(arguments: (1...20).map { 1 << $0 }) func inverseUndoesForward(length: Int) {
    var noise = SplitMix64(state: UInt64(length) + 1)
    let x = noise.samples(length)
    let (real, imaginary) = Self.forward(x)
    let y = Self.inverse(real, imaginary, length: length)
    let worst = zip(x, y).map { abs($0 - $1) }.max() ?? .nan
    #expect(worst <= Float.ulpOfOne * (2 + log2(Float(length))))
  }

  @Test func imaginaryPartsOfTheEdgeBinsAreIgnored() {
    var (real, imaginary) = Self.forward([1, -2, 3, 0.5, 0, 1, 1, -1])
    let clean = Self.inverse(real, imaginary, length: 8)
    imaginary[0] = 7
    imaginary[4] = -3
    real[2] += 0
    #expect(Self.inverse(real, imaginary, length: 8) == clean)
  }

  @Test func aUnitImpulseHasAFlatSpectrum() {
    var x = [Float](repeating: 0, count: 512)
    x[0] = 1
    let (real, imaginary) = Self.forward(x)
    #expect(real.allSatisfy { $0 == 1 })
    #expect(imaginary.allSatisfy { $0 == 0 })
  }
}
