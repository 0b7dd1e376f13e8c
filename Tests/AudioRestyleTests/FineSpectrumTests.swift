import AdaIN
import AudioFeatures
import Foundation
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Fine spectra: they tell notes from other notes through filters, gains and rates, and are exact sums.
@Suite struct FineSpectrumTests {
  /// Tones of these pitches with eight partials each, in turn, over some noise.
  private func tune(_ pitches: [Double], seed: UInt64, rate: Double, seconds: Double = 4) -> [Float] {
    var noise = SplitMix64(state: seed)
    return (0..<Int(seconds * rate)).map { n in
      let time = Double(n) / rate
      // Where the tune begins depends on the seed.
      let pitch = pitches[(Int(time * 4) + Int(seed)) % pitches.count]
      let tone = (1...8).reduce(0.0) { $0 + sin(2 * .pi * pitch * Double($1) * time) / Double($1) }
      return Float(0.1 * tone) + 0.003 * noise.sample()
    }
  }

  private func profile(_ samples: [Float], rate: Double, threads: Int? = nil) throws -> StyleProfile {
    var learner = ProfileLearner()
    learner.threads = threads
    return try learner.learn(MemorySource([samples], sampleRate: rate))
  }

  private func lines(_ one: StyleProfile, _ other: StyleProfile) throws -> LineCorrelation {
    let mine = try #require(one.fineSpectrum(of: .linked))
    let theirs = try #require(other.fineSpectrum(of: .linked))
    return try #require(mine.correlation(with: theirs, nyquist: min(one.nyquist, other.nyquist)))
  }

  @Test(arguments: [11025.0, 16000, 44100]) func notesAreKnownThroughFiltersAndRates(_ rate: Double) throws {
    let pitches = [220.0, 277.18, 329.63, 440]
    let own = try profile(tune(pitches, seed: 1, rate: 22050), rate: 22050)
    let again = tune(pitches, seed: 2, rate: rate)
    // A filter that rises to high frequencies, and a gain that moves by 18 dB.
    let treated = zip(again.dropFirst(), again).enumerated().map { index, pair in
      (pair.0 - 0.8 * pair.1) * Float(pow(10, 0.45 * sin(Double(index) / rate * 7)))
    }
    let alike = try lines(own, profile(treated, rate: rate))
    let others = try lines(
      own, profile(tune([233.08, 311.13, 369.99, 415.3], seed: 3, rate: rate), rate: rate))
    #expect(alike.coefficient > 0.7 && alike.weight > 0.9)
    #expect(others.coefficient < 0.2 && others.weight > 0.9)
  }

  /// Samples behind a second-order low-pass or high-pass filter of Bristow-Johnson's formulas.
  private func filtered(_ x: [Float], at frequency: Double, q: Double, isHigh: Bool, rate: Double) -> [Float]
  {
    let w = 2 * Double.pi * frequency / rate
    let (alpha, c) = (sin(w) / (2 * q), cos(w))
    let b = (isHigh ? 1 + c : 1 - c) / 2 / (1 + alpha)
    let (a1, a2) = (-2 * c / (1 + alpha), (1 - alpha) / (1 + alpha))
    var (z1, z2) = (0.0, 0.0)
    return x.map { sample in
      let y = b * Double(sample) + z1
      z1 = (isHigh ? -2 : 2) * b * Double(sample) - a1 * y + z2
      z2 = b * Double(sample) - a2 * y
      return Float(y)
    }
  }

  /// Samples behind an eighth-order Butterworth band-pass of 400 to 2500 Hz.
  private func telephone(_ samples: [Float], rate: Double) -> [Float] {
    [0.5098, 0.6013, 0.9, 2.5629].reduce(samples) { x, q in
      let low = filtered(x, at: 400, q: q, isHigh: true, rate: rate)
      return filtered(low, at: 2500, q: q, isHigh: false, rate: rate)
    }
  }

  @Test func steepEdgesDoNotOutweighLines() throws {
    let rate = 22050.0
    let pitches = [220.0, 277.18, 329.63, 440]
    let own = try profile(tune(pitches, seed: 1, rate: rate), rate: rate)
    let again = try profile(telephone(tune(pitches, seed: 2, rate: rate), rate: rate), rate: rate)
    let other = tune([233.08, 311.13, 369.99, 415.3], seed: 3, rate: rate)
    // Edges on one side hide no lines, and edges on both sides are none.
    let (alike, others) = try (
      lines(own, again), lines(again, profile(telephone(other, rate: rate), rate: rate))
    )
    #expect(alike.coefficient > 0.5)
    #expect(others.coefficient < alike.coefficient - 0.3)
    // Noise has no lines but the edges: they agree, and count for less.
    let rain = try (60...61).map {
      try profile(telephone(TestClips.wandering(seed: $0, count: 88_200, rate: rate), rate: rate), rate: rate)
    }
    #expect(try lines(rain[0], rain[1]).weight < 0.75 * others.weight)
  }

  @Test func noiseHasNoLines() throws {
    let rate = 22050.0
    let (one, other) = try (
      profile(TestClips.wandering(seed: 60, count: 100_000, rate: rate), rate: rate),
      profile(TestClips.wandering(seed: 61, count: 100_000, rate: rate), rate: rate)
    )
    #expect(try lines(one, other).weight < 0.2)
    let tonal = try profile(tune([220, 330], seed: 1, rate: rate), rate: rate)
    // Noise beside notes is another sound.
    let mixed = try lines(one, tonal)
    #expect(mixed.weight > 0.9 && abs(mixed.coefficient) < 0.3)
  }

  @Test func sumsAreTheSameForAnyThreadsOrderAndFile() throws {
    let rate = 44100.0
    let clips = (0..<3).map {
      tune([200, 250, 300 + 20 * Double($0)], seed: UInt64($0), rate: rate, seconds: 7)
    }
    let parts = try clips.map { try profile($0, rate: rate) }
    #expect(try profile(clips[0], rate: rate, threads: 1).fineSpectra == parts[0].fineSpectra)
    #expect(try profile(clips[0], rate: rate, threads: 5).fineSpectra == parts[0].fineSpectra)
    var (forward, backward) = (parts[0], parts[2])
    for part in [parts[1], parts[2]] { try forward.merge(part) }
    for part in [parts[1], parts[0]] { try backward.merge(part) }
    #expect(forward.fineSpectra == backward.fineSpectra && forward.fineSpectra[.linked] != nil)
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "s-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try forward.write(to: url)
    #expect(try StyleProfile(contentsOf: url).fineSpectra == forward.fineSpectra)
  }

  @Test func damagedSumsAreErrors() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "s-\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try profile(tune([220, 330], seed: 1, rate: 22050), rate: 22050).write(to: url)
    var file = try SafetensorsFile(contentsOf: url)
    let key = "linked/\(FineSpectrum.key)"
    let numbers: [Int64] = try file.integers(key)
    for (damaged, shape) in [
      (Array(numbers.dropLast()), [numbers.count - 1]), ([-1] + numbers.dropFirst(), [numbers.count]),
      (numbers, [1, numbers.count]),
    ] {
      file[key] = try StoredArray(integers: damaged, shape: shape)
      try file.write(to: url)
      let error = #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
      #expect(
        error?.description.contains(key) == true && error?.description.contains(url.lastPathComponent) == true
      )
    }
    // Files of earlier programs have none.
    file[key] = nil
    try file.write(to: url)
    #expect(try StyleProfile(contentsOf: url).fineSpectrum(of: .linked) == nil)
  }

  @Test func aQuietClipCountsAsMuchAsALoudOne() throws {
    let rate = 22050.0
    let (own, other) = (
      tune([220, 277.18], seed: 1, rate: rate), tune([233.08, 369.99], seed: 2, rate: rate)
    )
    var (even, uneven) = (try profile(own, rate: rate), try profile(own, rate: rate))
    try even.merge(profile(other, rate: rate))
    try uneven.merge(profile(other.map { $0 / 100 }, rate: rate))
    let (one, two) = try (
      #require(even.fineSpectrum(of: .linked)), #require(uneven.fineSpectrum(of: .linked))
    )
    // Clips are brought to one loudness in steps of 0.5 dB: within 3 % of √|X|. The quiet clip's sums are rounded to 2⁻²⁰ a frame.
    for (a, b) in zip(one.sums, two.sums) { #expect(abs(Double(a) - Double(b)) < 0.03 * Double(a)) }
  }

  @Test func whatOverflowsStaysANumber() throws {
    // Powers beyond what a group holds, and no numbers at all.
    var pass = FineSpectrumPass(geometry: STFTGeometry(sampleRate: 22050))
    let bins = STFTGeometry(sampleRate: 22050).binCount
    pass.add(power: ContiguousArray(repeating: .greatestFiniteMagnitude, count: bins))
    pass.add(power: ContiguousArray(repeating: .infinity, count: bins))
    pass.add(power: ContiguousArray(repeating: .nan, count: bins))
    pass.endGroup()
    let loud = pass.spectrum()
    #expect(loud.sums.allSatisfy { $0 > 0 })
    let quiet = try #require(
      try profile([Float](repeating: 0, count: 50_000), rate: 22050).fineSpectrum(of: .linked))
    let found = try #require(loud.correlation(with: quiet, nyquist: 11025))
    #expect(found.coefficient.isFinite && found.weight.isFinite)
    #expect(loud.shifted(byBuckets: 4000).sums.allSatisfy { $0 == .max })
    // Sums of many such clips end at the largest integer.
    let most = FineSpectrum(
      sums: Array(repeating: .max, count: FineSpectrum.frequencies.count), frameCount: .max)
    #expect(most.merged(with: most) == most)
    #expect(most.correlation(with: most, nyquist: 8000)?.coefficient == 0)
    #expect(most.correlation(with: most, nyquist: 500) == nil)
  }

  @Test func anotherPieceIsTakenLessOf() throws {
    let rate = 22050.0
    let pitches = [220.0, 277.18, 329.63, 440]
    let content = MemorySource([tune(pitches, seed: 1, rate: rate)], sampleRate: rate)
    func unlikeness(_ samples: [Float]) throws -> Double {
      var options = RestyleOptions()
      options.method = .match
      let restyler = Restyler(options: options)
      let own = try restyler.learner.learn(content)
      let style = try restyler.learner.learn(MemorySource([samples], sampleRate: rate))
      let planned = try #require(
        restyler.restyling(of: own, towards: [WeightedStyle(style)]).facts.unlikeness)
      #expect(try restyler.restyle(content, towards: [WeightedStyle(style)]).report.unlikeness == planned)
      return planned
    }
    let alike = try unlikeness(tune(pitches, seed: 2, rate: rate))
    let other = try unlikeness(tune([233.08, 311.13, 369.99, 415.3], seed: 2, rate: rate))
    #expect(alike < 0.1 && other > 0.5)
    var options = RestyleOptions()
    options.method = .adain
    let style = try Restyler(options: options).learner.learn(content)
    #expect(
      try Restyler(options: options).restyle(content, towards: [WeightedStyle(style)]).report.unlikeness
        == nil)
  }
}
