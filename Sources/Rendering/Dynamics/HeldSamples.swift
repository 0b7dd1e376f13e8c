import AudioFeatures
import Foundation
import SoundFiles

/// A queue of the samples of all channels that wait for their factors.
struct HeldSamples {
  private var channels: [[Float]]

  init(channelCount: Int) {
    channels = [[Float]](repeating: [], count: channelCount)
  }

  /// Appends samples to the queue.
  mutating func append(_ buffer: FrameBuffer) {
    for channel in channels.indices {
      buffer.withChannel(channel) { samples in
        unsafe samples.withUnsafeBufferPointer { unsafe channels[channel].append(contentsOf: $0) }
      }
    }
  }

  /// Removes and returns the first samples of every channel, each multiplied by its factor.
  mutating func take(times factors: ContiguousArray<Float>) -> FrameBuffer {
    let count = factors.count
    var result = unsafe FrameBuffer(unfilledChannels: channels.count, capacity: max(1, count))
    result.frameCount = count
    for channel in channels.indices {
      precondition(channels[channel].count >= count)
      unsafe channels[channel].withUnsafeBufferPointer { samples in
        unsafe factors.withUnsafeBufferPointer { factors in
          result.withMutableChannel(channel) { target in
            unsafe target.withUnsafeMutableBufferPointer { target in
              for i in 0..<count { unsafe target[i] = samples[i] * factors[i] }
            }
          }
        }
      }
      channels[channel].removeFirst(count)
    }
    return result
  }
}

/// A queue of samples whose factors g act in a band alone: `y = x + (g − 1) · b(x)`, with b a linear-phase band filter.
struct HeldBand {
  private var held: HeldSamples
  /// The part b(x) that factors act on; `nil` for the whole samples.
  private var part: BandPart?
  private var waitingCount = 0

  /// Creates an empty queue.
  ///
  /// - Parameters:
  ///   - band: The frequencies in Hz between which factors act; `nil` for all.
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels.
  init(_ band: ClosedRange<Double>?, sampleRate: Double, channelCount: Int) {
    held = HeldSamples(channelCount: channelCount)
    part = band.map { BandPart($0, sampleRate: sampleRate, channelCount: channelCount) }
  }

  /// The number of samples that can be taken.
  var readyCount: Int { part?.readyCount ?? waitingCount }

  /// Appends samples to the queue.
  mutating func append(_ buffer: FrameBuffer) {
    held.append(buffer)
    part?.append(buffer)
    waitingCount += buffer.frameCount
  }

  /// Takes in the end, after which all waiting samples can be taken.
  mutating func finish() { part?.finish() }

  /// Removes and returns the first samples of every channel, with their factors applied.
  mutating func take(times factors: ContiguousArray<Float>) -> FrameBuffer {
    waitingCount -= factors.count
    guard part != nil else { return held.take(times: factors) }
    var result = held.take(times: ContiguousArray(repeating: 1, count: factors.count))
    part?.add(times: factors, to: &result)
    return result
  }
}

/// The part of a stream between two frequencies: a linear-phase filter whose delay is removed.
struct BandPart {
  private var convolver: Convolver
  private let delay: Int
  private let channelCount: Int
  private var rows: [[Float]]
  private var skipped: [Int]

  /// The number of filtered samples that wait to be taken.
  var readyCount: Int { rows.first?.count ?? 0 }

  /// The least length of the response in seconds; in samples it is a power of two.
  private static let duration = 0.04

  init(_ band: ClosedRange<Double>, sampleRate: Double, channelCount: Int) {
    var count = 256
    while count < 1 << 17, Double(count) < Self.duration * sampleRate { count *= 2 }
    delay = count / 2
    self.channelCount = channelCount
    // An ideal band under a Hann window (Oppenheim and Schafer, 7.5).
    func low(_ frequency: Double, _ n: Double) -> Double {
      let w = 2 * frequency / sampleRate
      return n == 0 ? w : sin(.pi * w * n) / (.pi * n)
    }
    let half = Double(count / 2)
    let taps = (0..<count).map { index -> Float in
      let n = Double(index) - half
      let window = 0.5 + 0.5 * cos(.pi * n / half)
      let upper = min(band.upperBound, sampleRate / 2)
      let value = upper >= sampleRate / 2 ? (n == 0 ? 1 : 0) : low(upper, n)
      return Float(window * (value - low(band.lowerBound, n)))
    }
    convolver = Convolver(taps: ContiguousArray(taps), channelCount: channelCount)
    rows = [[Float]](repeating: [], count: channelCount)
    skipped = [Int](repeating: 0, count: channelCount)
  }

  mutating func append(_ buffer: FrameBuffer) {
    for channel in 0..<channelCount {
      buffer.withChannel(channel) { append($0, channel) }
    }
  }

  private mutating func append(_ samples: Span<Float>, _ channel: Int) {
    var made: [Float] = []
    convolver.process(samples, channel: channel) { part in
      for index in part.indices { made.append(part[index]) }
    }
    take(made, channel)
  }

  mutating func finish() {
    let zeros = [Float](repeating: 0, count: delay)
    for channel in 0..<channelCount {
      append(zeros.span, channel)
      var made: [Float] = []
      convolver.finish(channel: channel) { part in
        for index in part.indices { made.append(part[index]) }
      }
      take(made, channel)
    }
  }

  private mutating func take(_ made: [Float], _ channel: Int) {
    let drop = min(made.count, delay - skipped[channel])
    skipped[channel] += drop
    rows[channel] += made.dropFirst(drop)
  }

  /// Removes the first samples of the part and adds (factor − 1) times each to a buffer of as many frames.
  mutating func add(times factors: ContiguousArray<Float>, to buffer: inout FrameBuffer) {
    for channel in 0..<channelCount {
      buffer.withMutableChannel(channel) { target in
        for index in factors.indices { target[index] += (factors[index] - 1) * rows[channel][index] }
      }
      rows[channel].removeFirst(factors.count)
    }
  }
}
