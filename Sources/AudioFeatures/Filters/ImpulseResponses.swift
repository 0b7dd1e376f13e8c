import Foundation

/// The curve of gains in dB, at evenly spaced frequencies, that the gains of bands define.
///
/// From 20 Hz on it is the curve of ``GainInterpolator``: linear over the ERB-rate scale between centres, constant
/// above the last centre. Below 20 Hz a gain above 0 dB falls to 0 dB at 0 Hz, so that an offset of the samples is not
/// raised.
public struct GainCurve: Sendable {
  private let bandCount: Int
  /// For each frequency the band below it, and the share, 0 to 1, of the way to the next band.
  private let shares: ContiguousArray<(band: Int32, share: Float)>
  /// For each frequency f under 20 Hz, f / 20 Hz.
  private let fades: ContiguousArray<Float>

  private struct Key: Hashable {
    var layout: BandLayout
    var sampleRate: Double
    var count: Int
  }

  private static let curves = TableCache<Key, GainCurve> { GainCurve($0) }

  /// The curve at `count` frequencies from 0 Hz to half the sample rate, made once and shared.
  ///
  /// - Precondition: The layout has a band, and there are at least two frequencies.
  public static func shared(layout: BandLayout, sampleRate: Double, count: Int) -> GainCurve {
    curves[Key(layout: layout, sampleRate: sampleRate, count: count)]
  }

  private init(_ key: Key) {
    precondition(key.layout.count > 0 && key.count > 1)
    bandCount = key.layout.count
    let step = key.sampleRate / 2 / Double(key.count - 1)
    shares = ContiguousArray(
      (0..<key.count).map { index in
        let position = key.layout.position(of: Double(index) * step)
        return (Int32(position), Float(position - position.rounded(.down)))
      })
    let low = (0..<key.count).prefix { Double($0) * step < BandLayout.lowestFrequency }
    fades = ContiguousArray(low.map { Float(Double($0) * step / BandLayout.lowestFrequency) })
  }

  /// The gain in dB at each frequency.
  ///
  /// - Parameter gains: The gain of each band in dB.
  public func decibels(_ gains: [Float]) -> ContiguousArray<Float> {
    precondition(gains.count == bandCount)
    var result = ContiguousArray(
      shares.map { band, share in
        let low = gains[Int(band)]
        return share == 0 ? low : low + share * (gains[Int(band) + 1] - low)
      })
    for (index, fade) in fades.enumerated() { result[index] = min(result[index], fade * result[index]) }
    return result
  }
}

/// The impulse response that has a given magnitude at every frequency and delays all of them alike.
///
/// `h[n] = F⁻¹(|H|)[n − K]`, the inverse transform of the magnitude, symmetric about the sample K. All frequencies are
/// delayed by K samples. Sharp features of the magnitude ring before a sound as long as after it.
public struct LinearPhaseResponse: Sendable {
  /// The impulse response of 2·K samples; K/4 samples at either end fade by half a cosine.
  public let taps: ContiguousArray<Float>

  /// Creates the response of a magnitude.
  ///
  /// - Parameter decibels: The magnitude in dB at K + 1 evenly spaced frequencies from 0 to half the sample rate; K is
  ///   a power of two from 4 to 2¹⁹.
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

/// The impulse response of least delay that has a given magnitude at every frequency.
///
/// Equalisers, and for the most part microphones and loudspeakers, have minimum phase: their phase is the Hilbert
/// transform of the logarithm of the magnitude. The real cepstrum `c = F⁻¹(ln |H|)` is folded to
/// `c[0], 2·c[1] … 2·c[F/2 − 1], c[F/2]`, and h is the inverse transform of the exponential of the folded cepstrum's
/// transform. The response begins at h[0]. Source: Oppenheim and Schafer, *Discrete-Time Signal Processing*, 3rd
/// edition, section 13.5.
public struct MinimumPhaseResponse: Sendable {
  /// The impulse response h of K samples; its last quarter fades out by half a cosine.
  public let taps: ContiguousArray<Float>

  /// Creates the response of a magnitude.
  ///
  /// Transforms have twice the response's length, so that the cepstrum has decayed before it wraps around. For band
  /// gains that vary randomly by 8 dB, the error of the magnitude is 0.01 dB (root mean square) and at most 0.3 dB.
  ///
  /// - Parameter decibels: The magnitude in dB at K + 1 evenly spaced frequencies from 0 to half the sample rate; K is
  ///   a power of two from 4 to 2¹⁹.
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
