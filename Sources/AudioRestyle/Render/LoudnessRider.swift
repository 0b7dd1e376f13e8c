import AudioFeatures
import Foundation
import SoundFiles

/// Applies a ``LoudnessRestyling`` to the samples of all channels, or only listens.
///
/// The gain stands every 10 ms and is straight in between. It falls with 100 ms and rises with 200 ms. What lowers
/// pauses besides rises with 20 ms, so that no word begins too low. Where it acts between two frequencies, a
/// linear-phase filter takes that part of the samples: `y = x + (g − 1) · b(x)`. The output stays behind the input by
/// 0.2 s and half the filter until ``finish()``; it does not depend on how the input is cut.
struct LoudnessRider {
  /// The momentary loudness of the input in LUFS, where it only listens.
  private(set) var heard = MomentaryLoudness()

  private let restyling: LoudnessRestyling?
  private var meter: MomentaryMeter
  private var held: HeldSamples
  /// The part of the held samples that the gain acts on; `nil` for all of them.
  private var part: BandPart?
  private var inputCount = 0
  private var outputCount = 0
  /// The gains in dB of points that samples still need, and the index of the first.
  private var gains: [Double] = []
  private var first = 0
  private var level: Double?
  private var pauseLevel: Double?

  /// How fast the gain falls and rises, in seconds.
  static let attack = 0.1
  static let release = 0.2
  private static let pauseRelease = 0.02
  private static let pointDistance = 0.01

  init(_ restyling: LoudnessRestyling?, source: any FrameSource) {
    self.restyling = restyling
    meter = MomentaryMeter(
      sampleRate: source.sampleRate,
      channelWeights: LoudnessWeights.weights(
        channelCount: source.channelCount, lfeChannels: source.lfeChannels))
    held = HeldSamples(channelCount: source.channelCount)
    part = restyling?.band.map {
      BandPart($0, sampleRate: source.sampleRate, channelCount: source.channelCount)
    }
  }

  /// Takes samples in, and gives back those that are done.
  mutating func process(_ buffer: FrameBuffer) throws -> FrameBuffer {
    take(meter.process(frameCount: buffer.frameCount) { channel, body in buffer.withChannel(channel, body) })
    guard let restyling else { return buffer }
    held.append(buffer)
    part?.append(buffer)
    inputCount += buffer.frameCount
    return try output(restyling, isLast: false)
  }

  /// Gives back the samples that are still held.
  mutating func finish() throws -> FrameBuffer? {
    take(meter.finish())
    guard let restyling else { return nil }
    part?.finish()
    return try output(restyling, isLast: true)
  }

  private var pending: [MomentaryMeter.Value] = []

  private mutating func take(_ values: [MomentaryMeter.Value]) {
    if restyling == nil {
      for value in values { heard.add(value.momentary) }
    } else {
      pending += values
    }
  }

  private mutating func output(_ restyling: LoudnessRestyling, isLast: Bool) throws -> FrameBuffer {
    if !pending.isEmpty {
      let wanted = try restyling.gains(pending.map { $0.momentary - restyling.anchor })
      let pauses = restyling.pauseGains(pending.map { $0.short - restyling.anchor })
      pending = []
      for (gain, pause) in zip(wanted, pauses) {
        let slow = Self.follow(gain, &level, release: Self.release)
        gains.append(slow + Self.follow(pause, &pauseLevel, release: Self.pauseRelease))
      }
    }
    let known = first + gains.count
    var count = isLast ? inputCount : known > 0 ? place(known - 1) + 1 : 0
    count = min(count, inputCount, part.map(\.knownCount) ?? inputCount) - outputCount
    guard count > 0 else { return held.take(times: []) }
    var factors = ContiguousArray<Float>(repeating: 1, count: count)
    for index in 0..<count { factors[index] = Float(gain(at: outputCount + index)) }
    unsafe factors.withUnsafeMutableBufferPointer { unsafe Decibels.amplitudes(inPlace: $0) }
    outputCount += count
    let done = max(first, min(known - 1, (outputCount - meter.stride / 2) / meter.stride - 1))
    if done > first {
      gains.removeFirst(done - first)
      first = done
    }
    guard part != nil else { return held.take(times: factors) }
    var result = held.take(times: ContiguousArray(repeating: 1, count: count))
    part?.add(times: factors, to: &result)
    return result
  }

  /// Moves a gain towards another by one point.
  private static func follow(_ gain: Double, _ state: inout Double?, release: Double) -> Double {
    let last = state ?? gain
    let time = gain < last ? attack : release
    let next = last + (1 - exp(-pointDistance / time)) * (gain - last)
    state = next
    return next
  }

  /// The sample that a point stands at.
  private func place(_ point: Int) -> Int { point * meter.stride + meter.stride / 2 }

  private func gain(at sample: Int) -> Double {
    guard !gains.isEmpty else { return 0 }
    let position = Double(sample - meter.stride / 2) / Double(meter.stride) - Double(first)
    let lower = min(max(Int(position.rounded(.down)), 0), gains.count - 1)
    let upper = min(lower + 1, gains.count - 1)
    let share = min(max(position - Double(lower), 0), 1)
    return gains[lower] + share * (gains[upper] - gains[lower])
  }
}

/// The part of a stream between two frequencies, by a linear-phase filter, in step with the stream.
struct BandPart {
  private var convolver: Convolver
  private let delay: Int
  private let channelCount: Int
  private var rows: [[Float]]
  private var skipped: [Int]
  private var takenCount = 0

  /// The number of samples of which the part is known.
  var knownCount: Int { takenCount + (rows.first?.count ?? 0) }

  /// The response lasts this long in seconds, or somewhat longer.
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

  /// Adds the first samples of the part times factors less 1 to a buffer of as many frames.
  mutating func add(times factors: ContiguousArray<Float>, to buffer: inout FrameBuffer) {
    for channel in 0..<channelCount {
      buffer.withMutableChannel(channel) { target in
        for index in factors.indices { target[index] += (factors[index] - 1) * rows[channel][index] }
      }
      rows[channel].removeFirst(factors.count)
    }
    takenCount += factors.count
  }
}
