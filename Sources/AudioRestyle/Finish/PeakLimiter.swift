import AudioFeatures
import SoundFiles

/// A look-ahead limiter for true peaks (ITU-R BS.1770-4, annex 2), linked over all channels; the leading ones decide.
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

  /// The gains that one group's samples, and the places between samples that belong to it, allow.
  private struct Allowed {
    var samples: Float
    var between: Float
  }

  /// How many frames had a gain lowered by 0.1 dB or more.
  private(set) var limitedCount = 0
  /// The lowest gain so far.
  private(set) var lowestGain: Float = 1

  private static let groupLength = TruePeakEnvelope.groupLength
  private let ceilings: Ceilings
  private var envelopes: [TruePeakEnvelope]
  private var gain: LimiterGain
  /// What the group before the next point allows, and the one behind it where it is known.
  private var allowed: (before: Allowed, behind: Allowed?) = (Allowed(samples: 1, between: 1), nil)
  /// The gains of points not passed yet; the first is that of the point at or before the next frame to come out.
  private var points: ContiguousArray<Float> = []
  private var pointsToSkip: Int
  /// The frames that have not come out yet start at `start` of each channel.
  private var waiting: [ContiguousArray<Float>]
  private var start = 0
  private var isFinished = false

  /// Creates a limiter.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels.
  ///   - leadCount: How many of them, from the first on, decide on the gain of all; `nil` for all.
  ///   - ceilings: What the leading channels must not pass.
  init(sampleRate: Double, channelCount: Int, leadCount: Int? = nil, ceilings: Ceilings) {
    self.ceilings = ceilings
    let groupDuration = Double(Self.groupLength) / sampleRate
    envelopes = (0..<(leadCount ?? channelCount)).map { _ in
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
        if channel < envelopes.count { envelopes[channel].process(samples) }
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
    for _ in 0..<gain.delay + 3 { allow(Allowed(samples: 1, between: 1)) }
  }

  /// Hands out limited frames, as many as are known and fit into the buffer.
  ///
  /// - Returns: The number of frames; 0 where more must be taken in, or after the last one.
  mutating func take(into buffer: inout FrameBuffer) -> Int {
    let group = Self.groupLength
    let waitingCount = (waiting.first?.count ?? 0) - start
    let known = isFinished ? (waitingCount + group - 1) / group : waitingCount / group
    let groups = max(0, min(known, points.count - 1, buffer.capacity / group))
    let done = min(groups * group, waitingCount)
    for channel in waiting.indices {
      buffer.withMutableChannel(channel) { target in
        unsafe target.withUnsafeMutableBufferPointer { target in
          unsafe waiting[channel].withUnsafeBufferPointer { samples in
            guard let target = target.baseAddress, let samples = samples.baseAddress else { return }
            for index in 0..<groups {
              let place = index * group
              unsafe Self.scale(
                samples + start + place, to: target + place, count: min(group, done - place),
                from: points[index], to: points[index + 1])
            }
          }
        }
      }
    }
    for index in 0..<groups {
      let least = min(points[index], points[index + 1])
      lowestGain = min(lowestGain, least)
      if least < Self.noticeable { limitedCount += min(group, done - index * group) }
    }
    points.removeFirst(groups)
    start += done
    buffer.frameCount = done
    return done
  }

  /// Copies the samples of a group with a gain that moves linearly to the one at the next group's start.
  private static func scale(
    _ source: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>, count: Int, from: Float, to: Float
  ) {
    guard from != 1 || to != 1 else {
      unsafe target.update(from: source, count: count)
      return
    }
    let step = (to - from) / Float(groupLength)
    for i in 0..<count { unsafe target[i] = source[i] * (from + step * Float(i)) }
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
        Allowed(
          samples: min(Self.gain(sample, ceilings.sample), Self.gain(sample, ceilings.truePeak)),
          between: Self.gain(between, ceilings.truePeak)))
    }
  }

  private static func gain(_ peak: Float, _ ceiling: Float) -> Float { peak > ceiling ? ceiling / peak : 1 }

  /// Takes what the next group allows.
  ///
  /// Point k stands at the first sample of group k. Between points the gain is linear, so point k must allow for the
  /// samples of the groups k − 1 and k; the places between samples that belong to group k lie in the groups k − 1 and
  /// k, so it must allow for those of the groups k − 1, k and k + 1.
  private mutating func allow(_ group: Allowed) {
    let before = allowed.before
    guard let behind = allowed.behind else {
      allowed.behind = group
      return
    }
    let least = min(before.samples, behind.samples, before.between, behind.between, group.between)
    allowed = (behind, group)
    let point = Float(gain.next(allowed: Double(least)))
    if pointsToSkip > 0 { pointsToSkip -= 1 } else { points.append(point) }
  }
}
