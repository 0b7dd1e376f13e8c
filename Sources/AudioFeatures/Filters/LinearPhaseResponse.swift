import Foundation

/// The impulse response that has a given magnitude at every frequency and delays all of them alike.
///
/// It is the inverse transform of the magnitude, `h[n] = F⁻¹(|H|)[n − K]`, symmetric about the sample K: all frequencies
/// come K samples late, and what is sharp in the magnitude rings before a sound as long as after it.
public struct LinearPhaseResponse: Sendable {
  /// The impulse response of 2·K samples; its outer quarters fade in and out by half a cosine.
  public let taps: ContiguousArray<Float>

  /// Creates the response of a magnitude.
  ///
  /// - Parameter decibels: The magnitude in dB at K + 1 evenly spaced frequencies from 0 to half the sample rate; K is a
  ///   power of two from 4 to 2¹⁹.
  public init(decibels: ContiguousArray<Float>) {
    let count = decibels.count - 1
    let plan = RealFFT.shared(length: 2 * count)
    var workspace = RealFFT.Workspace(for: plan)
    var spectrum = Spectrum(binCount: plan.binCount)
    var magnitudes = decibels
    unsafe magnitudes.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    spectrum.fill { (magnitudes[$0], 0) }
    var samples = ContiguousArray<Float>(repeating: 0, count: plan.length)
    spectrum.invert(into: &samples, plan, &workspace)
    let fade = Float(count / 4 + 1)
    taps = ContiguousArray(
      (0..<2 * count).map { n in
        let left = Float(count - abs(n - count)) / fade
        return samples[(n + count) % (2 * count)] * (left < 1 ? (1 - cos(.pi * left)) / 2 : 1)
      })
  }
}
