/// The inverse of ``STFTAnalyzer``: overlap-adds frames to samples.
///
/// `x[c, n] = ½ · Σᵢ w[n − i·H + W/2] · IFFT(X[c, ·, i])[n − i·H + W/2]`. Unchanged frames give the clip back
/// with an error below −120 dB.
///
/// Frames are added in order, starting at index −1; each frame completes one hop of samples:
/// ```swift
/// while analyzer.nextFrame(into: &frame) {
///   synthesizer.add(frame)
///   synthesizer.withOutput(channel: 0) { samples in … }
/// }
/// ```
/// The last hop reaches past the clip's end: the caller stops at the clip's length.
public struct STFTSynthesizer: Sendable {
  /// The transform's lengths.
  public let geometry: STFTGeometry
  /// The number of audio channels.
  public let channelCount: Int

  private let plan: RealFFT
  private let window: ContiguousArray<Float>
  private var workspace: RealFFT.Workspace
  private var padded: ContiguousArray<Float>
  /// The sums of the samples that later frames still add to, W for each channel.
  private var sums: [ContiguousArray<Float>]
  /// The samples that the last frame completed, H for each channel.
  private var output: [ContiguousArray<Float>]
  private var outputCount = 0

  /// Creates a synthesizer for an analyzer's geometry and number of channels.
  public init(geometry: STFTGeometry, channelCount: Int) {
    self.geometry = geometry
    self.channelCount = channelCount
    plan = RealFFT.shared(length: geometry.fftLength)
    window = ContiguousArray(
      SineWindow.values(length: geometry.windowLength).map { $0 / SineWindow.overlapSum })
    workspace = RealFFT.Workspace(for: plan)
    padded = ContiguousArray(repeating: 0, count: geometry.fftLength)
    sums = Array(repeating: ContiguousArray(repeating: 0, count: geometry.windowLength), count: channelCount)
    output = Array(repeating: ContiguousArray(repeating: 0, count: geometry.hopLength), count: channelCount)
  }

  /// Adds the next frame.
  ///
  /// The samples that the frame completes can be read with ``withOutput(channel:_:)`` until the next frame is added.
  public mutating func add(_ frame: SpectrumFrame) {
    precondition(frame.channelCount == channelCount && frame.binCount == geometry.binCount)
    for channel in 0..<channelCount {
      inverse(frame, channel)
      overlapAdd(channel)
    }
    // Frame i completes the samples before (i − 1) · H; samples before the clip are dropped.
    outputCount = frame.index >= 2 ? geometry.hopLength : 0
  }

  /// Calls a closure with the samples of a channel that the last frame completed: none or one hop.
  public func withOutput<Result, Failure: Error>(
    channel: Int, _ body: (Span<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let samples = output[channel]
    return try body(samples.span.extracting(0..<outputCount))
  }

  /// Adds a frame's windowed samples of one channel to a row, W values from a position on.
  ///
  /// The synthesizer's own samples stay as they are.
  package mutating func overlapAdd(
    _ frame: SpectrumFrame, channel: Int, to row: inout ContiguousArray<Float>, at position: Int
  ) {
    precondition(position >= 0 && position + geometry.windowLength <= row.count)
    inverse(frame, channel)
    unsafe row.withUnsafeMutableBufferPointer { row in
      guard let row = row.baseAddress else { return }
      unsafe Self.add(padded, windowedBy: window, to: row + position)
    }
  }

  private mutating func inverse(_ frame: SpectrumFrame, _ channel: Int) {
    let range = channel * frame.binCount..<(channel + 1) * frame.binCount
    unsafe frame.real.withUnsafeBufferPointer { real in
      unsafe frame.imaginary.withUnsafeBufferPointer { imaginary in
        unsafe padded.withUnsafeMutableBufferPointer { padded in
          unsafe plan.inverse(
            real: UnsafeBufferPointer(rebasing: real[range]),
            imaginary: UnsafeBufferPointer(rebasing: imaginary[range]), output: padded, workspace: &workspace)
        }
      }
    }
  }

  private mutating func overlapAdd(_ channel: Int) {
    let length = geometry.windowLength
    let hop = geometry.hopLength
    unsafe sums[channel].withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      unsafe Self.add(padded, windowedBy: window, to: base)
      unsafe output[channel].withUnsafeMutableBufferPointer { output in
        _ = unsafe output.update(fromContentsOf: sums[0..<hop])
      }
      unsafe base.update(from: base + hop, count: length - hop)
      unsafe (base + length - hop).update(repeating: 0, count: hop)
    }
  }

  /// Adds samples times the window.
  private static func add(
    _ samples: ContiguousArray<Float>, windowedBy window: ContiguousArray<Float>,
    to target: UnsafeMutablePointer<Float>
  ) {
    unsafe window.withUnsafeBufferPointer { window in
      unsafe samples.withUnsafeBufferPointer { samples in
        guard let first = window.baseAddress, let samples = samples.baseAddress else { return }
        unsafe RowArithmetic.multiplyAdd(first, samples, to: target, count: window.count)
      }
    }
  }
}
