import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle

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
}
