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
  private var samples: HeldSamples
  /// The gains below 0 dB that were needed lately.
  private var needed = SlidingLeast()
  /// The held gains in dB that wait for being averaged, and the running sum of the last 2·reach + 1 of them.
  private var held: ContiguousArray<Double> = []
  private var sum = 0.0
  private var last = 0.0
  private var inputCount = 0
  private var inputPosition = 0
  private var heldCount = 0
  private var outputCount = 0

  private static let reachDuration = 0.010
  private static let recoveryDuration = 0.080
  /// A gain in dB from which recovery is complete.
  private static let recovered = -1e-3

  init(channelCount: Int, sampleRate: Double, threshold: Float) {
    self.threshold = threshold
    reach = max(1, Int(Self.reachDuration * sampleRate))
    recovery = exp(-1 / (Self.recoveryDuration * sampleRate))
    samples = HeldSamples(channelCount: channelCount)
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    let count = buffer.frameCount
    var peaks = ContiguousArray<Float>(repeating: 0, count: count)
    for channel in 0..<buffer.channelCount {
      buffer.withChannel(channel) { RowArithmetic.raise(&peaks, toMagnitudesOf: $0) }
    }
    samples.append(buffer)
    inputCount += count
    advance(peaks)
    return output()
  }

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    // Silence after the end needs nothing; its gains are not counted.
    advance(ContiguousArray(repeating: 0, count: reach))
    return output(isLast: true)
  }

  /// Takes the largest magnitude of each sample, and finds the held gains whose neighbours are known by them.
  private mutating func advance(_ peaks: ContiguousArray<Float>) {
    held.reserveCapacity(held.count + peaks.count)
    for peak in peaks {
      if peak > threshold { needed.add(20 * log10(Double(threshold) / Double(peak)), at: inputPosition) }
      inputPosition += 1
      guard inputPosition > reach else { continue }
      let least = needed.least(from: inputPosition - 1 - 2 * reach)
      if least < 0 || last < 0 {
        last = min(least, last * recovery + least * (1 - recovery))
        if last > Self.recovered { last = min(0, least) }
      }
      held.append(last)
      heldCount += 1
    }
  }

  /// Averages and applies the gains of all samples whose neighbours are known.
  private mutating func output(isLast: Bool = false) -> FrameBuffer {
    let count = max(0, (isLast ? inputCount : heldCount - reach) - outputCount)
    let firstHeld = heldCount - held.count
    var gains = averages(count, firstHeld)
    unsafe gains.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    outputCount += count
    held.removeFirst(max(0, min(held.count, outputCount - reach - 1 - firstHeld)))
    return samples.take(times: gains)
  }

  /// The means in dB of the held gains around the next samples.
  private mutating func averages(_ count: Int, _ firstHeld: Int) -> ContiguousArray<Float> {
    var gains = ContiguousArray<Float>(repeating: 0, count: count)
    if outputCount == 0 && count > 0 { sum = held.prefix(reach).reduce(0, +) }
    var total = sum
    unsafe held.withUnsafeBufferPointer { held in
      unsafe gains.withUnsafeMutableBufferPointer { gains in
        for index in 0..<count {
          let centre = outputCount &+ index
          let newest = centre &+ reach
          if newest < heldCount { unsafe total += held[newest &- firstHeld] }
          if centre > reach { unsafe total -= held[centre &- reach &- 1 &- firstHeld] }
          // What rounding leaves of the sum is no gain.
          guard total < -1e-6 else { continue }
          let first = max(0, centre &- reach)
          unsafe gains[index] = Float(total / Double(min(heldCount, newest &+ 1) &- first))
        }
      }
    }
    sum = total
    return gains
  }
}
