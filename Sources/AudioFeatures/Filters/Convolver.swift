/// Convolves channels with an impulse response, block by block (overlap-save).
///
/// `y[n] = Σₖ h[k] · x[n − k]`, with zeros before the first sample. For a response of K taps, transforms have F = 4·K
/// samples: the last K samples of the block before, and F − K new ones. Blocks begin at fixed places of the clip, so
/// results do not depend on how the clip is cut into pieces. Where the last K samples are exactly 0, the result is set
/// to exactly 0, which the rounding of transforms would not give.
public struct Convolver: Sendable {
  private let plan: RealFFT
  private let response: Spectrum
  private let overlap: Int
  /// For each channel the last ``overlap`` samples, then those of the block that is being filled.
  private var blocks: [ContiguousArray<Float>]
  /// The number of samples in each channel's block, the overlap included.
  private var filled: [Int]
  // Scratch memory that the channels use in turn.
  private var workspace: RealFFT.Workspace
  private var spectrum: Spectrum
  private var output: ContiguousArray<Float>

  /// The number of new samples in a block; the output is behind the input by less than that.
  private var blockLength: Int { plan.length - overlap }

  /// Creates a convolver.
  ///
  /// - Parameters:
  ///   - taps: The impulse response, whose length is a power of two from 1 to 2¹⁸.
  ///   - channelCount: The number of channels.
  public init(taps: ContiguousArray<Float>, channelCount: Int = 1) {
    overlap = taps.count
    plan = RealFFT.shared(length: 4 * taps.count)
    workspace = RealFFT.Workspace(for: plan)
    var padded = taps
    padded.append(contentsOf: repeatElement(0, count: plan.length - taps.count))
    spectrum = Spectrum(binCount: plan.binCount)
    spectrum.transform(padded, plan, &workspace)
    response = spectrum
    output = ContiguousArray(repeating: 0, count: plan.length)
    blocks = Array(repeating: output, count: channelCount)
    filled = Array(repeating: overlap, count: channelCount)
  }

  /// The number of output samples that further `inputCount` input samples of a channel will release.
  public func outputCount(of inputCount: Int, channel: Int = 0) -> Int {
    (filled[channel] - overlap + inputCount) / blockLength * blockLength
  }

  /// The number of samples of a channel that wait for their block or for ``finish(channel:into:)``.
  public func heldCount(channel: Int = 0) -> Int { filled[channel] - overlap }

  /// Takes in samples of a channel, and calls a closure with the filtered samples, block by block.
  public mutating func process(_ samples: Span<Float>, channel: Int = 0, into body: (Span<Float>) -> Void) {
    var done = 0
    while done < samples.count {
      let count = min(samples.count - done, plan.length - filled[channel])
      Self.copy(samples.extracting(done..<done + count), into: &blocks[channel], at: filled[channel])
      filled[channel] += count
      done += count
      if filled[channel] == plan.length { transform(channel, blockLength, body) }
    }
  }

  /// Calls a closure with the remaining samples of a channel; the output is then as long as the input.
  public mutating func finish(channel: Int = 0, into body: (Span<Float>) -> Void) {
    let count = heldCount(channel: channel)
    guard count > 0 else { return }
    for i in filled[channel]..<plan.length { blocks[channel][i] = 0 }
    transform(channel, count, body)
  }

  /// Filters a channel's block, calls a closure with its first `count` new samples, and keeps its last ones.
  private mutating func transform(_ channel: Int, _ count: Int, _ body: (Span<Float>) -> Void) {
    spectrum.transform(blocks[channel], plan, &workspace)
    spectrum.multiply(by: response)
    spectrum.invert(into: &output, plan, &workspace)
    silence(blocks[channel])
    body(output.span.extracting(overlap..<overlap + count))
    let (overlap, length) = (overlap, plan.length)
    unsafe blocks[channel].withUnsafeMutableBufferPointer { block in
      guard let base = block.baseAddress else { return }
      unsafe base.update(from: base + (length - overlap), count: overlap)
    }
    filled[channel] = overlap
  }

  /// Sets output samples to 0 where the last K input samples are exactly 0.
  private mutating func silence(_ block: ContiguousArray<Float>) {
    // A run of K zeros covers one of these places.
    guard stride(from: 0, to: block.count, by: overlap).contains(where: { block[$0] == 0 }) else { return }
    var zeros = 0
    for i in block.indices {
      zeros = block[i] == 0 ? zeros + 1 : 0
      if zeros >= overlap { output[i] = 0 }
    }
  }

  private static func copy(_ samples: Span<Float>, into target: inout ContiguousArray<Float>, at place: Int) {
    precondition(place >= 0 && place + samples.count <= target.count)
    unsafe samples.withUnsafeBufferPointer { samples in
      unsafe target.withUnsafeMutableBufferPointer { target in
        guard let from = samples.baseAddress, let to = target.baseAddress else { return }
        unsafe (to + place).update(from: from, count: samples.count)
      }
    }
  }
}
