import Foundation

/// A second-order filter after Bristow-Johnson's audio equaliser formulas.
struct Biquad {
  private var b: SIMD3<Double>
  private var a: SIMD2<Double>

  static func peak(_ frequency: Double, q: Double, decibels: Double, rate: Double) -> Biquad {
    let w = 2 * Double.pi * frequency / rate
    let alpha = sin(w) / (2 * q)
    let gain = pow(10, decibels / 40)
    return Biquad(
      [1 + alpha * gain, -2 * cos(w), 1 - alpha * gain], [1 + alpha / gain, -2 * cos(w), 1 - alpha / gain])
  }

  static func shelf(_ frequency: Double, isHigh: Bool, decibels: Double, rate: Double) -> Biquad {
    let w = 2 * Double.pi * frequency / rate
    let gain = pow(10, decibels / 40)
    // The slope S = 1/2 of sox's bass and treble.
    let root = gain.squareRoot() * sin(w) * (gain + 1 / gain + 2).squareRoot()
    let c = isHigh ? -cos(w) : cos(w)
    let sign = isHigh ? -1.0 : 1.0
    return Biquad(
      [
        gain * ((gain + 1) - (gain - 1) * c + root), sign * 2 * gain * ((gain - 1) - (gain + 1) * c),
        gain * ((gain + 1) - (gain - 1) * c - root),
      ],
      [
        (gain + 1) + (gain - 1) * c + root, sign * -2 * ((gain - 1) + (gain + 1) * c),
        (gain + 1) + (gain - 1) * c - root,
      ])
  }

  private init(_ b: SIMD3<Double>, _ a: SIMD3<Double>) {
    self.b = b / a.x
    self.a = SIMD2(a.y, a.z) / a.x
  }

  func apply(to samples: inout [Double]) {
    var (z1, z2) = (0.0, 0.0)
    for i in samples.indices {
      let x = samples[i]
      let y = b.x * x + z1
      z1 = b.y * x - a.x * y + z2
      z2 = b.z * x - a.y * y
      samples[i] = y
    }
  }
}
