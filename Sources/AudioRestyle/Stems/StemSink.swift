import SoundFiles

/// The last gain of a mix, as it was decided: a factor, the limiter, and a factor behind it.
struct LastGain: Hashable, Sendable {
  /// The factor of all samples before the limiter.
  var factor: Float = 1
  /// What the limiter holds the mix under; `nil` where there is none.
  var ceilings: PeakLimiter.Ceilings?
  /// The factor of all samples behind the limiter.
  var trim: Float = 1

  /// Whether samples are changed.
  var isChanging: Bool { factor != 1 || trim != 1 || ceilings != nil }

  init() {}

  init(_ source: LeveledSource) {
    (factor, ceilings, trim) = (source.factor, source.ceilings, source.trim)
  }
}

/// Gives a rendered stem the last gain of its mix, which is rendered beside it, and hands it on.
final class StemSink: FrameSink {
  /// Loudness and peaks of the result.
  let meters: ClipMeters
  private let gain: LastGain
  /// How many channels the mix has, which stand before the stem's.
  private let leadCount: Int
  private var limiter: PeakLimiter?
  private var limited: FrameBuffer
  private let take: (FrameBuffer) throws -> Void

  /// Creates a sink.
  ///
  /// - Parameters:
  ///   - gain: The last gain.
  ///   - pair: The mix and the stem.
  ///   - take: Takes the frames of the result.
  init(_ gain: LastGain, _ pair: StemPair, take: @escaping (FrameBuffer) throws -> Void) {
    self.gain = gain
    self.take = take
    leadCount = pair.mix.channelCount
    meters = ClipMeters(source: pair.stem)
    limiter = gain.ceilings.map {
      PeakLimiter(
        sampleRate: pair.sampleRate, channelCount: pair.channelCount, leadCount: pair.mix.channelCount,
        ceilings: $0)
    }
    limited = FrameBuffer(channelCount: pair.channelCount, capacity: ProfileLearner.chunkLength)
  }

  func write(_ buffer: FrameBuffer) throws {
    guard limiter != nil else {
      var own = buffer.channels(from: leadCount)
      own.scale(by: gain.factor)
      return try emit(own)
    }
    var scaled = buffer
    scaled.scale(by: gain.factor)
    limiter?.append(scaled)
    try emitLimited()
  }

  /// Hands on what the limiter still holds.
  func finish() throws {
    limiter?.finish()
    try emitLimited()
    meters.finish()
  }

  private func emitLimited() throws {
    while let count = limiter?.take(into: &limited), count > 0 {
      try emit(limited.channels(from: leadCount))
    }
  }

  private func emit(_ buffer: FrameBuffer) throws {
    var result = buffer
    result.scale(by: gain.trim)
    try meters.add(result)
    try take(result)
  }
}
