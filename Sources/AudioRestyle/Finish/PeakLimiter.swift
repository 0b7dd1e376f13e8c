import AudioFeatures
import SoundFiles

/// A look-ahead limiter for true peaks (ITU-R BS.1770-4, annex 2), linked over all channels.
///
/// Peaks are looked for in groups of 32 samples, at four times the rate. Where one would pass a ceiling, the gain of all
/// channels goes down smoothly within ``lookAhead`` and back within about ``release`` (``LimiterGain``); within a
/// group it moves linearly. Elsewhere samples pass untouched. Input and output have the same length and stand at the same
/// places; memory is constant, and chunks of any size give the same bits.
///
/// What varies with the gain is the interpolation between samples: true peaks can pass the ceiling by some hundredths of a
/// dB, which ``Finisher`` takes away.
struct PeakLimiter {
  /// The time over which the gain goes down before a peak, in seconds; whole groups, at least one.
  static let lookAhead = 0.005
  /// The time after which a reduction in dB has fallen to 1/e, in seconds.
  static let release = 0.1
  /// Reductions from here on count as limiting in ``limitedCount``: 0.1 dB.
  private static let noticeable: Float = 0.98855

  /// What magnitudes must not pass.
  struct Ceilings: Hashable, Sendable {
    /// Of the true peak.
    var truePeak: Float
    /// Of a sample.
    var sample = Float.infinity
  }

  /// How many frames had a gain lowered by 0.1 dB or more.
  private(set) var limitedCount = 0
  /// The lowest gain so far.
  private(set) var lowestGain: Float = 1

  private static let groupLength = TruePeakEnvelope.groupLength
  private let ceilings: Ceilings
  private var envelopes: [TruePeakEnvelope]
  private var gain: LimiterGain
  /// What the groups allow that are not needed any more when the next ones are known: `allowed[0]` is the group before the
  /// next point.
  private var allowed: ContiguousArray<(samples: Float, between: Float)> = [(1, 1)]
  /// The gains of points not passed yet; the first is that of the point at or before the next frame to come out.
  private var points: ContiguousArray<Float> = []
  private var pointsToSkip: Int
  /// The frames that have not come out yet start at `start` of each channel.
  private var waiting: [ContiguousArray<Float>]
  private var start = 0
  private var isFinished = false

  init(sampleRate: Double, channelCount: Int, ceilings: Ceilings) {
    self.ceilings = ceilings
    let groupDuration = Double(Self.groupLength) / sampleRate
    envelopes = (0..<channelCount).map { _ in
      TruePeakEnvelope(sampleRate: sampleRate, levelOfInterest: ceilings.truePeak)
    }
    let lookAhead = max(1, Int((Self.lookAhead / groupDuration).rounded(.up)))
    gain = LimiterGain(lookAhead: lookAhead, release: Self.release / groupDuration)
    pointsToSkip = gain.delay
    waiting = [ContiguousArray<Float>](repeating: [], count: channelCount)
  }

  /// Takes the next frames.
  mutating func append(_ buffer: FrameBuffer) {
    for channel in waiting.indices {
      waiting[channel].removeFirst(start)
      buffer.withChannel(channel) { samples in
        unsafe samples.withUnsafeBufferPointer { unsafe waiting[channel].append(contentsOf: $0) }
        envelopes[channel].process(samples)
      }
    }
    start = 0
    takeGroups()
  }

  /// Says that no frame follows.
  mutating func finish() {
    guard !isFinished else { return }
    isFinished = true
    for channel in envelopes.indices { envelopes[channel].finish() }
    takeGroups()
    // Nothing behind the end keeps the gain down.
    for _ in 0..<gain.delay + 3 { allow((1, 1)) }
  }

  /// Hands out limited frames, as many as are known and fit into the buffer.
  ///
  /// - Returns: The number of frames; 0 where more must be taken in, or after the last one.
  mutating func take(into buffer: inout FrameBuffer) -> Int {
    let group = Self.groupLength
    let waitingCount = (waiting.first?.count ?? 0) - start
    var done = 0
    while points.count >= 2, done < waitingCount, done + group <= buffer.capacity {
      let count = min(group, waitingCount - done)
      guard count == group || isFinished else { break }
      let (from, to) = (points[0], points[1])
      for channel in waiting.indices {
        unsafe waiting[channel].withUnsafeBufferPointer { samples in
          let source = unsafe UnsafeBufferPointer(rebasing: samples[(start + done)...])
          buffer.withMutableChannel(channel) { target in
            if from == 1 && to == 1 {
              for i in 0..<count { target[done + i] = unsafe source[i] }
            } else {
              let step = (to - from) / Float(group)
              for i in 0..<count { target[done + i] = unsafe source[i] * (from + step * Float(i)) }
            }
          }
        }
      }
      lowestGain = min(lowestGain, from, to)
      if min(from, to) < Self.noticeable { limitedCount += count }
      points.removeFirst()
      done += count
    }
    start += done
    buffer.frameCount = done
    return done
  }

  /// Turns finished groups into allowed gains.
  private mutating func takeGroups() {
    let groups = envelopes.indices.map { envelopes[$0].takeGroups() }
    for index in 0..<(groups.map(\.count).min() ?? 0) {
      var sample: Float = 0
      var between: Float = 0
      for channel in groups.indices {
        sample = max(sample, groups[channel][index].samplePeak)
        between = max(between, groups[channel][index].interpolatedPeak)
      }
      allow(
        (
          min(Self.gain(sample, ceilings.sample), Self.gain(sample, ceilings.truePeak)),
          Self.gain(between, ceilings.truePeak)
        ))
    }
  }

  private static func gain(_ peak: Float, _ ceiling: Float) -> Float { peak > ceiling ? ceiling / peak : 1 }

  /// Takes what the next group allows.
  ///
  /// Point k stands at the first sample of group k. Between points the gain is linear, so point k must allow for the
  /// samples of the groups k − 1 and k; the places between samples that belong to group k lie in the groups k − 1 and
  /// k, so it must allow for those of the groups k − 1, k and k + 1.
  private mutating func allow(_ group: (samples: Float, between: Float)) {
    allowed.append(group)
    guard allowed.count == 3 else { return }
    let least = min(
      allowed[0].samples, allowed[1].samples, allowed[0].between, allowed[1].between, allowed[2].between)
    allowed.removeFirst()
    let point = Float(gain.next(allowed: Double(least)))
    if pointsToSkip > 0 { pointsToSkip -= 1 } else { points.append(point) }
  }
}
