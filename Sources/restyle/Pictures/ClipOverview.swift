import AudioFeatures
import AudioRestyle
import Foundation
import SoundFiles

/// The measurements of a clip or a profile that pictures and reports show.
struct ClipOverview: Sendable {
  /// The file's path.
  var path: String
  /// The properties of a sound file; `nil` for a profile.
  var file: SoundFileInfo?
  /// The duration in seconds.
  var duration: Double
  /// The integrated loudness in LUFS; `nil` for silence.
  var loudness: Double?
  /// The loudness range in LU (EBU Tech 3342); `nil` under 3 s.
  var loudnessRange: Double?
  /// The true peak in dBTP; `nil` for silence.
  var truePeak: Double?
  /// The long-term spectrum; `nil` where it was not measured.
  var longTerm: LongTermLevels?
  /// Mean and spread of each band at the clip's own level.
  var bands: [(frequency: Double, mean: Double, spread: Double)]
  /// The spectrogram; `nil` for a profile.
  var spectrogram: Spectrogram?
  /// The lowest and highest sample of each of ``waveformColumns`` parts; empty for a profile.
  var waveform: [ClosedRange<Float>] = []
  /// The momentary loudness in LUFS every ``step`` seconds, −∞ for silence; empty for a profile.
  var momentary: [Float] = []

  /// The distance in seconds between values of ``momentary``; value i is over the 400 ms before (i + 1) steps.
  static let step = 0.1
  static let waveformColumns = 400
  /// The lowest frequency in Hz of spectrograms.
  static let lowestFrequency = 20.0

  /// Whether it is a sound file.
  var isSound: Bool { file != nil }

  /// The file's name.
  var name: String { Paths.name(path) }

  /// Reads a sound file once, or a profile.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - highestFrequency: The highest frequency of the spectrogram in Hz.
  ///   - isStrict: Whether a truncated file is an error.
  ///   - threads: The number of threads that measure; `nil` is one for each processor.
  init(reading path: String, highestFrequency: Double = 20_000, isStrict: Bool = false, threads: Int? = nil)
    throws
  {
    self.path = path
    var learner = ProfileLearner(measuresDistributions: false)
    learner.measuresMidSide = false
    learner.measuresSamples = false
    learner.threads = threads
    var meters: OverviewSource?
    let (profile, info) = try StyleProfile.load(path, learner: learner, isStrict: isStrict) { reader in
      let source = OverviewSource(
        reader, frameCount: reader.info.frameCount, highestFrequency: highestFrequency)
      meters = source
      return source
    }
    file = info
    duration = profile.duration
    loudness = profile.loudness
    truePeak = profile.truePeak.isFinite ? profile.truePeak : nil
    longTerm = profile.longTermLevels()
    let levels = profile.activeFrameCount(of: .linked) > 0 ? profile.levels(of: .linked) ?? [] : []
    bands = zip(profile.layout.frequencies, levels).map { ($0, $1.mean, $1.standardDeviation) }
    meters?.finish(&self)
  }
}

/// A source that measures a clip for pictures while its profile is learned.
private final class OverviewSource: ForwardingSource {
  private let channels: [Int]
  private let frameCount: Int
  private let stepLength: Int
  private var spectrogram: SpectrogramMeter
  private var loudness: LoudnessMeter
  private var momentary: [Float] = []
  private var waveform: [ClosedRange<Float>?]
  private var position = 0

  init(_ reader: SoundFileReader, frameCount: Int, highestFrequency: Double) {
    let effects = Set(reader.lfeChannels)
    let rest = (0..<reader.channelCount).filter { !effects.contains($0) }
    channels = rest.isEmpty ? Array(0..<reader.channelCount) : rest
    // A header can state any length, so it is bounded.
    self.frameCount = min(max(1, frameCount), 1 << 40)
    // The learner refuses unsupported rates before anything is read; here the rate only has to be a valid one.
    let rates = LoudnessMeter.supportedSampleRates
    let rate = min(max(reader.sampleRate, rates.lowerBound), rates.upperBound)
    stepLength = max(1, Int((rate * ClipOverview.step).rounded()))
    spectrogram = SpectrogramMeter(
      sampleRate: rate, channelCount: channels.count, frameCount: self.frameCount,
      frequencies: ClipOverview.lowestFrequency...max(highestFrequency, 2 * ClipOverview.lowestFrequency))
    loudness = LoudnessMeter(
      sampleRate: rate,
      channelWeights: LoudnessWeights.weights(
        channelCount: reader.channelCount, lfeChannels: reader.lfeChannels))
    waveform = Array(repeating: nil, count: ClipOverview.waveformColumns)
    super.init(reader)
  }

  override func read(into buffer: inout FrameBuffer) throws -> Int {
    let count = try super.read(into: &buffer)
    guard count > 0 else { return 0 }
    spectrogram.add(buffer, channels: channels)
    measureLoudness(buffer)
    measureWaveform(buffer)
    position += count
    return count
  }

  private func measureLoudness(_ buffer: FrameBuffer) {
    var done = 0
    while done < buffer.frameCount {
      let count = min(buffer.frameCount - done, stepLength - (position + done) % stepLength)
      for channel in 0..<buffer.channelCount {
        buffer.withChannel(channel) {
          loudness.process($0.extracting(done..<done + count), channel: channel)
        }
      }
      done += count
      if (position + done) % stepLength == 0 {
        momentary.append(Float(loudness.momentaryLoudness ?? -.infinity))
      }
    }
  }

  private func measureWaveform(_ buffer: FrameBuffer) {
    var done = 0
    while done < buffer.frameCount {
      let column = min(waveform.count - 1, (position + done) * waveform.count / frameCount)
      let end =
        column == waveform.count - 1
        ? buffer.frameCount
        : min(
          buffer.frameCount,
          max(done + 1, ((column + 1) * frameCount + waveform.count - 1) / waveform.count - position))
      var (low, high) = (
        waveform[column]?.lowerBound ?? .infinity, waveform[column]?.upperBound ?? -.infinity
      )
      for channel in channels {
        let found = buffer.withChannel(channel) { $0.extracting(done..<end).extremes }
        low = min(low, found.low)
        high = max(high, found.high)
      }
      if low <= high { waveform[column] = low...high }
      done = end
    }
  }

  /// Writes the measurements into an overview.
  func finish(_ overview: inout ClipOverview) {
    overview.spectrogram = spectrogram.finish()
    overview.momentary = momentary
    overview.loudnessRange = loudness.loudnessRange
    // In a clip with fewer samples than columns, an empty column repeats the one before.
    var last: ClosedRange<Float> = 0...0
    overview.waveform = waveform.map { column in
      last = column ?? last
      return last
    }
  }
}

extension Span<Float> {
  /// The lowest and the highest finite value; +∞ and −∞ where there is none.
  fileprivate var extremes: (low: Float, high: Float) {
    unsafe withUnsafeBufferPointer { samples in
      var (low, high) = (SIMD8<Float>(repeating: .infinity), SIMD8<Float>(repeating: -.infinity))
      func take(_ values: SIMD8<Float>) {
        // Comparisons with NaN are false; infinities are excluded explicitly.
        low.replace(with: values, where: (values .< low) .& (values .> -.infinity))
        high.replace(with: values, where: (values .> high) .& (values .< .infinity))
      }
      guard let base = samples.baseAddress else { return (.infinity, -.infinity) }
      let raw = unsafe UnsafeRawPointer(base)
      for start in stride(from: 0, through: samples.count - 8, by: 8) {
        unsafe take(raw.loadUnaligned(fromByteOffset: 4 * start, as: SIMD8<Float>.self))
      }
      for place in samples.count / 8 * 8..<samples.count { unsafe take(SIMD8(repeating: samples[place])) }
      return (low.min(), high.max())
    }
  }
}
