import AudioFeatures
import Foundation
import SoundFiles
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// What a restyling gives to other programs.
@Suite struct ExportTests {
  private static let rate = 44100.0
  private static let clip = TestClips.stereo(seed: 3, count: 150_000, rate: rate, pole: 0.7)
  private static let style = TestClips.stereo(seed: 4, count: 200_000, rate: rate, pole: 0.97)

  /// A restyling with options, and the clip that it renders.
  private static func restyled(
    _ change: (inout RestyleOptions) -> Void
  ) throws -> (restyling: Restyling, channels: [[Float]]) {
    var options = RestyleOptions()
    change(&options)
    let restyler = Restyler(options: options)
    let profile = try restyler.learner.learn(TestClips.source(style))
    let (channels, report) = try restyler.restyle(TestClips.source(clip), towards: [WeightedStyle(profile)])
    return (try #require(report.restyling), channels)
  }

  private static func toneOnly(_ options: inout RestyleOptions) {
    options.method = .mean
    options.loudness = .off
    options.ceiling = .off
  }

  /// `y[n] = Σₖ h[k] · x[n − k]` at some places, in double precision.
  private static func convolved(_ x: [Float], _ h: [Float], at places: [Int]) -> [Float] {
    places.map { n in
      Float((0..<min(h.count, n + 1)).reduce(0.0) { $0 + Double(h[$1]) * Double(x[n - $1]) })
    }
  }

  /// The magnitude in dB of a response at a frequency, by its definition.
  private static func decibels(_ h: [Float], _ frequency: Double, _ rate: Double) -> Double {
    var (re, im) = (0.0, 0.0)
    for (n, tap) in h.enumerated() {
      let angle = 2 * Double.pi * frequency / rate * Double(n)
      re += Double(tap) * cos(angle)
      im -= Double(tap) * sin(angle)
    }
    return 10 * log10(re * re + im * im)
  }

  /// With `mean` the rendering is the tone and one gain, so the clip through the impulse response is the same clip.
  @Test func impulseResponseIsTheRendering() throws {
    let (restyling, channels) = try Self.restyled(Self.toneOnly)
    let response = try ToneImpulseResponse(ToneCurve(restyling), sampleRate: Self.rate, phase: .minimum)
    #expect(response.latency == 0 && response.samples.count == 4096)
    let places = Array(stride(from: 100, to: 149_000, by: 37))
    let gain = Float(pow(10, restyling.level.gain / 20))
    for channel in 0..<2 {
      let ours = Self.convolved(Self.clip[channel], response.samples, at: places).map { gain * $0 }
      #expect(TestClips.signalToNoise(places.map { channels[channel][$0] }, ours) > 90)
    }
  }

  /// Both phases have the curve's magnitude, at rates that the clip does not have as well.
  @Test(arguments: TonePhase.allCases, [22_050.0, 48_000, 96_000])
  func responsesHaveTheMagnitudeOfTheCurve(phase: TonePhase, rate: Double) throws {
    let curve = try ToneCurve(Self.restyled { $0.refinements = 1 }.restyling)
    let response = try ToneImpulseResponse(curve, sampleRate: rate, phase: phase)
    for frequency in stride(from: log2(50), through: log2(min(16_000, 0.45 * rate)), by: 0.25).map({
      exp2($0)
    }) {
      let error = Self.decibels(response.samples, frequency, rate) - curve.decibels(at: frequency)
      #expect(abs(error) < 0.1, "\(frequency) Hz: \(error) dB")
    }
    guard phase == .linear else { return }
    let (h, middle) = (response.samples, response.latency)
    #expect(h.count == 2 * middle)
    for n in 1..<middle { #expect(abs(h[middle - n] - h[middle + n]) < 1e-6) }
  }

  /// The curve at a frequency and the filter's magnitudes are made apart, and are the same.
  @Test func curveIsTheFilters() throws {
    let restyling = try Self.restyled { $0.aim = .style }.restyling
    let curve = try ToneCurve(restyling)
    let magnitudes = curve.decibels(halfCount: 4096, sampleRate: Self.rate)
    for bin in [1, 2, 5, 17, 100, 731, 2000, 4000] {
      let frequency = Double(bin) * Self.rate / 2 / 4096
      #expect(abs(curve.decibels(at: frequency) - Double(magnitudes[bin])) < 1e-4)
    }
  }

  /// A clip whose middle and side differ has a tone for each, and one that both have in common.
  @Test func viewsHaveTonesOfTheirOwn() throws {
    let restyling = try Self.restyled { $0.stereo = .midSide }.restyling
    let (common, mid, side) = try (
      ToneCurve(restyling), ToneCurve(restyling, view: .mid), ToneCurve(restyling, view: .side)
    )
    for frequency in [100.0, 1000, 5000] {
      let values = [mid.decibels(at: frequency), side.decibels(at: frequency)].sorted()
      #expect((values[0] - 1e-9...values[1] + 1e-9).contains(common.decibels(at: frequency)))
    }
    #expect(throws: RestyleError.invalidRestyling("expected one of the views mid, side, found channel1")) {
      try ToneCurve(restyling, view: .channel(1))
    }
  }

  @Test func whatHasNoToneIsAnError() throws {
    let samples = try Self.restyled { $0.features = .waveform }.restyling
    #expect(throws: RestyleError.self) { try ToneCurve(samples) }
    let curve = try ToneCurve(Self.restyled(Self.toneOnly).restyling)
    #expect(throws: RestyleError.self) { try ToneImpulseResponse(curve, sampleRate: 100, phase: .minimum) }
    #expect(throws: RestyleError.self) { try ParametricEqualizer(curve, count: 0) }
    #expect(throws: RestyleError.self) { try ParametricEqualizer(curve, count: 33) }
    #expect(throws: RestyleError.self) { try ParametricEqualizer(curve, sampleRate: 1000) }
  }

  /// The tone of single bins holds beyond the first and the last.
  @Test func spectraHaveATone() throws {
    let restyling = try Self.restyled { $0.features = .spectrum }.restyling
    let curve = try ToneCurve(restyling)
    let bin = 100
    #expect(abs(curve.decibels(at: restyling.frequencies[bin]) - curve.gains[bin]) < 1e-6)
    #expect(curve.decibels(at: 1) == curve.gains[0] && curve.decibels(at: 30_000) == curve.gains.last)
  }
}

/// Filters, and how they are fitted.
@Suite struct ParametricEqualizerTests {
  private static func curve(of filters: [ParametricFilter], rate: Double = 48_000) -> ToneCurve {
    let layout = BandLayout.standard
    return ToneCurve(
      layout: .bands(layout),
      gains: layout.centers.map { center in
        filters.reduce(0) { $0 + $1.decibels(at: center, sampleRate: rate) }
      },
      equaliser: nil)
  }

  /// What the cookbook's filters are made for: the gain at the centre, at 0 Hz and at half the rate.
  @Test(arguments: [-14.0, -3, 6, 20], [0.5, 0.7, 1])
  func filtersHaveTheirGains(gain: Double, q: Double) {
    func decibels(_ shape: ParametricFilter.Shape, _ frequency: Double) -> Double {
      ParametricFilter(shape, frequency: 1000, gain: gain, q: q).decibels(at: frequency, sampleRate: 48_000)
    }
    #expect(abs(decibels(.peaking, 1000) - gain) < 1e-9)
    #expect(abs(decibels(.peaking, 1)) < 0.01 && abs(decibels(.peaking, 23_999)) < 0.01)
    for shape in [ParametricFilter.Shape.lowShelf, .highShelf] {
      #expect(abs(decibels(shape, 1000) - gain / 2) < 1e-9)
      #expect(abs(decibels(shape, 1) - (shape == .lowShelf ? gain : 0)) < 0.01)
      #expect(abs(decibels(shape, 23_999) - (shape == .highShelf ? gain : 0)) < 0.01)
    }
    // A bell of Q is f/Q wide between half gains where the analogue filter's frequencies are not warped.
    let bell = ParametricFilter(.peaking, frequency: 500, gain: gain, q: q)
    let half = (1 + (1 + 4 * q * q).squareRoot()) / (2 * q)
    #expect(abs(bell.decibels(at: 500 * half, sampleRate: 768_000) - gain / 2) < 0.02)
  }

  /// The stated response is that of the difference equation.
  @Test func responseIsThatOfTheDifferenceEquation() {
    let filter = ParametricFilter(.highShelf, frequency: 3000, gain: -9, q: 0.8)
    let c = filter.coefficients(sampleRate: 48_000)
    var (x1, x2, y1, y2) = (0.0, 0.0, 0.0, 0.0)
    var (re, im) = (0.0, 0.0)
    for n in 0..<4000 {
      let x = n == 0 ? 1.0 : 0
      let y = c.b0 * x + c.b1 * x1 + c.b2 * x2 - c.a1 * y1 - c.a2 * y2
      (x2, x1, y2, y1) = (x1, x, y1, y)
      let angle = 2 * Double.pi * 5000 / 48_000 * Double(n)
      re += y * cos(angle)
      im -= y * sin(angle)
    }
    #expect(abs(10 * log10(re * re + im * im) - filter.decibels(at: 5000, sampleRate: 48_000)) < 1e-6)
  }

  /// A tone that filters make is found again by as many filters.
  @Test func filtersAreFoundAgain() throws {
    let made = [
      ParametricFilter(.lowShelf, frequency: 150, gain: 6, q: 0.7),
      ParametricFilter(.highShelf, frequency: 6000, gain: -8, q: 0.7),
      ParametricFilter(.peaking, frequency: 900, gain: 5, q: 1),
      ParametricFilter(.peaking, frequency: 2800, gain: -7, q: 1.4),
    ]
    let fit = try ParametricEqualizer(Self.curve(of: made), count: 4)
    #expect(fit.rmsError < 0.25, "\(fit)")
    #expect(fit.filters.map(\.frequency) == fit.filters.map(\.frequency).sorted())
  }

  /// More filters come nearer, and the stated errors are those of the filters as they are written.
  @Test func errorsAreStated() throws {
    var gains: [Double] = []
    for band in 0..<BandLayout.standard.count {
      gains.append(8 * sin(Double(band) * 0.9) + Double(band) / 3 - 5)
    }
    let curve = ToneCurve(layout: .bands(.standard), gains: gains, equaliser: nil)
    var errors: [Double] = []
    for count in [1, 2, 5, 10, 16] {
      let fit = try ParametricEqualizer(curve, count: count)
      #expect(
        fit.filters.count == count
          && fit.filters.allSatisfy { abs($0.gain) <= 30 && $0.q >= 0.1 && $0.q <= 10 })
      let found = ToneCurve.tableFrequencies(perOctave: 24).filter { $0 >= 50 && $0 <= 16_000 }
        .map { fit.decibels(at: $0) - curve.decibels(at: $0) }
      let rms = (found.reduce(0) { $0 + $1 * $1 } / Double(found.count)).squareRoot()
      #expect(abs(rms - fit.rmsError) < 1e-9)
      #expect(abs((found.map(abs).max() ?? 0) - fit.largestError) < 1e-9)
      errors.append(rms)
    }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > $1 }, "\(errors)")
    #expect(errors[3] < 0.7, "\(errors)")
  }

  /// A flat tone needs no filter.
  @Test func flatTonesStayFlat() throws {
    let curve = ToneCurve(
      layout: .bands(.standard), gains: Array(repeating: -3, count: BandLayout.standard.count), equaliser: nil
    )
    let fit = try ParametricEqualizer(curve, count: 3)
    // Under 20 Hz a fall holds.
    #expect(fit.rmsError < 0.01 && abs(fit.decibels(at: 1000) + 3) < 0.01)
  }
}

/// Maps of levels as compressors.
@Suite struct LevelMapTests {
  private static let levels = stride(from: -50.0, through: -5, by: 1.5).map { $0 }

  @Test(arguments: [
    (true, -30.0, 3.0, 6.0), (true, -20, 0.6, -2), (false, -25, 0.5, 1), (false, -18, 4, 0),
  ])
  func compressorsAreFoundAgain(actsAbove: Bool, threshold: Double, ratio: Double, makeUp: Double) throws {
    let gains = Self.levels.map { level in
      makeUp + (1 / ratio - 1) * (actsAbove ? max(0, level - threshold) : min(0, level - threshold))
    }
    let found = try #require(CompressorSetting(inputs: Self.levels, gains: gains))
    #expect(found.rmsError < 1e-6 && found.largestError < 1e-6)
    #expect(found.actsAbove == actsAbove && abs(found.threshold - threshold) < 0.01)
    #expect(abs(found.ratio - ratio) < 0.01 && abs(found.makeUp - makeUp) < 0.01)
    for (level, gain) in zip(Self.levels, gains) { #expect(abs(found.gain(at: level) - gain) < 1e-6) }
  }

  /// The number of thresholds is bounded, whatever a saved change says of levels.
  @Test(arguments: [1e4, 1e9, 1e17]) func levelsOfAnyRangeAreFitted(range: Double) throws {
    let levels = [-range, -range / 2, 0, range / 2, range]
    let found = try #require(CompressorSetting(inputs: levels, gains: levels.map { -max(0, $0) / 2 }))
    #expect(abs(found.ratio - 2) < 1e-6 && abs(found.threshold) <= range / 500)
    let many = (0..<1_000_000).map(Double.init)
    #expect(CompressorSetting(inputs: many, gains: many.map { -max(0, $0 - 5e5) / 2 })?.actsAbove == true)
    #expect(CompressorSetting(inputs: [-1e308, 0, 1e308], gains: [0, 0, 1]) == nil)
  }

  @Test func nothingToFitIsNothing() {
    #expect(CompressorSetting(inputs: [1, 2], gains: [0, 1]) == nil)
    #expect(CompressorSetting(inputs: [1, 1, 1], gains: [0, 1, 2]) == nil)
  }

  /// Towards a style that is less dynamic, the map of the loudness compresses, at the clip's own levels.
  @Test func mapsOfARestylingAreTold() throws {
    let rate = 44100.0
    let content = TestClips.wandering(seed: 7, count: 400_000, rate: rate, depth: 14)
    let style = TestClips.wandering(seed: 8, count: 400_000, rate: rate, pole: 0.6, depth: 2)
    let restyler = Restyler()
    let profile = try restyler.learner.learn(TestClips.source([style]))
    let restyling = try restyler.restyling(of: TestClips.source([content]), towards: [WeightedStyle(profile)])
    let maps = try LevelMap.maps(of: restyling)
    let map = try #require(maps.first)
    #expect(map.inputs.count == map.outputs.count && map.inputs == map.inputs.sorted())
    #expect(map.nearest.ratio > 1, "\(map)")
    let export = try ToneExport(restyling)
    #expect(export.levelsCSV.split(separator: "\n").count == 1 + maps.reduce(0) { $0 + $1.inputs.count })
    let json = try #require(try JSONSerialization.jsonObject(with: Data(export.json.utf8)) as? [String: Any])
    #expect(
      json["format"] as? String == "adain-audio tone" && (json["levels"] as? [Any])?.count == maps.count)
    #expect((json["gains"] as? [Double])?.count == ToneExport.frequencies.count)
  }

  /// What trials change is in the restyling that nothing is rendered from.
  @Test func restylingsWithoutRenderingAreThoseOfRendering() throws {
    let rate = 44100.0
    let content = TestClips.stereo(seed: 11, count: 200_000, rate: rate)
    let restyler = Restyler()
    let profile = try restyler.learner.learn(
      TestClips.source(TestClips.stereo(seed: 12, count: 200_000, rate: rate, pole: 0.95)))
    let made = try restyler.restyling(of: TestClips.source(content), towards: [WeightedStyle(profile)])
    let rendered = try restyler.restyle(TestClips.source(content), towards: [WeightedStyle(profile)]).report
    #expect(made == rendered.restyling)
  }
}
