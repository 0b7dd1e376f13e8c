import AudioFeatures
import Foundation
import SoundFiles

/// Holds the samples of all channels under a threshold by one smooth gain that looks ahead.
///
/// The gain a sample needs is `min(0, 20·log₁₀(threshold / |x|))` dB of its largest channel. It is held over 10 ms to either
/// side, recovers over 80 ms, and is averaged over 10 ms to either side. No average is above the least of what it averages,
/// so no sample passes the threshold by more than the factor's error, 2⁻²⁰. Where nothing comes near it, samples pass as
/// they are. The output is 20 ms shorter than the input until ``finish()``; it does not depend on how the input is cut.
struct CrestLimiter {
  private let threshold: Float
  private let reach: Int
  private let recovery: Double
  private var channels: [[Float]]
  /// The needed gains of the last 2·reach + 1 samples that can still be the least: positions and dB, ascending.
  private var needed: [(position: Int, gain: Double)] = []
  private var neededStart = 0
  /// The held gains that wait for being averaged, and the running sum of the last 2·reach + 1 of them.
  private var held: [Double] = []
  private var sum = 0.0
  private var inWindow = 0
  private var last = 0.0
  private var inputCount = 0
  private var heldCount = 0
  private var outputCount = 0

  private static let reachDuration = 0.010
  private static let recoveryDuration = 0.080

  init(channelCount: Int, sampleRate: Double, threshold: Float) {
    self.threshold = threshold
    reach = max(1, Int(Self.reachDuration * sampleRate))
    recovery = exp(-1 / (Self.recoveryDuration * sampleRate))
    channels = [[Float]](repeating: [], count: channelCount)
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    let count = buffer.frameCount
    var peaks = [Float](repeating: 0, count: count)
    for channel in channels.indices {
      buffer.withChannel(channel) { samples in
        unsafe samples.withUnsafeBufferPointer { samples in
          unsafe channels[channel].append(contentsOf: samples)
          unsafe peaks.withUnsafeMutableBufferPointer { peaks in
            for i in 0..<count { unsafe peaks[i] = max(peaks[i], abs(samples[i])) }
          }
        }
      }
    }
    inputCount += count
    for peak in peaks {
      advance(peak > threshold ? 20 * log10(Double(threshold) / Double(peak)) : 0)
    }
    return output()
  }

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    let count = inputCount
    // Silence after the end needs nothing; its gains are not counted.
    for _ in 0..<reach where heldCount < count { advance(0) }
    return output(isLast: true)
  }

  private var position = 0

  private mutating func advance(_ gain: Double) {
    while needed.count > neededStart, let tail = needed.last, tail.gain >= gain { needed.removeLast() }
    needed.append((position, gain))
    position += 1
    guard position > reach else { return }
    if needed[neededStart].position < position - 1 - 2 * reach { neededStart += 1 }
    if neededStart > 1024 {
      needed.removeFirst(neededStart)
      neededStart = 0
    }
    let least = needed[neededStart].gain
    if least < 0 || last < 0 {
      last = min(least, last * recovery + least * (1 - recovery))
      if last > -1e-6 { last = min(0, least) }
    }
    held.append(last)
    heldCount += 1
  }

  /// Averages and applies the gains of all samples whose neighbours are known.
  private mutating func output(isLast: Bool = false) -> FrameBuffer {
    let count = max(0, (isLast ? inputCount : heldCount - reach) - outputCount)
    let firstHeld = heldCount - held.count
    var result = FrameBuffer(channelCount: channels.count, capacity: max(1, count))
    result.frameCount = count
    var gains = [Float](repeating: 0, count: count)
    for index in 0..<count {
      let centre = outputCount + index
      let window = max(0, centre - reach)..<min(heldCount, centre + reach + 1)
      if centre == 0 {
        for place in window { sum += held[place - firstHeld] }
      } else {
        if centre + reach < heldCount { sum += held[centre + reach - firstHeld] }
        if centre - reach > 0 { sum -= held[centre - reach - 1 - firstHeld] }
      }
      // What rounding leaves of the sum is no gain.
      if sum < -1e-6 { gains[index] = Float(sum / Double(window.count)) }
    }
    unsafe gains.withUnsafeMutableBufferPointer { factors in
      unsafe Decibels.amplitudes(inPlace: factors)
      for channel in channels.indices {
        unsafe channels[channel].withUnsafeBufferPointer { samples in
          result.withMutableChannel(channel) { target in
            for i in 0..<count { target[i] = unsafe samples[i] * factors[i] }
          }
        }
        channels[channel].removeFirst(count)
      }
    }
    outputCount += count
    held.removeFirst(max(0, min(held.count, outputCount - reach - 1 - firstHeld)))
    return result
  }
}
