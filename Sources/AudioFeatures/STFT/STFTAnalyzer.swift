/// A streaming short-time Fourier transform of a clip with any number of channels.
///
/// `X[c, k, i] = Σₙ w[n] · x[c, i·H − W/2 + n] · exp(−2πi·k·n/F)` with the window w[n] = sin(π·n/W), zeros
/// before and after the clip, and i from −1 to ⌈n/H⌉ + 1 (``STFTGeometry/frameIndices(ofSamples:)``).
///
/// Samples are appended channel by channel in chunks of any size, then frames are taken until none is left:
/// ```swift
/// analyzer.append(left, channel: 0)
/// analyzer.append(right, channel: 1)
/// while analyzer.nextFrame(into: &frame) { … }
/// ```
/// After the last chunk, ``finish()`` releases the frames that reach past the clip's end. The frames do not
/// depend on how the clip was cut into chunks.
public struct STFTAnalyzer: Sendable {
  /// The transform's lengths.
  public let geometry: STFTGeometry
  /// The number of audio channels.
  public let channelCount: Int

  private let plan: RealFFT
  private let window: ContiguousArray<Float>
  private let cumulativeEnergy: ContiguousArray<Float>
  private var scratch: Scratch
  /// The samples not yet left behind by the frames, one array a channel; all start at `start`.
  private var pending: [ContiguousArray<Float>]
  /// How many samples at the front of `pending` are used up.
  private var consumed = 0
  /// The clip position of the first pending sample that is not used up; negative in the leading zeros.
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
  /// Every channel must get the same number before frames are taken.
  public mutating func append(_ samples: Span<Float>, channel: Int) {
    precondition(sampleCount == nil, "samples were appended after the end of the clip")
    if channel == 0 && consumed > 0 { dropConsumed() }
    unsafe samples.withUnsafeBufferPointer { unsafe pending[channel].append(contentsOf: $0) }
  }

  /// Ends the clip: the frames that reach past its end can be taken then.
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

  /// Computes the next frame, if all its samples are there.
  ///
  /// - Returns: Whether a frame was computed; `false` asks for more samples, or the clip is at its end.
  public mutating func nextFrame(into frame: inout SpectrumFrame) -> Bool {
    guard !readyFrames.isEmpty else { return false }
    transform(nextIndex, into: &frame, with: &scratch)
    drop(1)
    return true
  }

  /// The indices of the frames whose samples are all there, and that have not been taken.
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

  /// Computes one of the ready frames and leaves all as they are; threads may do so at the same time.
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

  /// Takes frames that are ready.
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

  /// The energy of the window inside the clip, where its first value stands at a position of the clip.
  private func energyInside(_ start: Int) -> Float {
    let length = geometry.windowLength
    let from = min(length, max(0, -start))
    let to = sampleCount.map { min(length, max(from, $0 - start)) } ?? length
    // A clip of one sample can meet the window where it is 0: the whole energy stands in there.
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
