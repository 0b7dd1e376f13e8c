import AdaIN
import AudioFeatures
import Foundation
import SoundFiles
import TestSupport
import Testing

@testable import AudioRestyle
@testable import Mastering
@testable import Rendering
@testable import Restylings
@testable import StyleMethods
@testable import StyleProfiles

/// Many short sounds, as a sample pack has them: one colour for all.
@Suite struct PackTests {
  private static let rate = 44_100

  /// Hits of three kinds, of 0.12 to 0.35 s, 12 dB apart in level, that fade to nothing within their last 4 ms.
  private static func hits(_ count: Int, seed: UInt64) -> [[Float]] {
    var numbers = SplitMix64(state: seed)
    func number(_ range: ClosedRange<Double>) -> Double {
      range.lowerBound + (Double(numbers.sample()) + 1) / 2 * (range.upperBound - range.lowerBound)
    }
    return (0..<count).map { index in
      let length = Int(number(0.12...0.35) * Double(rate))
      let (pitch, decay) = (number(50...90), number(10...20))
      let pole = [0, 0.5, 0.93][index % 3]
      var (low, last) = (0.0, 0.0)
      var samples = (0..<length).map { n -> Double in
        let time = Double(n) / Double(rate)
        let fall = exp(-decay * time)
        guard index % 3 > 0 else { return fall * sin(2 * .pi * pitch * time * (1 + exp(-30 * time))) }
        let noise = Double(numbers.sample())
        low += (1 - pole) * (noise - low)
        defer { last = noise }
        // A snare has the lows, a hat the differences.
        return fall * (index % 3 == 1 ? low : noise - last)
      }
      let peak = samples.map(abs).max() ?? 1
      let level = pow(10, number(-14 ... -2) / 20)
      for n in 0..<176 { samples[length - 1 - n] *= Double(n) / 176 }
      return samples.map { Float($0 / peak * level) }
    }
  }

  /// Noise whose highs fall by 6 dB an octave from 200 Hz on.
  private static func darkNoise(seconds: Double) -> [Float] {
    var numbers = SplitMix64(state: 77)
    var low: Float = 0
    return (0..<Int(seconds * Double(rate))).map { _ in
      low += 0.03 * (numbers.sample() - low)
      return low
    }
  }

  /// Sounds after a gentle tilt: everything above 700 Hz is lowered by up to 8 dB.
  private static func tilted(_ samples: [Float]) -> [Float] {
    var low: Float = 0
    return samples.map {
      low += 0.1 * ($0 - low)
      return 0.4 * $0 + 0.6 * low
    }
  }

  /// The power in dB of each third octave from 100 Hz to 12.5 kHz, by two band-pass sections each.
  private static func spectrum(_ samples: [Float]) -> [Double] {
    (-10...11).map { third in
      let centre = 1000 * pow(2, Double(third) / 3)
      let angle = 2 * .pi * centre / Double(rate)
      let alpha = sin(angle) / (2 * 2.8)
      var states = [[Double]](repeating: [0, 0, 0, 0], count: 2)
      var sum = 0.0
      for sample in samples {
        var value = Double(sample)
        for section in states.indices {
          let s = states[section]
          let out = (alpha * (value - s[1]) + 2 * cos(angle) * s[2] - (1 - alpha) * s[3]) / (1 + alpha)
          states[section] = [value, s[0], out, s[2]]
          value = out
        }
        sum += value * value
      }
      return 10 * log10(max(sum / Double(max(1, samples.count)), 1e-14))
    }
  }

  private static func pooled(_ spectra: [[Double]]) -> [Double] {
    spectra[0].indices.map { band in
      10 * log10(spectra.reduce(0) { $0 + pow(10, $1[band] / 10) } / Double(spectra.count))
    }
  }

  private static func distance(_ a: [Double], _ b: [Double]) -> Double {
    let differences = zip(a, b).map { $0 - $1 }
    let mean = differences.reduce(0, +) / Double(differences.count)
    return (differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(differences.count)).squareRoot()
  }

  /// Files of sounds, and what becomes of them.
  private final class Pack {
    let folder: URL
    let options: RestyleOptions
    private(set) var reports: [RestyleReport] = []

    init(_ options: RestyleOptions = RestyleOptions()) throws {
      self.options = options
      folder = FileManager.default.temporaryDirectory.appendingPathComponent("pack-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func restyle(
      _ sounds: [[Float]], towards style: StyleProfile, sharing: AlbumPlan.Sharing = .colour
    ) throws -> [[Float]] {
      let restyler = FileRestyler(options: options)
      for (index, sound) in sounds.enumerated() {
        let writer = try SoundFileWriter(
          path: path("\(index).wav"), format: SoundFileFormat(.wav, .pcm24), sampleRate: PackTests.rate,
          channelCount: 1)
        try writer.write(FrameBuffer(channels: [sound]))
        try writer.finish()
      }
      let measured = try sounds.indices.map { try restyler.measure(path("\($0).wav")) }
      var plan = try AlbumPlan(
        measured, towards: [WeightedStyle(style)], options: options, sharing: sharing)
      while !plan.isDecided {
        try plan.take(
          sounds.indices.map {
            try restyler.rehearse(path("\($0).wav"), clip: $0, of: plan, to: path("\($0).out.wav"))
          })
      }
      reports = try sounds.indices.map {
        try restyler.restyle(path("\($0).wav"), clip: $0, of: plan, to: path("\($0).out.wav"))
      }
      return try sounds.indices.map { index in
        let reader = try SoundFileReader(path: path("\(index).out.wav"))
        var buffer = FrameBuffer(channelCount: 1, capacity: reader.info.frameCount)
        try reader.read(into: &buffer)
        return buffer.channel(0)
      }
    }
  }

  private func learn(_ clips: [[Float]]) throws -> StyleProfile {
    try ProfileLearner().learn(clips.map { MemorySource([$0], sampleRate: Double(Self.rate)) })
  }

  @Test func aPackGetsOneColourAndKeepsItsLevels() throws {
    let sounds = Self.hits(24, seed: 5) + [[Float](repeating: 0, count: 9000)]
    let style = try learn([Self.darkNoise(seconds: 4)])
    let pack = try Pack()
    let results = try pack.restyle(sounds, towards: style)
    #expect(zip(sounds, results).allSatisfy { $0.count == $1.count })
    #expect(results[24].allSatisfy { $0 == 0 }, "silence stays silent")
    #expect(pack.reports[24].warnings == [.contentIsSilent])
    let (before, after) = (sounds.dropLast().map(Self.spectrum), results.dropLast().map(Self.spectrum))
    let target = Self.spectrum(Self.darkNoise(seconds: 4))
    let left = Self.distance(Self.pooled(after), target) / Self.distance(Self.pooled(before), target)
    #expect(left < 0.65, "half of the way to the style: \(left) left")
    // What each sound gets beside the pack's common change, in bands within 40 dB of its strongest.
    let changes = zip(before, after).map { own, new in
      own.indices.map { own[$0] > (own.max() ?? 0) - 40 ? new[$0] - own[$0] : nil }
    }
    let others = changes[0].indices.flatMap { band -> [Double] in
      let known = changes.compactMap { $0[band] }.sorted()
      return known.map { $0 - known[known.count / 2] }
    }
    let spread = (others.reduce(0) { $0 + $1 * $1 } / Double(others.count)).squareRoot()
    #expect(others.count > 200 && spread < 1.5, "colours differ by \(spread) dB")
    #expect(Set(pack.reports.map(\.level.gain)).count == 1)
    #expect(pack.reports.allSatisfy { $0.poolCount == 25 })
  }

  @Test func endsAndStartsDoNotStepAndPeaksStayUnderTheirCeilings() throws {
    var sounds = Self.hits(12, seed: 8)
    sounds[0] = sounds[0].map { $0 * 0.97 / (sounds[0].map(abs).max() ?? 1) }
    // A loop is cut within its sound.
    sounds.append((0..<22_050).map { Float(0.3 * sin(Double($0) * 2 * .pi * 220 / 44_100 + 1)) })
    var options = RestyleOptions()
    options.loudness = .lufs(-8)
    let pack = try Pack(options)
    let results = try pack.restyle(sounds, towards: learn([Self.darkNoise(seconds: 4)]))
    func decibels(_ part: some Sequence<Float>, _ all: [Float]) -> Double {
      20 * log10(Double(part.map(abs).max() ?? 0) / Double(all.map(abs).max() ?? 1) + 1e-9)
    }
    for (sound, result) in zip(sounds, results) {
      #expect(decibels(result.suffix(44), result) < max(-40, decibels(sound.suffix(44), sound) + 1))
      #expect(decibels(result.prefix(1), result) < max(-40, decibels(sound.prefix(1), sound) + 6))
    }
    #expect(decibels(results[12].suffix(44), results[12]) > -12, "a loop does not fade")
    for report in pack.reports {
      let own = try #require(report.contentTruePeak)
      #expect(try #require(report.truePeak) <= max(-1, own) + 0.01)
      #expect(report.level.limiting == nil)
    }
    #expect(pack.reports[0].level.ceilingReduction > 0, "the loudest sound holds all back")
  }

  /// Some sounds of the pack with an effect, and sounds of other draws: the tone is told by what is alike.
  @Test func aPackOfStylesIsComparedSoundBySound() throws {
    let sounds = Self.hits(30, seed: 3)
    let style = try learn(sounds.indices.filter { $0 % 5 == 0 }.map { Self.tilted(sounds[$0]) })
    #expect(style.isPack)
    let results = try Pack().restyle(sounds, towards: style)
    let shares = zip(sounds, results).map { own, result in
      let truth = Self.spectrum(Self.tilted(own))
      return Self.distance(Self.spectrum(result), truth) / Self.distance(Self.spectrum(own), truth)
    }.sorted()
    #expect(shares[shares.count / 2] < 0.8, "median distance left: \(shares[shares.count / 2])")
  }

  @Test func shortSoundsStayInProfileFiles() throws {
    let style = try learn(Self.hits(5, seed: 4))
    let url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try style.write(to: url)
    let read = try StyleProfile(contentsOf: url)
    #expect(read.sounds == style.sounds && read.sounds[.linked]?.frames.count == 5)
    let long = try learn([Self.darkNoise(seconds: 3)])
    #expect(read.isPack && !long.isPack)
    var file = try SafetensorsFile(contentsOf: url)
    file["linked/sound_level"] = nil
    try file.write(to: url)
    #expect(throws: RestyleError.self) { try StyleProfile(contentsOf: url) }
  }

  /// A filter that rings on would end a fade in a step; what was cut within its sound stays cut.
  @Test func theEndIsNoLouderThanBefore() {
    func ends(_ input: [Float], _ output: [Float], pieces: Int) -> [Float] {
      var fade = EndFade(channelCount: 1, sampleRate: 44_100)
      var result: [Float] = []
      for start in stride(from: 0, to: input.count, by: pieces) {
        let range = start..<min(input.count, start + pieces)
        fade.observe(FrameBuffer(channels: [Array(input[range])]))
        result += fade.process(FrameBuffer(channels: [Array(output[range])])).channel(0)
      }
      return result + fade.finish().channel(0)
    }
    let faded = (0..<4000).map { Float(3999 - $0) / 3999 }
    let ringing = (0..<4000).map { Float(3999 - $0) / 3999 + 0.2 }
    let result = ends(faded, ringing, pieces: 4000)
    #expect(result.count == 4000 && result.prefix(3559) == ringing.prefix(3559))
    #expect(result.suffix(5).allSatisfy { $0 < 0.002 })
    #expect(ends(faded, ringing, pieces: 37) == result, "pieces do not matter")
    #expect(ends(ringing, ringing, pieces: 100) == ringing)
  }
}
