import Restylings
import AudioFeatures
import StyleProfiles

/// Restyles blocks of frames: spectra, levels, gains, scaled spectra of every channel, and samples.
///
/// Each thread has one; the blocks of a clip are shared out among them.
final class FrameRestyler {
  /// The most frames before a block whose gains can be held up to an onset in it.
  static let reach = 4
  private static let largestBlock = FrameBlocks.length + 2

  private let interpolator: GainInterpolator
  private let geometry: STFTGeometry
  private let channelCount: Int
  /// The number of leading channels, which decide on the gains of all: the clip's own, before those of a stem.
  private let leadCount: Int
  private let featureCount: Int
  private let meter: ViewLevelMeter
  private(set) var computers: [GainComputer]
  /// The views whose gains scale spectra, and their indices among all views.
  private let scaledViews: [(index: Int, view: StereoView)]

  /// Whether all gains are 0 dB at any levels, so that samples pass without a transform.
  let isNeutral: Bool

  private var transform: STFTAnalyzer.Scratch
  private var synthesizer: STFTSynthesizer
  private var splitter: SpectrumSplitter
  /// The frame that is being scaled, or its part before an onset.
  private var current: SpectrumFrame
  private var frames: [SpectrumFrame]
  private var row: ContiguousArray<FixedLevel>
  private var levels: ContiguousArray<FixedLevel>
  private var gains: [ContiguousArray<Float>]
  /// The gains of the last frames before the block, by view.
  private var earlierGains: [ContiguousArray<Float>]
  private var isActive: [[Bool]]
  /// The broadband level of each frame of the block, by view.
  private var broadband: [[FixedLevel]]
  private var factors: ContiguousArray<Float>
  private let lastCentre: Int
  private let usesEnvelopes: Bool
  private let excerpt: Excerpt?
  private let thirdOctaves: ThirdOctaves?
  private var powers: ContiguousArray<Float>
  /// The third-octave powers of each view of the content; empty where not wanted.
  private(set) var spectra: [LongTermSpectrumPass]

  /// Creates a restyler.
  ///
  /// - Parameters:
  ///   - rendering: The changes.
  ///   - mixer: The mixer of the leading channels, whose levels decide on the gains.
  ///   - analyzer: The analyser that spectra come from.
  ///   - lastCentre: The index of the last frame whose centre lies inside the clip.
  ///   - excerpt: The parts of the clip that are rendered; `nil` for the whole clip.
  ///   - measuresSpectra: Whether the third octaves of the content are measured.
  init(
    _ rendering: Rendering, mixer: ViewMixer, analyzer: STFTAnalyzer, lastCentre: Int,
    excerpt: Excerpt? = nil, measuresSpectra: Bool = false
  ) throws {
    let geometry = analyzer.geometry
    self.excerpt = excerpt
    thirdOctaves = measuresSpectra ? ThirdOctaves(geometry) : nil
    powers = ContiguousArray(repeating: 0, count: ThirdOctaves.count)
    spectra = rendering.restyling.views.map { _ in LongTermSpectrumPass() }
    channelCount = analyzer.channelCount
    leadCount = mixer.channelCount
    self.geometry = geometry
    self.lastCentre = lastCentre
    usesEnvelopes = rendering.usesEnvelopes
    let restyling = rendering.restyling
    let filterTone = restyling.filterTone(sampleRate: geometry.sampleRate)
    let isFiltered = filterTone != nil
    interpolator = GainInterpolator(layout: restyling.layout, geometry: geometry)
    meter = ViewLevelMeter(mixer: mixer, layout: restyling.layout, geometry: geometry)
    let featureCount = meter.channelCount
    self.featureCount = featureCount
    computers = try restyling.views.enumerated().map { index, view in
      try GainComputer(
        view, of: restyling, filterTone: filterTone, levels: rendering.levels?[index], excerpt: excerpt)
    }
    isNeutral = computers.allSatisfy(\.isNeutral)
    // Where a ``ToneFilter`` has a part of the gains, views that stay as they are take it back.
    scaledViews = restyling.views.indices.filter { isFiltered || !restyling.views[$0].isIdentity }.map {
      ($0, restyling.views[$0].view)
    }
    transform = analyzer.makeScratch()
    synthesizer = STFTSynthesizer(geometry: geometry, channelCount: analyzer.channelCount)
    splitter = SpectrumSplitter(geometry: geometry)
    current = analyzer.makeFrame()
    frames = Array(repeating: analyzer.makeFrame(), count: Self.largestBlock)
    row = ContiguousArray(repeating: .floor, count: featureCount + 1)
    levels = ContiguousArray(repeating: .floor, count: Self.largestBlock * (featureCount + 1))
    gains = computers.map { _ in ContiguousArray(repeating: 0, count: Self.largestBlock * featureCount) }
    earlierGains = computers.map { _ in ContiguousArray(repeating: 0, count: Self.reach * featureCount) }
    isActive = computers.map { _ in [Bool](repeating: false, count: Self.largestBlock) }
    broadband = computers.map { _ in [FixedLevel](repeating: .floor, count: Self.largestBlock) }
    factors = ContiguousArray(repeating: 1, count: geometry.binCount)
  }

  /// Restyles the frames of a block; the analyser must have them ready.
  func restyle(_ block: inout RenderedBlock, from analyzer: STFTAnalyzer) throws {
    guard !isNeutral else { return try pass(&block, from: analyzer) }
    let lead = block.lead
    if lead > 0 { try computeEarlierGains(lead, before: block.frames.lowerBound, from: analyzer) }
    let count = block.frames.count
    try computeGains(block.frames, from: analyzer, with: &computers, into: &gains, counts: true)
    if usesEnvelopes {
      block.levelGains = (0..<count).map { position in
        computers[0].levelGain(of: gains[0][position * featureCount..<(position + 1) * featureCount])
      }
    }
    let length = (count - 1) * geometry.hopLength + geometry.windowLength
    block.samples = Array(repeating: ContiguousArray(repeating: 0, count: length), count: channelCount)
    note(&block)
    for position in 0..<count {
      apply(position, block, lead)
      for channel in 0..<channelCount {
        synthesizer.overlapAdd(
          frames[position], channel: channel, to: &block.samples[channel], at: position * geometry.hopLength)
      }
    }
  }

  /// Passes the samples of a block on unchanged; its levels are measured only where they are wanted.
  private func pass(_ block: inout RenderedBlock, from analyzer: STFTAnalyzer) throws {
    if thirdOctaves != nil {
      try computeGains(block.frames, from: analyzer, with: &computers, into: &gains, counts: true)
      note(&block)
    }
    let overlap = repeatElement(Float(0), count: geometry.windowLength - geometry.hopLength)
    block.samples = (0..<channelCount).map { channel in
      var samples = ContiguousArray(analyzer.samples(ofFrames: block.frames, channel: channel))
      samples.append(contentsOf: overlap)
      return samples
    }
  }

  /// Notes in a block which of its frames are active, and their broadband levels.
  private func note(_ block: inout RenderedBlock) {
    for position in 0..<block.frames.count {
      let isInside = frames[position].index >= 0 && frames[position].index <= lastCentre
      block.isActive.append(isActive.map { isInside && $0[position] })
      block.broadband.append(broadband.map { $0[position] })
    }
  }

  /// Computes spectra and gains of frames.
  private func computeGains(
    _ indices: Range<Int>, from analyzer: STFTAnalyzer, with computers: inout [GainComputer],
    into gains: inout [ContiguousArray<Float>], counts: Bool = false
  ) throws {
    for (position, index) in indices.enumerated() {
      analyzer.transform(index, into: &frames[position], with: &transform)
    }
    for index in computers.indices {
      measure(computers[index].view.view, indices.count, counting: counts ? index : nil)
      try computers[index].compute(
        levels, firstFrame: indices.lowerBound, frameCount: indices.count, gains: &gains[index],
        isActive: &isActive[index])
    }
  }

  /// Computes the gains of frames of the previous block again, without counting them again.
  private func computeEarlierGains(_ count: Int, before first: Int, from analyzer: STFTAnalyzer) throws {
    var uncounted = computers
    for index in uncounted.indices { uncounted[index].excerpt = nil }
    try computeGains(first - count..<first, from: analyzer, with: &uncounted, into: &earlierGains)
  }

  /// Measures the levels of a view over the block.
  ///
  /// Frames whose centre lies outside the clip take the levels of the nearest one inside.
  private func measure(_ view: StereoView, _ count: Int, counting index: Int?) {
    let width = featureCount + 1
    for position in 0..<count {
      // The frames after the last centre share its block.
      if frames[position].index <= lastCentre || position == 0 {
        meter.measure(view, in: frames[position], into: &row)
        if let index { addSpectrum(of: frames[position], index) }
      }
      for i in 0..<width { levels[position * width + i] = row[i] }
      if let index { broadband[index][position] = row[featureCount] }
    }
    if frames[0].index < 0 && count > 1 {
      for i in 0..<width { levels[i] = levels[width + i] }
    }
  }

  /// Adds the powers of the view that was measured last to its third octaves.
  private func addSpectrum(of frame: SpectrumFrame, _ view: Int) {
    guard let thirdOctaves, frame.index >= 0, frame.index <= lastCentre, excerpt?.counts(frame.index) ?? true
    else { return }
    thirdOctaves.measure(power: meter.power, windowEnergy: frame.windowEnergy, into: &powers)
    spectra[view].add(powers, broadband: row[featureCount])
  }

  /// Applies the gains of a frame.
  ///
  /// A frame with an onset is split there: the part before it gets the gains of the last frame wholly before the onset.
  private func apply(_ position: Int, _ block: RenderedBlock, _ lead: Int) {
    guard let split = block.split(ofFrame: frames[position].index) else {
      swap(&current, &frames[position])
      scaleCurrent(from: position, lead)
      swap(&current, &frames[position])
      return
    }
    splitter.split(&frames[position], at: split.place, before: &current)
    scaleCurrent(from: max(split.heldFrame - block.frames.lowerBound, -lead), lead)
    swap(&current, &frames[position])
    scaleCurrent(from: position, lead)
    splitter.silence(&current, before: split.place - splitter.fadeLength)
    frames[position] += current
  }

  /// Scales the current spectrum by the gains of a frame of this block, or of the `lead` frames before it (negative).
  private func scaleCurrent(from position: Int, _ lead: Int) {
    for (index, view) in scaledViews {
      if position >= 0 {
        let range = position * featureCount..<(position + 1) * featureCount
        interpolator.interpolate(gains[index][range], into: &factors)
      } else {
        let place = lead + position
        let range = place * featureCount..<(place + 1) * featureCount
        interpolator.interpolate(earlierGains[index][range], into: &factors)
      }
      // The channels of the clip, then those of its stem.
      for first in stride(from: 0, to: channelCount, by: leadCount) {
        scaleCurrent(view, firstChannel: first)
      }
    }
  }

  /// Scales the channels of one clip in the current spectrum.
  private func scaleCurrent(_ view: StereoView, firstChannel first: Int) {
    switch view {
    case .linked:
      for channel in first..<first + leadCount { current.scale(channel, by: factors) }
    case .channel(let channel):
      current.scale(first + channel, by: factors)
    case .mid:
      current.scaleSum(by: factors, firstChannel: first)
    case .side:
      current.scaleDifference(by: factors, firstChannel: first)
    }
  }
}

/// A block of frames that are restyled together, and their contribution to the result.
struct RenderedBlock: Sendable {
  /// The indices of the frames.
  let frames: Range<Int>
  /// The hard onsets that the frames can hold, in order.
  let onsets: [OnsetDetector.Onset]
  /// The overlapped sum of the frames' samples for each channel, from the first frame's first sample on.
  var samples: [ContiguousArray<Float>] = []
  /// For each frame, whether each view is active.
  var isActive: [[Bool]] = []
  /// For each frame, the broadband level of each view of the content.
  var broadband: [[FixedLevel]] = []
  /// For each frame, the mean gain in dB beside the tone (``GainComputer/levelGain(of:)``); empty where no envelopes
  /// are measured.
  var levelGains: [Float] = []

  /// The content's frames; none where they were not measured.
  var contentFrames: [RenderedPart.ContentFrame] {
    zip(isActive, broadband).map { RenderedPart.ContentFrame(isActive: $0, broadband: $1) }
  }

  private let geometry: STFTGeometry

  /// Creates a block before it is restyled.
  ///
  /// - Parameters:
  ///   - frames: The indices of its frames.
  ///   - onsets: Onsets in order, at least all that the frames can hold.
  ///   - geometry: The transform's lengths.
  init(_ frames: Range<Int>, onsets: [OnsetDetector.Onset], _ geometry: STFTGeometry) {
    self.frames = frames
    self.geometry = geometry
    let start = (frames.lowerBound - 2) * geometry.hopLength
    let end = (frames.upperBound - 3) * geometry.hopLength + geometry.windowLength
    self.onsets = onsets.filter { $0.position >= start && $0.position < end }
  }

  /// The place of the onset within a frame, in samples, and the frame whose gains hold before it; `nil` without an
  /// onset.
  ///
  /// That frame is the last one wholly before the onset, or the frame itself where there is none.
  func split(ofFrame index: Int) -> (place: Int, heldFrame: Int)? {
    // Frame i reaches from (i − 2) · H to (i + 2) · H.
    let start = (index - 2) * geometry.hopLength
    guard let onset = onsets.first(where: { $0.position >= start }),
      onset.end <= start + geometry.windowLength
    else { return nil }
    let held = onset.position / geometry.hopLength - 2
    return (onset.position - start, held < 0 ? index : held)
  }

  /// The number of frames before the block whose gains its onsets need, at most ``FrameRestyler/reach``.
  var lead: Int {
    let held = frames.lazy.compactMap { self.split(ofFrame: $0)?.heldFrame }.min()
    return held.map { min(FrameRestyler.reach, max(0, self.frames.lowerBound - $0)) } ?? 0
  }
}
