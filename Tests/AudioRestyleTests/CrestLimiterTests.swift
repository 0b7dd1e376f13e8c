import AudioFeatures
import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// The limiter that lowers peaks towards the style's: its bound, its transparency, and its independence of chunks.
@Suite struct CrestLimiterTests {
  private static let rate = 8000.0

  /// A quiet tone with loud clicks in the second channel.
  private func clip(count: Int, clicks: [Int]) -> [[Float]] {
    var channels = (0..<2).map { channel in
      (0..<count).map { Float(0.1 * sin(Double($0) / Double(7 + channel))) }
    }
    for click in clicks { channels[1][click] = 0.9 }
    return channels
  }

  private func limited(_ channels: [[Float]], threshold: Float, chunks: [Int]) -> [[Float]] {
    var limiter = CrestLimiter(channelCount: channels.count, sampleRate: Self.rate, threshold: threshold)
    var result = [[Float]](repeating: [], count: channels.count)
    func take(_ buffer: FrameBuffer) {
      for channel in channels.indices { result[channel] += buffer.channel(channel) }
    }
    for buffer in TestClips.buffers(channels, chunks: chunks) { take(limiter.process(buffer)) }
    take(limiter.finish())
    return result
  }

  @Test(arguments: [[4000], [0], [7999], [100, 180, 181, 5000]]) func noSamplePassesTheThreshold(
    _ clicks: [Int]
  ) {
    let clip = clip(count: 8000, clicks: clicks)
    let result = limited(clip, threshold: 0.3, chunks: [512])
    #expect(result.allSatisfy { $0.count == 8000 })
    // The factor has a relative error below 2⁻²⁰, and the product is rounded.
    #expect(result.joined().allSatisfy { abs($0) <= 0.3 * (1 + 1.1e-6) })
    // One gain for both channels: the tone goes down with the click.
    let click = clicks[0]
    let factor = result[1][click] / clip[1][click]
    if clip[0][click] != 0 { #expect(abs(result[0][click] / clip[0][click] - factor) < 1e-6) }
  }

  @Test func samplesFarFromPeaksPassAsTheyAre() {
    let clip = clip(count: 24000, clicks: [12000])
    let result = limited(clip, threshold: 0.3, chunks: [1000])
    // 20 ms before the click; after it, 10 dB fall below 10⁻⁶ dB in 16 times 80 ms.
    for channel in 0..<2 {
      #expect(result[channel][..<11800] == clip[channel][..<11800])
      #expect(result[channel][(12000 + 11000)...] == clip[channel][(12000 + 11000)...])
    }
    #expect(limited(clip, threshold: 0.95, chunks: [333]) == clip)
  }

  @Test func theResultDoesNotDependOnChunks() {
    let clip = clip(count: 3001, clicks: [3, 700, 701, 1500, 3000])
    let whole = limited(clip, threshold: 0.2, chunks: [3001])
    for chunks in [[1], [7, 64, 1], [160, 161]] {
      #expect(limited(clip, threshold: 0.2, chunks: chunks) == whole)
    }
  }

  @Test func clipsShorterThanTheLookAhead() {
    for count in [1, 5, 80, 161] {
      let clip = clip(count: count, clicks: [count - 1])
      let result = limited(clip, threshold: 0.5, chunks: [3])
      #expect(result[0].count == count && result[1].allSatisfy { abs($0) <= 0.5 * (1 + 3e-7) })
    }
  }

  /// The definition, sample by sample, without a look at where nothing happens.
  private func straightforward(_ channels: [[Float]], threshold: Float) -> [[Float]] {
    let (reach, recovery) = (80, exp(-1 / (0.080 * Self.rate)))
    let count = channels[0].count
    let needed = (0..<count).map { n -> Double in
      let peak = channels.reduce(Float(0)) { max($0, abs($1[n])) }
      return peak > threshold ? 20 * log10(Double(threshold) / Double(peak)) : 0
    }
    var last = 0.0
    let held = (0..<count).map { n -> Double in
      let least = min(0, needed[max(0, n - reach)..<min(count, n + reach + 1)].min() ?? 0)
      if least < 0 || last < 0 {
        last = min(least, last * recovery + least * (1 - recovery))
        if last > -1e-3 { last = min(0, least) }
      }
      return last
    }
    var total = held.prefix(reach).reduce(0, +)
    var result = channels
    for n in 0..<count {
      if n + reach < count { total += held[n + reach] }
      if n > reach { total -= held[n - reach - 1] }
      let gain = total < -1e-6 ? Float(total / Double(min(count, n + reach + 1) - max(0, n - reach))) : 0
      for channel in channels.indices { result[channel][n] *= Decibels.amplitude(gain) }
    }
    return result
  }

  @Test(arguments: [[], [0], [5], [100, 101, 15_000], [79, 80, 9_000, 9_161, 9_163], [29_999]])
  func quietStretchesThatAreSkippedChangeNoBit(_ clicks: [Int]) {
    let clip = clip(count: 30_000, clicks: clicks)
    let expected = straightforward(clip, threshold: 0.3)
    for chunks in [[30_000], [512], [77, 1, 1000]] {
      #expect(limited(clip, threshold: 0.3, chunks: chunks) == expected)
    }
  }
}
