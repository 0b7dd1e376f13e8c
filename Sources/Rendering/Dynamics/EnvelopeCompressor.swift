import AudioFeatures
import Restylings
import SoundFiles
import StyleProfiles

/// Applies an ``EnvelopeGain`` to the samples of all channels, or only measures their envelopes.
///
/// The envelopes are those of the clip before its dynamics were changed: the gains of frames are taken out of the
/// meter's input (``FrameGainTrack``). Between the points of the meter the factor is linear. The output stays behind
/// the input by the longer attack time until ``finish()``. It does not depend on how the input is cut.
struct EnvelopeCompressor {
  /// The sample of the envelopes, collected where no gain is applied.
  private(set) var sample = EnvelopeSample()

  private let gain: EnvelopeGain?
  private var meter: EnvelopeMeter
  private var frameGains: FrameGainTrack
  private var held: HeldBand
  /// The channels whose envelopes are measured.
  private let measured: [Int]
  private var inputCount = 0
  private var outputCount = 0
  /// The factors at the last point taken and the one before it.
  private var ends: (before: Float, after: Float) = (1, 1)
  private var pointCount = 0

  /// Creates a compressor.
  ///
  /// - Parameters:
  ///   - gain: The gain; `nil` measures the envelopes and passes samples on unchanged.
  ///   - band: The frequencies in Hz between which the gain acts; `nil` for all.
  ///   - channelCount: The number of channels.
  ///   - measured: The channels whose envelopes are measured: all but LFE.
  ///   - sampleRate: The sample rate in Hz.
  ///   - hopLength: The distance between frames in samples.
  init(
    gain: EnvelopeGain?, within band: ClosedRange<Double>? = nil, channelCount: Int, measured: [Int],
    sampleRate: Double, hopLength: Int
  ) {
    self.gain = gain
    meter = EnvelopeMeter(sampleRate: sampleRate)
    frameGains = FrameGainTrack(hopLength: hopLength)
    self.measured = measured
    held = HeldBand(gain == nil ? nil : band, sampleRate: sampleRate, channelCount: channelCount)
  }

  /// Takes in samples and returns the finished ones.
  ///
  /// - Parameters:
  ///   - buffer: The next samples.
  ///   - gains: The gains in dB of the next frames, at least of those that overlap the samples.
  mutating func process(_ buffer: FrameBuffer, frameGains gains: [Float]) -> FrameBuffer {
    frameGains.append(gains)
    let count = buffer.frameCount
    var magnitudes = ContiguousArray<Float>(repeating: 0, count: count)
    var powers = magnitudes
    for channel in measured {
      buffer.withChannel(channel) { samples in
        RowArithmetic.raise(&magnitudes, toMagnitudesOf: samples)
        RowArithmetic.addSquares(of: samples, times: 1 / Float(measured.count), to: &powers)
      }
    }
    frameGains.remove(from: &magnitudes, &powers, at: inputCount)
    inputCount += count
    meter.process(magnitudes: magnitudes, powers: powers)
    guard let gain else {
      listen()
      return buffer
    }
    held.append(buffer)
    return output(gain)
  }

  /// Returns the remaining samples; `nil` where no gain is applied.
  mutating func finish() -> FrameBuffer? {
    meter.finish()
    guard let gain else {
      listen()
      return nil
    }
    held.finish()
    return output(gain)
  }

  private mutating func listen() {
    // Points after the end have no power.
    let count = min(meter.points.count, max(0, inputCount / meter.stride - meter.takenCount))
    sample.add(Array(meter.points.prefix(count)))
    meter.take(meter.points.count)
  }

  /// Applies the gain to the samples up to the last known point.
  private mutating func output(_ gain: EnvelopeGain) -> FrameBuffer {
    let known = meter.takenCount + meter.points.count
    let end = known > 0 ? min(inputCount, meter.place(ofPoint: known - 1) + 1) : 0
    let count = max(0, min(end - outputCount, held.readyCount))
    var factors = ContiguousArray<Float>(repeating: 0, count: count)
    var index = 0
    while index < count {
      while pointCount == 0 || meter.place(ofPoint: pointCount - 1) < outputCount + index {
        let next = gain(meter.points[pointCount - meter.takenCount].envelopes)
        ends = (ends.after, Decibels.amplitude(Float(next)))
        if pointCount == 0 { ends.before = ends.after }
        pointCount += 1
      }
      let place = meter.place(ofPoint: pointCount - 1)
      let end = min(count, place + 1 - outputCount)
      let slope = (ends.after - ends.before) / Float(meter.stride)
      for i in index..<end { factors[i] = ends.after - slope * Float(place &- outputCount &- i) }
      index = end
    }
    meter.take(pointCount - meter.takenCount)
    outputCount += count
    return held.take(times: factors)
  }
}

/// The inverse gains of frames over time: linear between the frames' centres.
struct FrameGainTrack {
  private let hopLength: Int
  /// The inverse factors of frames; the first one is that of the frame `first`.
  private var factors: [Float] = []
  private var first = -1
  /// Gains nearer to 0 dB than this count as 0 dB.
  private static let smallest: Float = 0.01

  /// Creates a track that begins with frame −1.
  init(hopLength: Int) {
    self.hopLength = hopLength
  }

  /// Adds the gains in dB of the next frames.
  mutating func append(_ gains: [Float]) {
    factors += gains.map { abs($0) < Self.smallest ? 1 : Decibels.amplitude(-$0) }
  }

  /// Removes the gains from the magnitudes and powers of samples from a place in the clip on, and drops earlier gains.
  mutating func remove(
    from magnitudes: inout ContiguousArray<Float>, _ powers: inout ContiguousArray<Float>, at place: Int
  ) {
    let passed = place / hopLength - first
    if passed > 0 {
      factors.removeFirst(min(passed, factors.count))
      first += passed
    }
    guard factors.contains(where: { $0 != 1 }) else { return }
    var index = 0
    while index < magnitudes.count {
      let (frame, rest) = (place + index).quotientAndRemainder(dividingBy: hopLength)
      let low = factor(frame)
      let slope = (factor(frame + 1) - low) / Float(hopLength)
      let end = min(magnitudes.count, index + hopLength - rest)
      for i in index..<end {
        let factor = low + slope * Float(rest &+ i &- index)
        magnitudes[i] *= factor
        powers[i] *= factor * factor
      }
      index = end
    }
  }

  private func factor(_ frame: Int) -> Float {
    factors.isEmpty ? 1 : factors[min(max(0, frame - first), factors.count - 1)]
  }
}
