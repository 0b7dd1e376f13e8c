import AudioFeatures
import Foundation
import SoundFiles

/// A look-ahead limiter that holds the samples of all channels under a threshold by one smooth gain.
///
/// A sample needs the gain `min(0, 20·log₁₀(threshold / |x|))` dB, with |x| the largest magnitude of the leading
/// channels. This gain is held over 10 ms to either side, recovers with a time constant of 80 ms, and is then averaged
/// over 10 ms to either side. All averaged gains of a sample are at most the gain it needs, so no sample passes the
/// threshold by more than the error of the factor, 2⁻²⁰. Where no gain is needed, samples pass unchanged. The output is
/// 20 ms behind the input until ``finish()``. It does not depend on how the input is cut.
struct CrestLimiter {
  private let threshold: Float
  /// The number of leading channels, which decide on the gain of all.
  private let leadCount: Int
  private let reach: Int
  /// The factors by which the distance to a constant gain falls in 1 to 8 samples.
  private let powers: SIMD8<Double>
  private var samples: HeldSamples
  /// The needed gains below 0 dB of the last samples.
  ///
  /// They are kept as magnitudes times −1; ``gain(ofPeak:)`` makes gains of them.
  private var needed = SlidingLeast()
  /// The last magnitude above the threshold whose gain was computed, and this gain in dB.
  private var known = (peak: 0.0, gain: 0.0)
  /// The held gains in dB that are still to be averaged; `sum` is the running sum of the last 2·reach + 1 of them.
  private var held: ContiguousArray<Double> = []
  private var sum = 0.0
  private var last = 0.0
  /// The gain in dB that the held gain recovers to, its distance from there at the last multiple of 8 samples since
  /// then, and the number of samples behind that place.
  ///
  /// Places are counted from the last change of the gain, so that the result does not depend on how the input is cut.
  private var (target, distance, lane) = (0.0, 0.0, 0)
  /// The place behind the last held gain that is not 0 dB.
  private var loweredEnd = 0
  private var inputCount = 0
  private var inputPosition = 0
  private var heldCount = 0
  private var outputCount = 0

  private static let reachDuration = 0.010
  private static let recoveryDuration = 0.080
  /// A sum of gains in dB above this is a rounding error.
  private static let noGain = -1e-6
  /// The gain in dB above which the recovery is complete.
  private static let recovered = -1e-3

  init(channelCount: Int, leadCount: Int? = nil, sampleRate: Double, threshold: Float) {
    self.threshold = threshold
    self.leadCount = leadCount ?? channelCount
    reach = max(1, Int(Self.reachDuration * sampleRate))
    let recovery = exp(-1 / (Self.recoveryDuration * sampleRate))
    var powers = SIMD8<Double>(repeating: recovery)
    for lane in 1..<8 { powers[lane] = powers[lane - 1] * recovery }
    self.powers = powers
    samples = HeldSamples(channelCount: channelCount)
  }

  /// Takes in samples and returns the finished ones.
  mutating func process(_ buffer: FrameBuffer) -> FrameBuffer {
    let count = buffer.frameCount
    var peaks = ContiguousArray<Float>(repeating: 0, count: count)
    for channel in 0..<leadCount {
      buffer.withChannel(channel) { RowArithmetic.raise(&peaks, toMagnitudesOf: $0) }
    }
    samples.append(buffer)
    inputCount += count
    advance(peaks)
    return output()
  }

  /// Returns the remaining samples.
  mutating func finish() -> FrameBuffer {
    // The clip is followed by silence, which needs no gain; its own gains are left out of the averages.
    advance(ContiguousArray(repeating: 0, count: reach))
    return output(isLast: true)
  }

  /// Takes in the largest magnitude of each sample, and computes the held gains of which all neighbours are now known.
  private mutating func advance(_ peaks: ContiguousArray<Float>) {
    // Gains that are not written below stay at 0 dB.
    let skipped = max(0, reach - inputPosition)
    let first = (held: held.count - skipped, place: heldCount - skipped)
    held.append(contentsOf: repeatElement(0, count: max(0, peaks.count - skipped)))
    var index = 0
    while index < peaks.count {
      let next = nextAbove(peaks, from: index)
      index = max(index, min(next, skipped))
      // Between samples that need a gain, the least gain changes only where one leaves the window.
      while index < next {
        let least = gain(ofPeak: -needed.least(from: inputPosition + index - 2 * reach))
        let end = needed.firstPlace.map { min(next, $0 + 2 * reach + 1 - inputPosition) } ?? next
        if least < 0 || last < 0 { follow(least, index..<end, first) }
        index = end
      }
      guard index < peaks.count else { break }
      let place = inputPosition + index
      needed.add(-Double(peaks[index]), at: place)
      if index >= skipped {
        follow(gain(ofPeak: -needed.least(from: place - 2 * reach)), index..<index + 1, first)
      }
      index += 1
    }
    inputPosition += peaks.count
    heldCount += max(0, peaks.count - skipped)
  }

  /// The gain in dB that a magnitude needs: 0 for 0, otherwise below 0.
  @inline(__always)
  private mutating func gain(ofPeak peak: Double) -> Double {
    if peak != known.peak { known = (peak, peak > 0 ? 20 * log10(Double(threshold) / peak) : 0) }
    return known.gain
  }

  /// Writes the held gains of a range of samples with the same least gain, until the recovery is complete.
  ///
  /// - Parameters:
  ///   - least: The least needed gain in dB around the samples.
  ///   - samples: The indices of the samples.
  ///   - first: The index in ``held`` and the place in the clip that belong to sample 0.
  private mutating func follow(_ least: Double, _ samples: Range<Int>, _ first: (held: Int, place: Int)) {
    if least != target { (target, distance, lane) = (least, min(0, last - least), 0) }
    var (last, index) = (last, samples.lowerBound)
    unsafe held.withUnsafeMutableBufferPointer { held in
      guard let base = unsafe held.baseAddress.map({ unsafe $0 + first.held }) else { return }
      while index < samples.upperBound, least < 0 || last < 0 {
        if lane == 0, index &+ 8 <= samples.upperBound {
          let values = least + distance * powers
          if least < 0 || values[7] <= Self.recovered {
            unsafe UnsafeMutableRawPointer(base + index).storeBytes(of: values, as: SIMD8<Double>.self)
            last = values[7]
            distance *= powers[7]
            index &+= 8
            continue
          }
        }
        let value = least + distance * powers[lane]
        last = least == 0 && value > Self.recovered ? 0 : value
        unsafe base[index] = last
        lane = (lane &+ 1) & 7
        if lane == 0 { distance *= powers[7] }
        index &+= 1
      }
    }
    self.last = last
    loweredEnd = first.place + index
  }

  /// The index of the next sample above the threshold, or the end.
  private func nextAbove(_ peaks: ContiguousArray<Float>, from start: Int) -> Int {
    var index = start
    unsafe peaks.withUnsafeBufferPointer { peaks in
      guard let base = peaks.baseAddress else { return }
      let limit = Lanes(repeating: threshold)
      while index + 8 <= peaks.count, unsafe !(base.lanes(index) .> limit).anyLane { index += 8 }
      while index < peaks.count, unsafe !(base[index] > threshold) { index += 1 }
    }
    return index
  }

  /// Averages the gains of all samples whose neighbours are known, and applies them.
  private mutating func output(isLast: Bool = false) -> FrameBuffer {
    let count = max(0, (isLast ? inputCount : heldCount - reach) - outputCount)
    let firstHeld = heldCount - held.count
    if outputCount == 0 && count > 0 { sum = held.prefix(reach).reduce(0, +) }
    // Where all held gains are 0 dB, the sum does not change, and its remainder is a rounding error.
    let passes = loweredEnd <= firstHeld && sum >= Self.noGain
    var gains = ContiguousArray<Float>(repeating: passes ? 1 : 0, count: count)
    if !passes {
      average(into: &gains, firstHeld)
      unsafe gains.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    }
    outputCount += count
    held.removeFirst(max(0, min(held.count, outputCount - reach - 1 - firstHeld)))
    return samples.take(times: gains)
  }

  /// Writes the means in dB of the held gains around the next samples, where they are below 0 dB.
  private mutating func average(into gains: inout ContiguousArray<Float>, _ firstHeld: Int) {
    var total = sum
    let whole = Double(2 * reach + 1)
    unsafe held.withUnsafeBufferPointer { held in
      unsafe gains.withUnsafeMutableBufferPointer { gains in
        var index = 0
        while index < gains.count {
          let centre = outputCount &+ index
          // Away from the clip's ends as many gains enter as leave.
          let end = centre > reach ? min(gains.count, heldCount &- reach &- outputCount) : index
          let place = outputCount &- firstHeld
          while index < end {
            unsafe total += held[place &+ index &+ reach]
            unsafe total -= held[place &+ index &- reach &- 1]
            if total < Self.noGain { unsafe gains[index] = Float(total / whole) }
            index &+= 1
          }
          guard index < gains.count else { break }
          let newest = outputCount &+ index &+ reach
          if newest < heldCount { unsafe total += held[newest &- firstHeld] }
          if outputCount &+ index > reach { unsafe total -= held[place &+ index &- reach &- 1] }
          let first = max(0, outputCount &+ index &- reach)
          if total < Self.noGain {
            unsafe gains[index] = Float(total / Double(min(heldCount, newest &+ 1) &- first))
          }
          index &+= 1
        }
      }
    }
    sum = total
  }
}

/// A sliding minimum of numbers below 0; it is 0 where there are none.
///
/// It is a queue of places with ascending numbers: each number is added and removed once.
struct SlidingLeast {
  private var queue: ContiguousArray<(place: Int, value: Double)> = []
  private var start = 0

  /// Adds a number at a place behind all others.
  mutating func add(_ value: Double, at place: Int) {
    while queue.count > start, queue[queue.count - 1].value >= value { queue.removeLast() }
    if start > 1024 {
      queue.removeFirst(start)
      start = 0
    }
    queue.append((place, value))
  }

  /// The place of the least number; `nil` where there is none.
  var firstPlace: Int? { start < queue.count ? queue[start].place : nil }

  /// The least number from a place on; numbers before it are dropped.
  @inline(__always)
  mutating func least(from place: Int) -> Double {
    while start < queue.count, queue[start].place < place { start += 1 }
    return start < queue.count ? queue[start].value : 0
  }
}
