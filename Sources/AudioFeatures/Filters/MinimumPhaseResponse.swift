import Foundation

/// The impulse response of least delay that has a given magnitude at every frequency.
///
/// Equalisers, and for the most part microphones and loudspeakers, delay no more than their magnitude makes them: their
/// phase is the Hilbert transform of the logarithm of the magnitude. It is made by way of the cepstrum (Oppenheim and
/// Schafer, Discrete-Time Signal Processing, 3rd edition, 13.5): the real cepstrum `c = F⁻¹(ln |H|)` is folded to
/// `c[0], 2·c[1] … 2·c[F/2 − 1], c[F/2]`, and h is the inverse transform of the exponential of its transform. Nothing
/// stands before h[0].
public struct MinimumPhaseResponse: Sendable {
  /// The impulse response h of K samples; its last quarter fades out by half a cosine.
  public let taps: ContiguousArray<Float>

  /// Creates the response of a magnitude.
  ///
  /// Transforms have twice its length, so that the cepstrum has died away where it would wrap around: for gains of bands,
  /// random by 8 dB, the magnitude is within 0.01 dB in the root mean square and 0.3 dB at most.
  ///
  /// - Parameter decibels: The magnitude in dB at K + 1 evenly spaced frequencies from 0 to half the sample rate; K is a
  ///   power of two from 4 to 2¹⁹.
  public init(decibels: ContiguousArray<Float>) {
    let count = decibels.count - 1
    let plan = RealFFT.shared(length: 2 * count)
    var workspace = RealFFT.Workspace(for: plan)
    var spectrum = Spectrum(binCount: plan.binCount)
    let scale = Float(log(10.0) / 20)
    spectrum.fill { (scale * decibels[$0], 0) }
    var samples = ContiguousArray<Float>(repeating: 0, count: plan.length)
    spectrum.invert(into: &samples, plan, &workspace)
    for n in 1..<count {
      samples[n] *= 2
      samples[plan.length - n] = 0
    }
    spectrum.transform(samples, plan, &workspace)
    let phases = spectrum.imaginary
    var magnitudes = decibels
    unsafe magnitudes.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    spectrum.fill { (magnitudes[$0] * cos(phases[$0]), magnitudes[$0] * sin(phases[$0])) }
    spectrum.invert(into: &samples, plan, &workspace)
    let fade = Float(count / 4 + 1)
    taps = ContiguousArray(
      (0..<count).map { n in
        let left = Float(count - n) / fade
        return samples[n] * (left < 1 ? (1 - cos(.pi * left)) / 2 : 1)
      })
  }
}
