import AudioFeatures
import Foundation
import Restylings
package import SoundFiles

/// A look-ahead limiter for true peaks (ITU-R BS.1770-4, annex 2), linked over all channels; the leading ones decide.
///
/// Peaks are measured in groups of 32 samples, at four times the rate. Where one would pass a ceiling, the gain of all
/// channels goes down smoothly within ``lookAhead`` and comes back with the time constant ``release``
/// (``LimiterGain``). Within a group it is linear. Elsewhere samples pass unchanged. The output has the length of the
/// input, without a delay. Memory is constant, and chunks of any size give the same bits.
///
/// A changing gain also changes the interpolation between samples. So true peaks can pass the ceiling by some
/// hundredths of a dB, which ``Finisher`` removes.
package struct PeakLimiter {
  /// The time in seconds over which the gain goes down before a peak; it is rounded up to whole groups.
  static let lookAhead = 0.005
  /// The time in seconds after which a reduction in dB has fallen to 1/e.
  static let release = 0.1
  /// The gain below which a frame counts in ``limitedCount``: −0.1 dB.
  private static let noticeable: Float = 0.98855

  /// The largest magnitudes that the limiter lets pass.
  package struct Ceilings: Hashable, Sendable {
    /// The ceiling of the true peak.
    var truePeak: Float
    /// The ceiling of samples.
    var sample = Float.infinity
  }

  /// The largest gains that a group allows: by its samples, and by the interpolated places that belong to it.
  private struct Allowed {
    var samples: Float
    var between: Float
  }

  /// The number of frames with a gain lowered by more than 0.1 dB.
  private(set) var limitedCount = 0
  /// The lowest gain so far.
  private(set) var lowestGain: Float = 1

  private static let groupLength = TruePeakEnvelope.groupLength
  private let ceilings: Ceilings
  private var envelopes: [TruePeakEnvelope]
  private var gain: LimiterGain
  /// The allowed gains of the group before the next point, and of the group behind it if known.
  private var allowed: (before: Allowed, behind: Allowed?) = (Allowed(samples: 1, between: 1), nil)
  /// The gains of the points that are still needed; the first point is at or before the next frame to come out.
  private var points: ContiguousArray<Float> = []
  private var pointsToSkip: Int
  /// The samples of each channel that have not come out yet, from the index `start` on.
  private var waiting: [ContiguousArray<Float>]
  private var start = 0
  private var isFinished = false

  /// Creates a limiter.
  ///
  /// - Parameters:
  ///   - sampleRate: The sample rate in Hz.
  ///   - channelCount: The number of channels.
  ///   - leadCount: The number of leading channels, which decide on the gain of all; `nil` for all.
  ///   - ceilings: The ceilings of the leading channels.
  package init(sampleRate: Double, channelCount: Int, leadCount: Int? = nil, ceilings: Ceilings) {
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
  package mutating func append(_ buffer: FrameBuffer) {
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

  /// Takes in the end of the clip.
  package mutating func finish() {
    guard !isFinished else { return }
    isFinished = true
    for channel in envelopes.indices { envelopes[channel].finish() }
    takeGroups()
    // Groups behind the end allow a gain of 1.
    for _ in 0..<gain.delay + 3 { allow(Allowed(samples: 1, between: 1)) }
  }

  /// Hands out the limited frames that are ready, as many as fit into the buffer.
  ///
  /// - Returns: The number of frames; 0 where more input is needed, and after the last frame.
  package mutating func take(into buffer: inout FrameBuffer) -> Int {
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

  /// Computes the allowed gains of finished groups.
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

  /// Takes in the allowed gains of the next group.
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

/// The gain of a look-ahead limiter, from the largest gain that each point in time allows.
///
/// Points come in order at equal distances. With the allowed gain cₖ of point k, the release factor a, and W points of
/// look-ahead,
///
///     rₖ = min(cₖ, rₖ₋₁ᵃ)                    back to 1 exponentially in dB
///     mₖ = min(rₖ, …, rₖ₊W)                  down W points ahead
///     gₖ = Σⱼ wⱼ · mₖ₋ⱼ,  j = 0 … W          smooth: w is a raised cosine with the sum 1
///
/// Every mₖ₋ⱼ is at most rₖ, so gₖ ≤ cₖ: the gain never exceeds the allowed gain, and reaches it smoothly within the
/// look-ahead. Where nothing is limited, the gain is exactly 1.
struct LimiterGain: Sendable {
  /// The delay of the gain after the allowed gain of its point, in points: W.
  let delay: Int

  private let releaseExponent: Double
  private let weights: [Double]
  /// The last W + 1 values of r and of m, the newest last.
  private var released: [Double]
  private var least: [Double]
  /// The number of consecutive points with r = 1.
  private var restCount: Int

  /// The gain from which on a release is complete and r is 1 again: −0.005 dB.
  private static let rest = 1 - 0.0006

  /// Creates a gain that starts at 1.
  ///
  /// - Parameters:
  ///   - lookAhead: The look-ahead in points, at least 1.
  ///   - release: The number of points after which a reduction in dB has fallen to 1/e.
  init(lookAhead: Int, release: Double) {
    precondition(lookAhead >= 1 && release > 0)
    delay = lookAhead
    releaseExponent = exp(-1 / release)
    let shape = (0...lookAhead).map { 1 - cos(2 * .pi * (Double($0) + 1) / Double(lookAhead + 2)) }
    let sum = shape.reduce(0, +)
    weights = shape.map { $0 / sum }
    released = [Double](repeating: 1, count: lookAhead + 1)
    least = released
    restCount = 2 * lookAhead + 1
  }

  /// Takes in the gain that the next point allows, 0 to 1.
  ///
  /// - Returns: The gain of the point ``delay`` points before.
  mutating func next(allowed: Double) -> Double {
    // Both windows then hold only 1.
    if allowed == 1, restCount > 2 * delay { return 1 }
    let last = pow(released[delay], releaseExponent)
    let next = min(allowed, last > Self.rest ? 1 : last)
    restCount = next == 1 ? restCount + 1 : 0
    Self.push(next, to: &released)
    Self.push(released.min() ?? 1, to: &least)
    guard least.contains(where: { $0 < 1 }) else { return 1 }
    // The newest of `least` belongs to the point itself, the oldest to the one W before.
    var sum = 0.0
    for index in weights.indices { sum += weights[index] * least[index] }
    return sum
  }

  /// Moves a window on by one value.
  private static func push(_ value: Double, to window: inout [Double]) {
    for index in 1..<window.count { window[index - 1] = window[index] }
    window[window.count - 1] = value
  }
}

extension RenderResult {
  /// By how many dB the clip's peaks pass ceilings after a gain in dB; below 0 where they stay under both.
  package func excess(over ceilings: PeakLimiter.Ceilings, atGain gain: Double) -> Double {
    max(
      truePeak - 20 * log10(Double(ceilings.truePeak)), samplePeak - 20 * log10(Double(ceilings.sample)))
      + gain
  }
}
