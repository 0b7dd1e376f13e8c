import Foundation
import SoundFiles
import Testing

@testable import restyle

@Suite struct SpectrogramTests {
  private static let rate = 48_000.0

  /// Measures samples that arrive in pieces.
  private func spectrogram(
    _ channels: [[Float]], rate: Double = Self.rate, pieces: [Int] = [16_384]
  ) -> Spectrogram {
    var meter = SpectrogramMeter(
      sampleRate: rate, channelCount: channels.count, frameCount: channels[0].count,
      frequencies: 20...min(20_000, rate / 2))
    var (place, piece) = (0, 0)
    while place < channels[0].count {
      let end = min(channels[0].count, place + pieces[piece % pieces.count])
      meter.add(
        FrameBuffer(channels: channels.map { Array($0[place..<end]) }), channels: Array(channels.indices))
      (place, piece) = (end, piece + 1)
    }
    return meter.finish()
  }

  private func sine(_ frequency: Double, seconds: Double, amplitude: Double = 1, rate: Double = Self.rate)
    -> [Float]
  {
    (0..<Int(seconds * rate)).map { Float(amplitude * sin(2 * .pi * frequency * Double($0) / rate)) }
  }

  /// The row of the highest level of a column.
  private func top(_ spectrogram: Spectrogram, _ column: Int) -> (row: Int, level: Float) {
    var best = (row: 0, level: -Float.infinity)
    for row in 0..<spectrogram.rows where spectrogram.levels[row * spectrogram.columns + column] > best.level
    {
      best = (row, spectrogram.levels[row * spectrogram.columns + column])
    }
    return best
  }

  /// The row whose frequencies hold one.
  private func row(of frequency: Double, in spectrogram: Spectrogram) -> Double {
    let (low, high) = (spectrogram.frequencies.lowerBound, spectrogram.frequencies.upperBound)
    return Double(spectrogram.rows) * log(high / frequency) / log(high / low)
  }

  /// A sine is one line, at its row and with its level: −6.02 dBFS for half of full scale.
  ///
  /// A Hann window, twice padded, is at most 0.4 dB off between bins; the ends of the clip cut windows off.
  @Test(arguments: [60.0, 440, 1000, 7040, 15_000], [1.0, 40]) func sinesAreLines(
    frequency: Double, seconds: Double
  ) {
    let found = spectrogram([sine(frequency, seconds: seconds, amplitude: 0.5)])
    #expect(found.columns == 640 && found.rows == 200)
    let expected = row(of: frequency, in: found)
    for column in stride(from: 30, to: 610, by: 20) {
      let peak = top(found, column)
      // Below 200 Hz a bin of 11.7 Hz is wider than a row.
      #expect(abs(Double(peak.row) + 0.5 - expected) <= (frequency < 200 ? 4 : 1), "column \(column)")
      #expect(abs(peak.level + 6.02) < 0.6, "column \(column): \(peak.level)")
      let far = Int(row(of: frequency > 1000 ? 200 : 9000, in: found))
      #expect(found.levels[far * found.columns + column] < -80)
    }
  }

  /// A sweep whose frequency doubles in equal times is a straight line through the pixels of its frequencies.
  @Test func sweepsAreCurves() {
    let (seconds, low, high) = (20.0, 100.0, 12_800.0)
    let k = log(high / low) / seconds
    let samples = (0..<Int(seconds * Self.rate)).map { frame in
      Float(0.5 * sin(2 * .pi * low / k * (exp(k * Double(frame) / Self.rate) - 1)))
    }
    let found = spectrogram([samples])
    for column in stride(from: 120, to: 620, by: 25) {
      let time = (Double(column) + 0.5) / 640 * seconds
      let expected = row(of: low * exp(k * time), in: found)
      #expect(abs(Double(top(found, column).row) + 0.5 - expected) <= 2, "column \(column)")
    }
  }

  @Test func piecesDoNotMatter() {
    let samples = sine(1234, seconds: 3).enumerated().map { $1 * Float($0 % 1000) / 1000 }
    let whole = spectrogram([samples])
    #expect(spectrogram([samples], pieces: [1, 7000, 13]) == whole)
    #expect(spectrogram([samples], pieces: [777]) == whole)
  }

  /// Channels count by their mean power, so opposite ones do not cancel; silence and what is no number are nothing.
  @Test func channelsAndSilence() {
    let tone = sine(1000, seconds: 1)
    let both = spectrogram([tone, tone.map { -$0 }])
    #expect(abs(top(both, 300).level) < 0.6)
    let one = spectrogram([tone, [Float](repeating: 0, count: tone.count)])
    #expect(abs(top(one, 300).level + 3.01) < 0.6)
    let silence = spectrogram([[Float](repeating: .nan, count: 4000)])
    #expect(silence.levels.allSatisfy { $0 == SpectrogramMeter.nothing })
    for count in [1, 2, 100] {
      let short = spectrogram([[Float](repeating: 0.5, count: count)], rate: 8000)
      #expect(short.levels.count == 640 * 200 && short.levels.allSatisfy { $0.isFinite })
    }
  }
}
