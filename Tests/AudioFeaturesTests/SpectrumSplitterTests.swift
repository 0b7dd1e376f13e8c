import AudioFeatures
import Testing

@Suite struct SpectrumSplitterTests {
  private let geometry = STFTGeometry(sampleRate: 44100)

  private func frames(_ clip: [Float]) -> [SpectrumFrame] {
    var analyzer = STFTAnalyzer(geometry: geometry, channelCount: 1)
    analyzer.append(clip.span, channel: 0)
    analyzer.finish()
    var frame = analyzer.makeFrame()
    var all: [SpectrumFrame] = []
    while analyzer.nextFrame(into: &frame) { all.append(frame) }
    return all
  }

  private func clip(_ frames: [SpectrumFrame]) -> [Float] {
    var synthesizer = STFTSynthesizer(geometry: geometry, channelCount: 1)
    var samples: [Float] = []
    for frame in frames {
      synthesizer.add(frame)
      synthesizer.withOutput(channel: 0) { output in
        for index in output.indices { samples.append(output[index]) }
      }
    }
    return samples
  }

  /// Split at one place of the clip in every frame: the parts are the clip's parts, and together they are the clip.
  @Test(arguments: [0, 1000, 4703, 9999]) func partsStandOnTheirSideAndSumToTheWhole(place: Int) {
    let original = LoudnessTestSignals.noise(10_000, seed: 5)
    var splitter = SpectrumSplitter(geometry: geometry)
    var before: [SpectrumFrame] = []
    var after: [SpectrumFrame] = []
    for var frame in frames(original) {
      var part = frame
      splitter.split(&frame, at: place - (frame.index - 2) * geometry.hopLength, before: &part)
      before.append(part)
      after.append(frame)
    }
    let (first, second) = (clip(before), clip(after))
    let fade = splitter.fadeLength
    // Single floats and transforms of 2048 values.
    for n in 0..<10_000 {
      #expect(abs(first[n] + second[n] - original[n]) < 2e-6)
      if n < place - fade { #expect(abs(second[n]) < 2e-6) }
      if n >= place { #expect(abs(first[n]) < 2e-6) }
    }
  }

  @Test func silenceTakesAwayWhatComesBefore() {
    let original = LoudnessTestSignals.noise(10_000, seed: 6)
    var splitter = SpectrumSplitter(geometry: geometry)
    let place = 5000
    let silenced = frames(original).map { frame in
      var frame = frame
      splitter.silence(&frame, before: place - (frame.index - 2) * geometry.hopLength)
      return frame
    }
    let result = clip(silenced)
    for n in 0..<10_000 {
      if n < place - splitter.fadeLength { #expect(abs(result[n]) < 2e-6) }
      if n >= place { #expect(abs(result[n] - original[n]) < 2e-6) }
    }
  }
}
