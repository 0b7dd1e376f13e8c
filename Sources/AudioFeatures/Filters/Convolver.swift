/// Convolves one channel with an impulse response, block by block (overlap-save).
///
/// `y[n] = Σₖ h[k] · x[n − k]`, with zeros before the first sample. A transform of F = 4·K samples serves for a response of
/// K taps: each takes in the last K samples once more and gives F − K new ones. Blocks stand at the same places of the
/// clip however it is cut into pieces, so the result does not depend on that. Where the last K samples are exactly 0, so is
/// the result: a transform's rounding would not be.
public struct Convolver: Sendable {
  private let plan: RealFFT
  private let response: Spectrum
  private let overlap: Int
  private var workspace: RealFFT.Workspace
  /// The last ``overlap`` samples, and behind them those of the block that is being filled.
  private var block: ContiguousArray<Float>
  private var filled: Int
  private var spectrum: Spectrum
  private var output: ContiguousArray<Float>

  /// The number of new samples in a block; the output stays behind the input by less than that.
  public var blockLength: Int { plan.length - overlap }

  /// Creates a convolver.
  ///
  /// - Parameter taps: The impulse response, whose length is a power of two from 1 to 2¹⁸.
  public init(taps: ContiguousArray<Float>) {
    overlap = taps.count
    plan = RealFFT.shared(length: 4 * taps.count)
    workspace = RealFFT.Workspace(for: plan)
    filled = overlap
    var padded = taps
    padded.append(contentsOf: repeatElement(0, count: plan.length - taps.count))
    spectrum = Spectrum(binCount: plan.binCount)
    spectrum.transform(padded, plan, &workspace)
    response = spectrum
    block = ContiguousArray(repeating: 0, count: plan.length)
    output = block
  }

  /// Takes samples in, and calls a closure with those that are done, block by block.
  public mutating func process(_ samples: Span<Float>, into body: (Span<Float>) -> Void) {
    var done = 0
    while done < samples.count {
      let count = min(samples.count - done, block.count - filled)
      Self.copy(samples.extracting(done..<done + count), into: &block, at: filled)
      filled += count
      done += count
      if filled == block.count { transform(blockLength, body) }
    }
  }

  /// Gives out what is left, as many samples as were taken in.
  public mutating func finish(into body: (Span<Float>) -> Void) {
    let count = filled - overlap
    guard count > 0 else { return }
    for i in filled..<block.count { block[i] = 0 }
    transform(count, body)
  }

  /// Filters the block, gives out its first new samples, and keeps its last ones for the next.
  private mutating func transform(_ count: Int, _ body: (Span<Float>) -> Void) {
    spectrum.transform(block, plan, &workspace)
    spectrum.multiply(by: response)
    spectrum.invert(into: &output, plan, &workspace)
    silence()
    body(output.span.extracting(overlap..<overlap + count))
    let length = block.count
    unsafe block.withUnsafeMutableBufferPointer { block in
      guard let base = block.baseAddress else { return }
      unsafe base.update(from: base + (length - overlap), count: overlap)
    }
    filled = overlap
  }

  /// Writes zeros where nothing but zeros has an answer in the output.
  private mutating func silence() {
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
