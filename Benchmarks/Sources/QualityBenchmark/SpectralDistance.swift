import Foundation

/// Distances of magnitude spectra.
enum SpectralDistance {
  /// The window lengths of the multi-resolution distance; the hop is half of each.
  static let lengths = [32, 128, 512, 2048, 8192, 32768]

  /// The frame of the mel distance, and the fewest samples that can be mirrored at the ends of one.
  private static let melLength = 65536
  static let shortestClip = melLength / 2 + 1

  /// The mean over resolutions of mean |log a − log b| + mean |a − b|.
  static func multiResolution(_ a: Clip, _ b: Clip) -> Double {
    lengths.reduce(0) { sum, length in
      sum
        + distance(
          Spectrogram(a.samples, length: length, hop: length / 2).magnitudes,
          Spectrogram(b.samples, length: length, hop: length / 2).magnitudes)
    } / Double(lengths.count)
  }

  /// The same distance of 128 mel bands over frames of 65536.
  static func mel(_ a: Clip, _ b: Clip) -> Double {
    let length = melLength
    let bank = melBank(count: 128, length: length, rate: a.rate)
    return distance(
      Spectrogram(a.samples, length: length, hop: length).banded(bank),
      Spectrogram(b.samples, length: length, hop: length).banded(bank))
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    var sum = 0.0
    for i in a.indices {
      sum += Double(abs(log(max(a[i], 1e-8)) - log(max(b[i], 1e-8))) + abs(a[i] - b[i]))
    }
    return sum / Double(a.count)
  }

  /// Triangles of equal area on Slaney's mel scale: linear below 1 kHz, logarithmic above.
  private static func melBank(count: Int, length: Int, rate: Double) -> [(first: Int, weights: [Float])] {
    let step = log(6.4) / 27
    func mel(_ frequency: Double) -> Double {
      frequency < 1000 ? frequency * 3 / 200 : 15 + log(frequency / 1000) / step
    }
    func hertz(_ mel: Double) -> Double { mel < 15 ? mel * 200 / 3 : 1000 * exp(step * (mel - 15)) }
    let edges = (0..<count + 2).map { hertz(mel(rate / 2) * Double($0) / Double(count + 1)) }
    return (0..<count).map { band in
      let (low, centre, high) = (edges[band], edges[band + 1], edges[band + 2])
      let width = rate / Double(length)
      let first = Int((low / width).rounded(.up))
      let last = min(length / 2, Int(high / width))
      let weights = (first...max(first, last)).map { bin in
        let frequency = Double(bin) * width
        let height = min((frequency - low) / (centre - low), (high - frequency) / (high - centre))
        return Float(max(0, height) * 2 / (high - low))
      }
      return (first, weights)
    }
  }
}
