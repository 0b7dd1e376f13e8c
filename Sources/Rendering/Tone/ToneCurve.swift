import AudioFeatures
import Foundation
public import Restylings
public import SoundFiles
public import StyleProfiles

/// The tone of a restyling as one curve over frequency, in dB.
///
/// With the gain gᵦ = μs − μc of each band β (``ViewRestyling/tone``, within the gain limits) the curve is
///
///     G(f) = Σᵦ wᵦ(f) · gᵦ + e(f)
///
/// The weights w interpolate linearly between the bands' centres along the ERB-rate scale. e is the
/// ``ViewRestyling/equaliser``, interpolated linearly along the logarithm of the frequency. Under 20 Hz, the bands'
/// part goes to 0 dB at 0 Hz where it is above 0 dB. The filter that renders the tone has G as its magnitude. The gain
/// of the whole clip (``LevelAim``) is not in G.
public struct ToneCurve: Hashable, Sendable {
  /// The bands or bins that ``gains`` belong to.
  let layout: FeatureLayout
  /// The gain of each band in dB.
  let gains: [Double]
  /// The details of the tone in third octaves, in dB; `nil` for none.
  let equaliser: [Double]?

  /// The curve of a restyling.
  ///
  /// - Parameters:
  ///   - restyling: The restyling.
  ///   - view: One of its views; `nil` takes the mean over all views by power, the tone that all channels share.
  /// - Throws: ``RestyleError/invalidRestyling(_:)`` for `waveform` features, which have no tone, for a clip without
  ///   sound, and for a view that the restyling does not have.
  public init(_ restyling: Restyling, view: StereoView? = nil) throws(RestyleError) {
    guard restyling.features != .waveform else {
      throw .invalidRestyling(
        "expected a tone over bands or bins, found a restyling of the samples (waveform)")
    }
    layout = restyling.layout
    guard let view else {
      guard let gains = restyling.commonTone else {
        throw .invalidRestyling("expected a tone, found a restyling of a clip without sound")
      }
      (self.gains, equaliser) = (gains, restyling.filterEqualiser)
      return
    }
    guard let found = restyling.views.first(where: { $0.view == view }) else {
      let names = restyling.views.map(\.view.name).joined(separator: ", ")
      throw .invalidRestyling("expected one of the views \(names), found \(view.name)")
    }
    gains = found.tone.map { restyling.gainLimits.nearest(to: $0) }
    equaliser = found.equaliser
  }

  init(layout: FeatureLayout, gains: [Double], equaliser: [Double]?) {
    (self.layout, self.gains, self.equaliser) = (layout, gains, equaliser)
  }

  /// The gain in dB at a frequency in Hz.
  public func decibels(at frequency: Double) -> Double {
    let bands: Double
    switch layout {
    case .bands(let layout):
      let position = layout.position(of: frequency)
      let band = min(Int(position), gains.count - 1)
      let share = position - Double(band)
      let gain = share == 0 ? gains[band] : gains[band] + share * (gains[band + 1] - gains[band])
      bands =
        frequency < BandLayout.lowestFrequency
        ? min(gain, gain * frequency / BandLayout.lowestFrequency) : gain
    case .spectrum:
      // Bins are evenly spaced.
      let (first, last) = (layout.frequencies.first ?? 0, layout.frequencies.last ?? 0)
      let share = last > first ? min(max(0, (frequency - first) / (last - first)), 1) : 0
      let position = share * Double(gains.count - 1)
      let (bin, next) = (Int(position), min(Int(position) + 1, gains.count - 1))
      bands = gains[bin] + (position - Double(bin)) * (gains[next] - gains[bin])
    }
    guard let equaliser else { return bands }
    return bands
      + ToneCurves.values(of: equaliser, at: ThirdOctaves.frequencies, for: [max(1, frequency)])[0]
  }

  /// The gains in dB at K + 1 evenly spaced frequencies from 0 Hz to half the sample rate.
  ///
  /// - Parameters:
  ///   - count: K.
  ///   - sampleRate: The sample rate in Hz.
  func decibels(halfCount count: Int, sampleRate: Double) -> ContiguousArray<Float> {
    let step = sampleRate / 2 / Double(count)
    guard case .bands(let layout) = layout else {
      return ContiguousArray((0...count).map { Float(self.decibels(at: Double($0) * step)) })
    }
    var decibels = GainCurve.shared(layout: layout, sampleRate: sampleRate, count: count + 1)
      .decibels(gains.map { Float($0) })
    if let equaliser {
      let fine = ToneCurves.values(
        of: equaliser, at: ThirdOctaves.frequencies, for: (0...count).map { max(1, Double($0) * step) })
      for index in decibels.indices { decibels[index] += Float(fine[index]) }
    }
    return decibels
  }

  /// The frequencies of a table: `perOctave` an octave from 20 Hz on, up to 20 kHz.
  public static func tableFrequencies(perOctave: Int) -> [Double] {
    let count = Int((log2(1000) * Double(perOctave)).rounded(.down))
    return (0...count).map { 20 * pow(2, Double($0) / Double(perOctave)) }
  }
}

/// The impulse response of a ``ToneCurve``.
public struct ToneImpulseResponse: Sendable {
  /// The samples of the response.
  public let samples: [Float]
  /// The sample rate in Hz.
  public let sampleRate: Double
  /// The phase of the response.
  public let phase: TonePhase
  /// The delay in samples: half the length for linear phase, 0 for minimum phase.
  public var latency: Int { phase == .minimum ? 0 : samples.count / 2 }

  /// Makes the response at a sample rate.
  ///
  /// With minimum phase it has K samples, the smallest power of two over 80 ms, and is the filter of the renderer:
  /// nothing stands before its first sample. With linear phase it has 2·K samples, symmetric about the sample K.
  ///
  /// - Throws: ``RestyleError/unsupportedRate(_:)``.
  public init(_ curve: ToneCurve, sampleRate: Double, phase: TonePhase) throws(RestyleError) {
    let rates = LoudnessMeter.supportedSampleRates
    guard rates.contains(sampleRate) else {
      throw .unsupportedRate(
        "expected a sample rate of \(Int(rates.lowerBound)) to \(Int(rates.upperBound)) Hz, found \(sampleRate)"
      )
    }
    let decibels = curve.decibels(
      halfCount: ToneFilter.tapCount(sampleRate: sampleRate), sampleRate: sampleRate)
    samples =
      switch phase {
      case .minimum: Array(MinimumPhaseResponse(decibels: decibels).taps)
      case .linear: Array(LinearPhaseResponse(decibels: decibels).taps)
      }
    self.sampleRate = sampleRate
    self.phase = phase
  }

  /// Writes the response as a WAV file of 32-bit floats with one channel.
  ///
  /// - Throws: `SoundFileError` where the file cannot be written, or exists and is not to be replaced.
  public func write(to path: String, overwrites: Bool = false) throws(SoundFileError) {
    var options = SoundFileWriter.Options()
    options.overwrites = overwrites
    options.expectedFrameCount = samples.count
    let writer = try SoundFileWriter(
      path: path, format: SoundFileFormat(.wav, .float32), sampleRate: Int(sampleRate), channelCount: 1,
      options: options)
    try writer.writeFloats(samples)
    try writer.finish()
  }
}
