import AudioRestyle
import Foundation

/// The rules that engineers start from: an equaliser from the two mean spectra, then a compressor until the loudness fits.
///
/// After the baseline described by Steinmetz, Bryan and Reiss (2022): the equaliser's response is the ratio of the smoothed
/// mean magnitude spectra; a compressor's threshold goes down until the result, at the same peak, is as loud as the style.
enum RuleBased {
  private static let ratio = 3.0
  private static let thresholds = stride(from: -12.0, through: -80, by: -1)
  private static let largestGain = 24.0

  static func restyle(_ content: Clip, towards style: Clip) -> Clip {
    let equalized = equalize(content, towards: style).normalized
    let target = style.normalized.loudness
    var result = equalized
    for threshold in thresholds {
      guard result.loudness < target - 0.5 else { break }
      var samples = equalized.samples.map(Double.init)
      Dynamics(threshold: threshold, ratio: ratio, knee: 6, attack: 0.001, release: 0.05)
        .apply(to: &samples, rate: content.rate)
      result = Clip(samples: samples.map(Float.init), rate: content.rate, name: content.name).normalized
    }
    return result
  }

  private static func equalize(_ content: Clip, towards style: Clip) -> Clip {
    let geometry = STFTGeometry(sampleRate: content.rate)
    let (own, wanted) = (meanSpectrum(content, geometry), meanSpectrum(style, geometry))
    let factors = zip(own, wanted).map { own, wanted in
      let gain = 20 * log10(max(wanted, 1e-9) / max(own, 1e-9))
      return Float(pow(10, min(max(gain, -largestGain), largestGain) / 20))
    }
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 1)
    var synthesizer = STFTSynthesizer(geometry: geometry, channelCount: 1)
    analyzer.append(content.samples.span, channel: 0)
    analyzer.finish()
    var frame = analyzer.makeFrame()
    var output: [Float] = []
    while analyzer.nextFrame(into: &frame) {
      for k in factors.indices {
        frame.real[k] *= factors[k]
        frame.imaginary[k] *= factors[k]
      }
      synthesizer.add(frame)
      synthesizer.withOutput(channel: 0) { samples in for i in samples.indices { output.append(samples[i]) } }
    }
    return Clip(samples: Array(output.prefix(content.samples.count)), rate: content.rate, name: content.name)
  }

  /// The mean magnitudes at unit level, smoothed over a third of an octave.
  private static func meanSpectrum(_ clip: Clip, _ geometry: STFTGeometry) -> [Double] {
    let spectrum = Spectrogram(clip.samples, length: geometry.fftLength, hop: geometry.fftLength / 4)
    let mean = (0..<spectrum.binCount).map { bin in
      (0..<spectrum.frameCount).reduce(0.0) { $0 + Double(spectrum.magnitudes[$1 * spectrum.binCount + bin]) }
    }
    let smooth = mean.indices.map { bin in
      let (low, high) = (
        Int(Double(bin) / 1.122), min(mean.count - 1, Int((Double(bin) * 1.122).rounded(.up)))
      )
      return mean[low...high].reduce(0, +) / Double(high - low + 1)
    }
    let level = smooth.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return smooth.map { $0 / max(level, 1e-9) }
  }
}
