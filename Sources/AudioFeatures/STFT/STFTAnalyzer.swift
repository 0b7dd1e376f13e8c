import Foundation

/// A streaming short-time Fourier transform of a clip with any number of channels.
///
/// `X[c, k, i] = Σₙ w[n] · x[c, i·H − W/2 + n] · exp(−2πj·k·n/F)`, where j is the imaginary unit, w[n] = sin(π·n/W) the
/// window, and x is zero before and after the clip. Frames i go from −1 to ⌈S/H⌉ + 1 for a clip of S samples
/// (``STFTGeometry/frameIndices(ofSamples:)``).
///
/// Samples are appended channel by channel in chunks of any size, then frames are taken until none is left:
/// ```swift
/// analyzer.append(left, channel: 0)
/// analyzer.append(right, channel: 1)
/// while analyzer.nextFrame(into: &frame) { … }
/// ```
/// After the last chunk, ``finish()`` releases the frames that reach past the clip's end. Frames do not depend on how
/// the clip was cut into chunks.
public struct STFTAnalyzer: Sendable {
  /// The transform's lengths.
  public let geometry: STFTGeometry
  /// The number of audio channels.
  public let channelCount: Int

  private let plan: RealFFT
  private let window: ContiguousArray<Float>
  private let cumulativeEnergy: ContiguousArray<Float>
  private var scratch: Scratch
  /// The samples that frames still need, one array for each channel, behind `consumed` used ones.
  private var pending: [ContiguousArray<Float>]
  /// The number of used samples at the front of `pending`.
  private var consumed = 0
  /// The clip position of the first unused sample in `pending`; negative in the leading zeros.
  private var start: Int
  private var nextIndex = -1
  private var sampleCount: Int?

  /// Creates an analyzer for a clip's rate and number of channels.
  ///
  /// - Parameters:
  ///   - geometry: The transform's lengths.
  ///   - channelCount: The number of channels, at least 1.
  public init(geometry: STFTGeometry, channelCount: Int) {
    precondition(channelCount >= 1, "a clip has at least one channel")
    self.geometry = geometry
    self.channelCount = channelCount
    plan = RealFFT.shared(length: geometry.fftLength)
    window = SineWindow.values(length: geometry.windowLength)
    cumulativeEnergy = SineWindow.cumulativeEnergy(length: geometry.windowLength)
    scratch = Scratch(plan)
    start = -3 * geometry.hopLength
    pending = Array(
      repeating: ContiguousArray(repeating: 0, count: 3 * geometry.hopLength), count: channelCount)
  }

  /// A frame of the right size for ``nextFrame(into:)``.
  public func makeFrame() -> SpectrumFrame {
    SpectrumFrame(channelCount: channelCount, binCount: geometry.binCount)
  }

  /// Appends samples of one channel.
  ///
  /// Every channel must get the same number of samples before frames are taken.
  public mutating func append(_ samples: Span<Float>, channel: Int) {
    precondition(sampleCount == nil, "samples were appended after the end of the clip")
    if channel == 0 && consumed > 0 { dropConsumed() }
    unsafe samples.withUnsafeBufferPointer { unsafe pending[channel].append(contentsOf: $0) }
  }

  /// Ends the clip; the frames that reach past its end can then be taken.
  public mutating func finish() {
    guard sampleCount == nil else { return }
    dropConsumed()
    let count = start + pending[0].count
    sampleCount = count
    guard count > 0 else { return }
    for channel in 0..<channelCount {
      pending[channel].append(contentsOf: repeatElement(0, count: geometry.windowLength))
    }
  }

  /// Computes the next frame, if all its samples have been appended.
  ///
  /// - Returns: Whether a frame was computed; `false` asks for more samples, or the clip is at its end.
  public mutating func nextFrame(into frame: inout SpectrumFrame) -> Bool {
    guard !readyFrames.isEmpty else { return false }
    transform(nextIndex, into: &frame, with: &scratch)
    drop(1)
    return true
  }

  /// The indices of the frames that can be computed and have not been taken.
  package var readyFrames: Range<Int> {
    let spare = pending[0].count - consumed - geometry.windowLength
    var end = nextIndex + (spare >= 0 ? spare / geometry.hopLength + 1 : 0)
    if let sampleCount { end = min(end, geometry.frameIndices(ofSamples: sampleCount).upperBound) }
    return nextIndex..<max(nextIndex, end)
  }

  /// Scratch memory for transforms: each thread needs its own.
  package struct Scratch: Sendable {
    var workspace: RealFFT.Workspace

    init(_ plan: RealFFT) {
      workspace = RealFFT.Workspace(for: plan)
    }
  }

  /// Scratch memory for ``transform(_:into:with:)``.
  package func makeScratch() -> Scratch { Scratch(plan) }

  /// Computes one of the ready frames without taking it; several threads may do so at the same time.
  package func transform(_ index: Int, into frame: inout SpectrumFrame, with scratch: inout Scratch) {
    precondition(readyFrames.contains(index), "frame \(index) is outside \(readyFrames)")
    precondition(
      pending.allSatisfy { $0.count == pending[0].count }, "every channel must get the same number of samples"
    )
    let offset = (index - nextIndex) * geometry.hopLength
    for channel in 0..<channelCount {
      transform(channel, consumed + offset, into: &frame, &scratch)
    }
    frame.index = index
    frame.windowEnergy = energyInside(start + offset)
  }

  /// The samples of a channel from the start of the first of several ready frames to the start of the frame behind them.
  package func samples(ofFrames indices: Range<Int>, channel: Int) -> ArraySlice<Float> {
    precondition(readyFrames.lowerBound <= indices.lowerBound && indices.upperBound <= readyFrames.upperBound)
    let hop = geometry.hopLength
    let offset = consumed + (indices.lowerBound - nextIndex) * hop
    return ArraySlice(pending[channel][offset..<offset + indices.count * hop])
  }

  /// Passes over the first `count` ready frames.
  package mutating func drop(_ count: Int) {
    precondition(count >= 0 && count <= readyFrames.count)
    consumed += count * geometry.hopLength
    start += count * geometry.hopLength
    nextIndex += count
  }

  private func transform(
    _ channel: Int, _ position: Int, into frame: inout SpectrumFrame, _ scratch: inout Scratch
  ) {
    let bins = geometry.binCount
    let length = geometry.windowLength
    unsafe pending[channel].withUnsafeBufferPointer { samples in
      unsafe window.withUnsafeBufferPointer { window in
        unsafe frame.real.withUnsafeMutableBufferPointer { real in
          unsafe frame.imaginary.withUnsafeMutableBufferPointer { imaginary in
            let range = channel * bins..<(channel + 1) * bins
            unsafe plan.forward(
              UnsafeBufferPointer(rebasing: samples[position..<position + length]), windowedBy: window,
              real: UnsafeMutableBufferPointer(rebasing: real[range]),
              imaginary: UnsafeMutableBufferPointer(rebasing: imaginary[range]),
              workspace: &scratch.workspace)
          }
        }
      }
    }
  }

  /// The energy inside the clip of a window whose first value is at a position of the clip.
  private func energyInside(_ start: Int) -> Float {
    let length = geometry.windowLength
    let from = min(length, max(0, -start))
    let to = sampleCount.map { min(length, max(from, $0 - start)) } ?? length
    // A clip of one sample can meet the window at its zero; the energy of the whole window is taken then.
    let inside = cumulativeEnergy[to] - cumulativeEnergy[from]
    return inside > 0 ? inside : cumulativeEnergy[length]
  }

  private mutating func dropConsumed() {
    for channel in 0..<channelCount {
      pending[channel].removeFirst(consumed)
    }
    consumed = 0
  }
}

/// The lengths of a short-time Fourier transform: one window duration at every sample rate.
///
/// - windowLength W: 42.67 ms (2048 samples at 48 kHz), rounded to a multiple of 4 samples, at least 4;
/// - fftLength F: the smallest power of two from W on; the frame is padded with zeros;
/// - hopLength H: W/4.
///
/// So statistics over frames and frequency bands mean the same at 8 kHz and at 192 kHz.
public struct STFTGeometry: Hashable, Sendable {
  /// The sample rate in Hz.
  public let sampleRate: Double
  /// The window length W in samples.
  public let windowLength: Int
  /// The length F of the Fourier transform in samples.
  public let fftLength: Int
  /// The distance H between frames in samples.
  public var hopLength: Int { windowLength / 4 }
  /// The number of bins of a frame's spectrum, F/2 + 1.
  public var binCount: Int { fftLength / 2 + 1 }

  /// The duration of the window in seconds: 2048 samples at 48 kHz.
  public static let windowDuration = 2048.0 / 48000.0

  /// Creates the geometry for a sample rate in Hz.
  ///
  /// - Precondition: The rate is positive and at most 10 MHz.
  public init(sampleRate: Double) {
    precondition(sampleRate > 0 && sampleRate <= 1e7, "a sample rate must be in (0, 10 MHz]: \(sampleRate)")
    self.sampleRate = sampleRate
    windowLength = max(4, Int((sampleRate * Self.windowDuration / 4).rounded()) * 4)
    var length = 4
    while length < windowLength { length *= 2 }
    fftLength = length
  }

  /// The frequency of a bin in Hz.
  public func frequency(ofBin bin: Int) -> Double {
    Double(bin) * sampleRate / Double(fftLength)
  }

  /// The number L of frames whose centre lies inside a clip: ⌈n / H⌉.
  ///
  /// Frame i is centred at sample i · H.
  public func frameCount(ofSamples sampleCount: Int) -> Int {
    (sampleCount + hopLength - 1) / hopLength
  }

  /// The indices of all frames that touch a clip of n samples: −1 … ⌈n / H⌉ + 1, or none for an empty clip.
  ///
  /// The frame before the first centre and the two after the last complete the overlap at the clip's ends.
  public func frameIndices(ofSamples sampleCount: Int) -> Range<Int> {
    sampleCount == 0 ? 0..<0 : -1..<frameCount(ofSamples: sampleCount) + 2
  }
}

/// The square root of the periodic Hann window: `w[n] = sin(π·n/W)`.
///
/// The window is used for analysis and for synthesis. With a hop of W/4 its squares add up to 2 at every sample, so the
/// round trip reconstructs the signal after a division by 2.
enum SineWindow {
  /// The sum of the squares of the windows that cover a sample.
  static let overlapSum: Float = 2

  /// The W values of the window.
  static func values(length: Int) -> ContiguousArray<Float> { windows[length] }

  private static let windows = TableCache<Int, ContiguousArray<Float>> { length in
    ContiguousArray((0..<length).map { Float(sin(Double.pi * Double($0) / Double(length))) })
  }

  /// The energies Σ w² of the first 0, 1, … W values of the window.
  static func cumulativeEnergy(length: Int) -> ContiguousArray<Float> { energies[length] }

  private static let energies = TableCache<Int, ContiguousArray<Float>> { length in
    var sum = 0.0
    var result: ContiguousArray<Float> = [0]
    for n in 0..<length {
      let value = sin(Double.pi * Double(n) / Double(length))
      sum += value * value
      result.append(Float(sum))
    }
    return result
  }
}
