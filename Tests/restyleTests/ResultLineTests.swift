import ArgumentParser
import AudioRestyle
import Foundation
import Testing

@testable import restyle

/// The words for what a restyling changes, on made-up values.
@Suite struct ResultLineTests {
  private typealias Extreme = ChangeSummary.Extreme

  private func extremes(
    _ gains: [Double], levels: [Double], shared: [Int]? = nil
  ) -> (rise: ChangeSummary.Extreme?, fall: ChangeSummary.Extreme?) {
    let frequencies = [125.0, 500, 1000, 4000]
    return ChangeSummary.extremes(
      of: [ChangeSummary.Tone(gains: gains, levels: levels, shared: shared ?? Array(gains.indices))],
      frequencies: frequencies, weights: [0, 0, 0, 0])
  }

  @Test func theToneIsWhatABandChangesBesideTheLevel() {
    // Equal powers: 2, 1, -3 and 8 dB raise the level by 10·log₁₀((10^.2 + 10^.1 + 10^-.3 + 10^.8)/4) = 3.8267 dB.
    let (rise, fall) = extremes([2, 1, -3, 8], levels: [-30, -30, -30, -30])
    #expect(rise?.frequency == 4000 && fall?.frequency == 1000)
    #expect(abs((rise?.gain ?? 0) - 4.1733) < 1e-4 && abs((fall?.gain ?? 0) + 6.8267) < 1e-4)
    // The same with a gain of all bands.
    let moved = extremes([12, 11, 7, 18], levels: [-30, -30, -30, -30])
    #expect(moved.rise?.frequency == 4000 && moved.fall?.frequency == 1000)
    #expect(abs((moved.rise?.gain ?? 0) - (rise?.gain ?? 0)) < 1e-9)
    // Where nearly all of the power is in one band, that band's gain is the level.
    let uneven = extremes([2, 1, -3, 8], levels: [-10, -50, -50, -50])
    #expect(abs((uneven.rise?.gain ?? 0) - 6) < 1e-3 && abs((uneven.fall?.gain ?? 0) + 5) < 1e-3)
    // What is hardly heard before and afterwards is not told.
    #expect(extremes([0, 0, 0, -9], levels: [-10, -10, -10, -70]).fall == nil)
    #expect(extremes([0, 0, 0, 9], levels: [-10, -10, -10, -70]).rise == nil)
    #expect(extremes([0, 0, 0, 39], levels: [-10, -10, -10, -70]).rise?.frequency == 4000)
  }

  @Test func smallChangesAndMissingBandsAreNotTold() {
    let small = extremes([0.5, -0.5, 0.9, -0.9], levels: [-30, -30, -30, -30])
    #expect(small.rise == nil && small.fall == nil)
    let shared = extremes([0, 0, 0, 30], levels: [-30, -30, -30, -90], shared: [0, 1, 2])
    #expect(shared.rise == nil && shared.fall == nil)
    let none = extremes([3, -3, 0, 0], levels: [-30, -30, -30, -30], shared: [])
    #expect(none.rise == nil && none.fall == nil)
    // One side alone.
    let one = extremes([0, 0, 0, 30], levels: [-30, -30, -30, -90])
    #expect(one.fall == nil && abs((one.rise?.gain ?? 0) - 30) < 1e-2)
  }

  /// Two views count by their power in each band.
  @Test func viewsAreAveragedByTheirPower() {
    let middle = ChangeSummary.Tone(gains: [0, 6], levels: [-20, -20], shared: [0, 1])
    let side = ChangeSummary.Tone(gains: [0, -60], levels: [-20, -40], shared: [0, 1])
    let (rise, _) = ChangeSummary.extremes(
      of: [middle, side], frequencies: [100, 1000], weights: [0, 0])
    // g = (6 − 60/100)/1.01 = 5.346534 at 1 kHz, and the level rises by 10·log₁₀((2 + 1.01·10^(g/10))/3.01).
    let (g, power) = (5.346_534, 2 + 1.01 * pow(10, 0.534_653_4))
    #expect(rise?.frequency == 1000 && abs((rise?.gain ?? 0) - (g - 10 * log10(power / 3.01))) < 1e-5)
  }

  @Test func dynamicsAreOneRatio() {
    #expect(ChangeSummary.ratio(before: [8], after: [5]) == 1.6)
    #expect(ChangeSummary.ratio(before: [5], after: [8]) == 0.625)
    #expect(ChangeSummary.ratio(before: [8], after: [-5]) == 1.6)
    #expect(ChangeSummary.ratio(before: [8], after: [7.6]) == nil)
    #expect(ChangeSummary.ratio(before: [4, 9, 6, 0], after: [4, 3, 3, 1]) == 2, "the median of 1, 2 and 3")
    #expect(ChangeSummary.ratio(before: [4], after: [4], envelopeSlope: 0.5) == 2)
    #expect(ChangeSummary.ratio(before: [], after: []) == nil)
  }

  @Test func aLineOfChanges() throws {
    let made = try restyling()
    var change = ChangeSummary(made)
    change.rise = Extreme(gain: 6.4, frequency: 3981)
    change.fall = Extreme(gain: -3.6, frequency: 1012)
    change.ratio = 1.62
    #expect(ResultLine.parts(of: change) == ["+6 dB at 4 kHz", "−4 dB at 1 kHz", "compressed 1.6:1"])
    change.rise = nil
    change.ratio = 0.5
    #expect(ResultLine.parts(of: change) == ["−4 dB at 1 kHz", "expanded 1:2.0"])
    (change.fall, change.ratio) = (nil, nil)
    #expect(ResultLine.parts(of: change).isEmpty)
  }

  @Test(arguments: [
    (30.0, "30 Hz"), (94.3, "94 Hz"), (251.2, "250 Hz"), (996, "1 kHz"), (1259, "1.3 kHz"),
    (3981, "4 kHz"), (12_589, "13 kHz"), (20_000, "20 kHz"), (0, "0 Hz"),
  ])
  func frequenciesHaveTwoDigits(hertz: Double, text: String) {
    #expect(ResultLine.frequency(hertz) == text)
  }

  @Test func whatWasTakenOfATone() {
    let wanted: [Double] = [10, -10, 4, -4]
    #expect(TakenTone.share(of: wanted, towards: wanted, bands: [0, 1, 2, 3]) == 1)
    #expect(TakenTone.share(of: wanted.map { $0 / 4 + 7 }, towards: wanted, bands: [0, 1, 2, 3]) == 0.25)
    #expect(TakenTone.share(of: wanted.map { -$0 }, towards: wanted, bands: [0, 1]) == 0)
    #expect(TakenTone.share(of: wanted, towards: [3, 3, 3, 3], bands: [0, 1, 2, 3]) == nil)
    #expect(TakenTone.share(of: wanted, towards: wanted, bands: []) == nil)
    let text = ResultLine.lessTaken(0.31, unlikeness: 0.874)
    #expect(text.hasPrefix("31 % of the style's tone was taken, since it seems another voice or piece (87 %"))
    #expect(text.hasSuffix("; \(ResultLine.optionThatTakesAll) takes all of it"))
  }

  /// The option that the line names is one that the program has.
  @Test func theOptionThatTakesAllExists() throws {
    let option = ResultLine.optionThatTakesAll.split(separator: " ").map(String.init)
    _ = try RestyleCommand.parseAsRoot(["in.wav", "--style", "s.wav"] + option)
  }

  /// A style that is louder in its top band, and half as dynamic, gives the figures that follow from it.
  @Test func theFiguresOfARestylingAreItsOwn() throws {
    var made = try restyling()
    let bands = made.views[0].content.mean.indices
    let shared = made.views[0].bands.shared
    let top = try #require(shared.last)
    for band in bands {
      made.views[0].content.mean[band] = 0
      made.views[0].style.mean[band] = band == top ? 20 : 0
      made.views[0].bands.contentMean[band] = band == top ? -60 : -20
      made.views[0].bands.requestedSpread[band] = made.views[0].bands.contentSpread[band] / 2
    }
    let change = ChangeSummary(made)
    #expect(change.rise?.frequency == made.frequencies[top])
    #expect(abs((change.rise?.gain ?? 0) - 20) < 0.01 && change.fall == nil)
    #expect(abs((change.ratio ?? 0) - 2) < 1e-9)
    made.highestGain = 12
    #expect(abs((ChangeSummary(made).rise?.gain ?? 0) - 12) < 0.01, "gains have limits")
    made.views[0].state = .silent
    #expect(ChangeSummary(made).rise == nil && ChangeSummary(made).ratio == nil)
  }

  /// A restyling of noise towards darker noise by `adain`.
  private func restyling() throws -> Restyling {
    func clip(_ seed: UInt64, _ pole: Float) -> MemorySource {
      var state = seed
      var last: Float = 0
      let samples = (0..<48_000).map { index in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        last += pole * (Float(Int32(truncatingIfNeeded: state >> 32)) / 2_147_483_648 - last)
        return 0.3 * last * Float(0.6 + 0.4 * sin(Double(index) / 2000))
      }
      return MemorySource([samples], sampleRate: 16_000)
    }
    var options = RestyleOptions()
    options.method = .adain
    let restyler = Restyler(options: options)
    return try restyler.restyling(
      of: restyler.learner.learn(clip(1, 0.5)),
      towards: [WeightedStyle(restyler.learner.learn(clip(2, 0.1)))])
  }
}
