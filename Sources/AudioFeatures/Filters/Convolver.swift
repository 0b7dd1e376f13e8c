/// Convolves channels with an impulse response, block by block (overlap-save).
///
/// `y[n] = Σₖ h[k] · x[n − k]`, with zeros before the first sample. A transform of F = 4·K samples serves for a response of
/// K taps: each takes in the last K samples once more and gives F − K new ones. Blocks stand at the same places of the
/// clip however it is cut into pieces, so the result does not depend on that. Where the last K samples are exactly 0, so is
/// the result: a transform's rounding would not be.
public struct Convolver: Sendable {
  private let plan: RealFFT
  private let response: Spectrum
  private let overlap: Int
  /// For each channel the last ``overlap`` samples, and behind them those of the block that is being filled.
  private var blocks: [ContiguousArray<Float>]
  /// How many samples each channel's block holds.
  private var filled: [Int]
  // What channels use in turn.
  private var workspace: RealFFT.Workspace
  private var spectrum: Spectrum
  private var output: ContiguousArray<Float>

  /// The number of new samples in a block; the output stays behind the input by less than that.
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

  /// How many samples will be given out when a number of samples of a channel are taken in.
  public func outputCount(of inputCount: Int, channel: Int = 0) -> Int {
    (filled[channel] - overlap + inputCount) / blockLength * blockLength
  }

  /// How many samples of a channel wait for ``finish(channel:into:)``.
  public func heldCount(channel: Int = 0) -> Int { filled[channel] - overlap }

  /// Takes samples of a channel in, and calls a closure with those that are done, block by block.
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

  /// Gives out what is left of a channel, so that as many samples as were taken in have come out.
  public mutating func finish(channel: Int = 0, into body: (Span<Float>) -> Void) {
    let count = heldCount(channel: channel)
    guard count > 0 else { return }
    for i in filled[channel]..<plan.length { blocks[channel][i] = 0 }
    transform(channel, count, body)
  }

  /// Filters a channel's block, gives out its first new samples, and keeps its last ones for the next.
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

  /// Writes zeros where nothing but zeros has an answer in the output.
  private mutating func silence(_ block: ContiguousArray<Float>) {
    // A run of as many zeros as there are taps reaches over one of these places.
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
