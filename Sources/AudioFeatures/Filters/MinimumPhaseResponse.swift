import Foundation

/// The impulse response of least delay that has a given magnitude at every frequency.
///
/// Equalisers, and for the most part microphones and loudspeakers, delay no more than their magnitude makes them: their
/// phase is the Hilbert transform of the logarithm of the magnitude. It is made by way of the cepstrum (Oppenheim and
/// Schafer, Discrete-Time Signal Processing, 3rd edition, 13.5): the real cepstrum `c = F⁻¹(ln |H|)` is folded to
/// `c[0], 2·c[1] … 2·c[F/2 − 1], c[F/2]`, and h is the inverse transform of the exponential of its transform. Nothing
/// stands before h[0].
public struct MinimumPhaseResponse: Sendable {
  /// The impulse response h; its last quarter fades out by half a cosine.
  public let taps: ContiguousArray<Float>

  /// How many times longer than the response the transforms are, so that the cepstrum has died away where it would wrap around.
  private static let oversampling = 8

  /// Creates the response of a magnitude.
  ///
  /// - Parameters:
  ///   - count: The number of samples of the response, a power of two from 4 to 2¹⁷.
  ///   - decibels: The magnitude in dB at a frequency in cycles a sample, from 0 to 1/2.
  public init(count: Int, decibels: (Double) -> Double) {
    let length = count * Self.oversampling
    let plan = RealFFT.shared(length: length)
    var workspace = RealFFT.Workspace(for: plan)
    let scale = log(10.0) / 20
    let logarithms = ContiguousArray(
      (0..<plan.binCount).map { Float(scale * decibels(Double($0) / Double(length))) })
    var spectrum = Spectrum(binCount: plan.binCount)
    spectrum.fill { (logarithms[$0], 0) }
    var cepstrum = ContiguousArray<Float>(repeating: 0, count: length)
    spectrum.invert(into: &cepstrum, plan, &workspace)
    for n in 1..<length / 2 {
      cepstrum[n] *= 2
      cepstrum[length - n] = 0
    }
    spectrum.transform(cepstrum, plan, &workspace)
    let phase = spectrum.imaginary
    spectrum.fill { bin in
      let magnitude = exp(logarithms[bin])
      return (magnitude * cos(phase[bin]), magnitude * sin(phase[bin]))
    }
    var response = cepstrum
    spectrum.invert(into: &response, plan, &workspace)
    let fade = count / 4
    taps = ContiguousArray(
      (0..<count).map { n in
        let left = Float(count - n) / Float(fade + 1)
        return response[n] * (left < 1 ? (1 - cos(.pi * left)) / 2 : 1)
      })
  }
}
