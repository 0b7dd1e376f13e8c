import AudioRestyle
import Foundation

/// Magnitudes |X| of centred, Hann-windowed frames; the clip continues as its mirror image at both ends.
struct Spectrogram {
  let binCount: Int
  let frameCount: Int
  /// The magnitudes, one frame after the other.
  private(set) var magnitudes: [Float]

  init(_ samples: [Float], length: Int, hop: Int) {
    let fft = RealFFT(length: length)
    var workspace = RealFFT.Workspace(for: fft)
    let bins = fft.binCount
    binCount = bins
    frameCount = 1 + samples.count / hop
    magnitudes = [Float](repeating: 0, count: bins * frameCount)
    let window = (0..<length).map { Float(0.5 - 0.5 * cos(2 * .pi * Double($0) / Double(length))) }
    var frame = [Float](repeating: 0, count: length)
    var real = [Float](repeating: 0, count: bins)
    var imaginary = real
    for index in 0..<frameCount {
      for i in 0..<length {
        frame[i] = window[i] * samples[Self.mirrored(index * hop + i - length / 2, samples.count)]
      }
      frame.withUnsafeBufferPointer { frame in
        real.withUnsafeMutableBufferPointer { real in
          imaginary.withUnsafeMutableBufferPointer {
            fft.forward(frame, real: real, imaginary: $0, workspace: &workspace)
          }
        }
      }
      for k in 0..<bins {
        magnitudes[index * bins + k] = max(real[k] * real[k] + imaginary[k] * imaginary[k], 1e-8).squareRoot()
      }
    }
  }

  /// The place of a sample of the clip continued as its mirror image, over and over.
  private static func mirrored(_ index: Int, _ count: Int) -> Int {
    guard count > 1 else { return 0 }
    let place = abs(index) % (2 * count - 2)
    return place < count ? place : 2 * count - 2 - place
  }

  /// Every frame's magnitudes through a bank of weights, one row of bins a band.
  func banded(_ bands: [(first: Int, weights: [Float])]) -> [Float] {
    (0..<frameCount).flatMap { frame in
      bands.map { band in
        band.weights.indices.reduce(Float(0)) {
          $0 + band.weights[$1] * magnitudes[frame * binCount + band.first + $1]
        }
      }
    }
  }

  /// The mean over frames of each frame's spectral centroid in Hz.
  func meanCentroid(rate: Double) -> Double {
    let width = rate / Double(2 * (binCount - 1))
    return (0..<frameCount).reduce(0.0) { sum, frame in
      var (weighted, total) = (0.0, 0.0)
      for k in 0..<binCount {
        let magnitude = Double(magnitudes[frame * binCount + k])
        weighted += Double(k) * width * magnitude
        total += magnitude
      }
      return sum + weighted / total
    } / Double(frameCount)
  }
}
