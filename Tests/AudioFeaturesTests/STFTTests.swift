import AudioFeatures
import Foundation
import TestSupport
import Testing

@Suite struct STFTTests {
  /// Analyses and resynthesises a clip in chunks; `change` may alter each frame.
  static func roundTrip(
    _ channels: [[Float]], rate: Double, chunks: [Int], change: (inout SpectrumFrame) -> Void = { _ in }
  ) -> [[Float]] {
    let geometry = STFTGeometry(sampleRate: rate)
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: channels.count)
    var synthesizer = STFTSynthesizer(geometry: geometry, channelCount: channels.count)
    var frame = analyzer.makeFrame()
    var output = [[Float]](repeating: [], count: channels.count)
    let count = channels[0].count
    func drain() {
      while analyzer.nextFrame(into: &frame) {
        change(&frame)
        synthesizer.add(frame)
        for channel in channels.indices {
          synthesizer.withOutput(channel: channel) { samples in
            for i in samples.indices where output[channel].count < count {
              output[channel].append(samples[i])
            }
          }
        }
      }
    }
    var position = 0
    var turn = 0
    while position < count {
      let size = min(chunks[turn % chunks.count], count - position)
      for channel in channels.indices {
        let part = Array(channels[channel][position..<position + size])
        analyzer.append(part.span, channel: channel)
      }
      position += size
      turn += 1
      drain()
    }
    analyzer.finish()
    drain()
    return output
  }

  @Test(arguments: [8000.0, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
  func theRoundTripIsExactTo120Decibels(rate: Double) {
    var noise = SplitMix64(state: 3)
    let clip = [noise.samples(Int(rate) / 3 + 7), noise.samples(Int(rate) / 3 + 7)]
    let result = Self.roundTrip(clip, rate: rate, chunks: [4096])
    for channel in 0..<2 {
      #expect(result[channel].count == clip[channel].count)
      let error = zip(clip[channel], result[channel]).reduce(0) { $0 + pow(Double($1.0 - $1.1), 2) }
      let energy = clip[channel].reduce(0) { $0 + pow(Double($1), 2) }
      #expect(10 * log10(energy / error) >= 120)
    }
  }

  @Test(arguments: [[1], [7, 1, 500], [470], [5000], [100_000]])
  func chunkSizesDoNotMatter(chunks: [Int]) {
    var noise = SplitMix64(state: 4)
    let clip = [noise.samples(9001)]
    #expect(
      Self.roundTrip(clip, rate: 44100, chunks: chunks) == Self.roundTrip(clip, rate: 44100, chunks: [999]))
  }

  @Test(arguments: [1, 2, 3, 469, 470, 471, 1880, 1881]) func shortClipsKeepTheirLength(count: Int) {
    var noise = SplitMix64(state: 5)
    let clip = [noise.samples(count)]
    let result = Self.roundTrip(clip, rate: 44100, chunks: [64])
    #expect(result[0].count == count)
    let worst = zip(clip[0], result[0]).map { abs($0 - $1) }.max() ?? .nan
    #expect(worst < 1e-6)
  }

  @Test func anEmptyClipHasNoFrames() {
    let geometry = STFTGeometry(sampleRate: 48000)
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 1)
    var frame = analyzer.makeFrame()
    analyzer.finish()
    let found = analyzer.nextFrame(into: &frame)
    #expect(!found)
    #expect(geometry.frameIndices(ofSamples: 0).isEmpty)
  }

  @Test func geometryKeepsOneDuration() {
    #expect(STFTGeometry(sampleRate: 48000).windowLength == 2048)
    #expect(STFTGeometry(sampleRate: 44100).windowLength == 1880)
    #expect(STFTGeometry(sampleRate: 44100).fftLength == 2048)
    #expect(STFTGeometry(sampleRate: 8000).windowLength == 340)
    #expect(STFTGeometry(sampleRate: 8000).fftLength == 512)
    #expect(STFTGeometry(sampleRate: 192000).windowLength == 8192)
  }

  /// A frame equals the Fourier transform of the windowed samples around its centre, computed in Double.
  @Test func framesAreCentredAtMultiplesOfTheHop() {
    var noise = SplitMix64(state: 6)
    let x = noise.samples(3000)
    let geometry = STFTGeometry(sampleRate: 8000)
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 1)
    var frame = analyzer.makeFrame()
    analyzer.append(x.span, channel: 0)
    analyzer.finish()
    var indices: [Int] = []
    while analyzer.nextFrame(into: &frame) {
      indices.append(frame.index)
      guard [-1, 0, 9].contains(frame.index) else { continue }
      for bin in [0, 1, 17, 256] {
        var sum = (0.0, 0.0)
        for n in 0..<geometry.windowLength {
          let position = frame.index * geometry.hopLength - geometry.windowLength / 2 + n
          guard x.indices.contains(position) else { continue }
          let value = Double(x[position]) * sin(Double.pi * Double(n) / Double(geometry.windowLength))
          let angle = -2 * Double.pi * Double(bin * n) / Double(geometry.fftLength)
          sum.0 += value * cos(angle)
          sum.1 += value * sin(angle)
        }
        #expect(abs(Double(frame.real[bin]) - sum.0) < 2e-5)
        #expect(abs(Double(frame.imaginary[bin]) - sum.1) < 2e-5)
      }
    }
    #expect(indices == Array(geometry.frameIndices(ofSamples: 3000)))
  }
}
