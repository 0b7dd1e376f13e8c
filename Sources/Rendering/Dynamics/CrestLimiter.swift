import AudioFeatures
import Foundation
import SoundFiles

/// Holds the samples of all channels under a threshold by one smooth gain that looks ahead.
///
/// The gain a sample needs is `min(0, 20·log₁₀(threshold / |x|))` dB of its largest leading channel. It is held over 10 ms to either
/// side, recovers over 80 ms, and is averaged over 10 ms to either side. No average is above the least of what it averages,
/// so no sample passes the threshold by more than the factor's error, 2⁻²⁰. Where nothing comes near it, samples pass as
/// they are. The output is 20 ms shorter than the input until ``finish()``; it does not depend on how the input is cut.
struct CrestLimiter {
  private let threshold: Float
  /// How many channels decide on the gain of all.
  private let leadCount: Int
  private let reach: Int
  private let recovery: Double
  private var samples: HeldSamples
  /// The gains below 0 dB that were needed lately.
  private var needed = SlidingLeast()
  /// The held gains in dB that wait for being averaged, and the running sum of the last 2·reach + 1 of them.
  private var held: ContiguousArray<Double> = []
  private var sum = 0.0
  private var last = 0.0
  /// The place behind the last held gain that is not 0 dB.
  private var loweredEnd = 0
  private var inputCount = 0
  private var inputPosition = 0
  private var heldCount = 0
  private var outputCount = 0

  private static let reachDuration = 0.010
  private static let recoveryDuration = 0.080
  /// A sum of gains in dB from which nothing but rounding is left.
  private static let noGain = -1e-6
  /// A gain in dB from which recovery is complete.
  private static let recovered = -1e-3

  init(channelCount: Int, leadCount: Int? = nil, sampleRate: Double, threshold: Float) {
    self.threshold = threshold
    self.leadCount = leadCount ?? channelCount
    reach = max(1, Int(Self.reachDuration * sampleRate))
    recovery = exp(-1 / (Self.recoveryDuration * sampleRate))
    samples = HeldSamples(channelCount: channelCount)
  }

  /// Takes samples in, and gives back those that are done.
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

  /// Gives back the samples that are still held.
  mutating func finish() -> FrameBuffer {
    // Silence after the end needs nothing; its gains are not counted.
    advance(ContiguousArray(repeating: 0, count: reach))
    return output(isLast: true)
  }

  /// Takes the largest magnitude of each sample, and finds the held gains whose neighbours are known by them.
  private mutating func advance(_ peaks: ContiguousArray<Float>) {
    // Gains that are not written below stay at 0 dB.
    let skipped = max(0, reach - inputPosition)
    let first = (held: held.count - skipped, place: heldCount - skipped)
    held.append(contentsOf: repeatElement(0, count: max(0, peaks.count - skipped)))
    var index = 0
    while index < peaks.count {
      let next = nextAbove(peaks, from: index)
      index = max(index, min(next, skipped))
      // Between samples that need a gain the least one changes where it is forgotten.
      while index < next {
        let least = needed.least(from: inputPosition + index - 2 * reach)
        let end = needed.firstPlace.map { min(next, $0 + 2 * reach + 1 - inputPosition) } ?? next
        if least < 0 || last < 0 { follow(least, index..<end, first) }
        index = end
      }
      guard index < peaks.count else { break }
      let place = inputPosition + index
      needed.add(20 * log10(Double(threshold) / Double(peaks[index])), at: place)
      if index >= skipped { follow(needed.least(from: place - 2 * reach), index..<index + 1, first) }
      index += 1
    }
    inputPosition += peaks.count
    heldCount += max(0, peaks.count - skipped)
  }

  /// Writes the held gains of some samples, all of which have the same least gain, until recovery is complete.
  ///
  /// - Parameter first: Where the held gain of sample 0 would stand in the list, and its place.
  private mutating func follow(_ least: Double, _ samples: Range<Int>, _ first: (held: Int, place: Int)) {
    let (recovery, step) = (recovery, least * (1 - recovery))
    var (last, index) = (last, samples.lowerBound)
    unsafe held.withUnsafeMutableBufferPointer { held in
      while index < samples.upperBound, least < 0 || last < 0 {
        last = min(least, last * recovery + step)
        if last > Self.recovered { last = min(0, least) }
        unsafe held[first.held &+ index] = last
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

  /// Averages and applies the gains of all samples whose neighbours are known.
  private mutating func output(isLast: Bool = false) -> FrameBuffer {
    let count = max(0, (isLast ? inputCount : heldCount - reach) - outputCount)
    let firstHeld = heldCount - held.count
    if outputCount == 0 && count > 0 { sum = held.prefix(reach).reduce(0, +) }
    // Where all gains are 0 dB, adding and taking them away leaves the sum as it is; what rounding left of it is no gain.
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

/// The least of the numbers below 0 that were added at the last places, 0 where there are none.
///
/// A queue of places with ascending numbers: each number is added and removed once.
struct SlidingLeast {
  private var queue: ContiguousArray<(place: Int, value: Double)> = []
  private var start = 0

  /// Adds a number at a place after all others.
  mutating func add(_ value: Double, at place: Int) {
    while queue.count > start, queue[queue.count - 1].value >= value { queue.removeLast() }
    if start > 1024 {
      queue.removeFirst(start)
      start = 0
    }
    queue.append((place, value))
  }

  /// The place of the least number; `nil` where all are forgotten.
  var firstPlace: Int? { start < queue.count ? queue[start].place : nil }

  /// The least number at a place or after it; those before are forgotten.
  @inline(__always)
  mutating func least(from place: Int) -> Double {
    while start < queue.count, queue[start].place < place { start += 1 }
    return start < queue.count ? queue[start].value : 0
  }
}
