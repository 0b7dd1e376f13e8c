public import Tensors

/// Instance normalization of sequences that arrive in chunks: the causal counterpart for live use.
///
/// `y = (x − μₜ) / √(σₜ² + eps) · weight + bias`
///
/// μₜ and σₜ² are the mean and the biased variance of the row's values up to and including position t. With
/// s = max(share, 1/n) at the n-th position, `δ = x − μ`, `μ ← μ + s · δ`, `σ² ← (1 − s) · (σ² + s · δ²)`. This is
/// Welford's recursion while s = 1/n, and an exponential average with the given share from then on. Results have the
/// same bits for any division into chunks and any number of threads. All statistics are in `Double`.
///
/// The variance is biased whatever the norm's estimator is. Eps is added where ``InstanceNorm1d/spread`` places it.
///
/// The first position of a row equals its mean, so it gives the bias. After NaN or infinity a row stays NaN until
/// ``reset()``.
public struct StreamingInstanceNorm1d<Scalar: TensorScalar>: Equatable, Sendable {
  /// How far back the statistics reach.
  public enum Memory: Hashable, Sendable, Codable {
    /// All positions so far, with equal weights.
    case cumulative
    /// About the last 1/share positions: the newest position has the weight `share`, and each older one `1 − share`
    /// times the weight of the position after it.
    case exponential(share: Double)
  }

  /// Statistics of one row so far.
  public struct Statistics: Hashable, Sendable {
    /// The number of positions n.
    public internal(set) var count = 0
    /// μ, 0 at first.
    public internal(set) var mean = 0.0
    /// The biased variance σ², 0 at first.
    public internal(set) var variance = 0.0
  }

  /// The layer whose eps, weight, bias and device are used.
  public let norm: InstanceNorm1d<Scalar>

  /// How far back the statistics reach.
  public let memory: Memory

  /// The number of sequences N that are normalized side by side.
  public let samples: Int

  /// The statistics of row (n, c), at n · C + c.
  public private(set) var statistics: [Statistics]

  /// Creates a stream without values so far.
  ///
  /// - Parameters:
  ///   - norm: The layer whose eps, weight, bias and device are used; its running statistics play no part.
  ///   - samples: The number of sequences N.
  ///   - memory: How far back the statistics reach.
  /// - Precondition: `samples` is at least 1, and a share is above 0 and at most 1.
  public init(_ norm: InstanceNorm1d<Scalar>, samples: Int = 1, memory: Memory = .cumulative) {
    require(samples >= 1, "expected at least 1 sample, found \(samples)")
    if case .exponential(let share) = memory {
      require(share > 0 && share <= 1, "expected a share above 0 and at most 1, found \(share)")
    }
    self.init(norm, samples, memory)
  }

  /// Creates a stream from values that come from data.
  ///
  /// - Throws: ParameterError where `samples` is below 1, or a share is not above 0 and at most 1.
  public init(
    checking norm: InstanceNorm1d<Scalar>, samples: Int, memory: Memory
  ) throws(ParameterError) {
    if samples < 1 { throw ParameterError("samples", expected: "at least 1", found: "\(samples)") }
    if case .exponential(let share) = memory, !(share > 0 && share <= 1) {
      throw ParameterError("share", expected: "a number above 0 and at most 1", found: "\(share)")
    }
    self.init(norm, samples, memory)
  }

  private init(_ norm: InstanceNorm1d<Scalar>, _ samples: Int, _ memory: Memory) {
    self.norm = norm
    self.samples = samples
    self.memory = memory
    statistics = Array(repeating: Statistics(), count: samples * norm.numFeatures)
  }

  /// Forgets the statistics of all rows.
  public mutating func reset() {
    statistics = Array(repeating: Statistics(), count: statistics.count)
  }

  /// Normalizes the next chunk, of shape (N, C, any length).
  ///
  /// - Throws: ShapeError where N or C differs; the stream is then unchanged.
  public mutating func process(_ chunk: Tensor3<Scalar>) throws(ShapeError) -> Tensor3<Scalar> {
    var output = chunk
    try process(inPlace: &output)
    return output
  }

  /// Normalizes the next chunk in place, allocating nothing.
  ///
  /// - Throws: ShapeError where N or C differs; chunk and stream are then unchanged.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public mutating func process(inPlace chunk: inout Tensor3<Scalar>) throws(ShapeError) {
    let shape = chunk.shape
    guard shape.n == samples, shape.c == norm.numFeatures else {
      throw ShapeError("expected a chunk of size [\(samples), \(norm.numFeatures), …], found \(shape)")
    }
    let share: Double
    switch memory {
    case .cumulative: share = 0
    case .exponential(let newest): share = newest
    }
    let norm = norm
    unsafe statistics.withUnsafeMutableBufferPointer { statistics in
      unsafe chunk.withMutableScalars { scalars in
        unsafe RowThreads.forEach(
          rowCount: shape.rowCount, rowLength: 8 * shape.l, device: norm.device,
          sharing: (statistics, scalars)
        ) { shared, rows in
          let (statistics, scalars) = unsafe shared
          for row in rows {
            let values = unsafe UnsafeMutableBufferPointer(
              rebasing: scalars[row * shape.l..<(row + 1) * shape.l])
            unsafe statistics[row].normalize(values, share: share, norm, channel: row % shape.c)
          }
        }
      }
    }
  }
}

extension StreamingInstanceNorm1d.Statistics {
  /// Takes in a row's next values and writes the normalized ones over them.
  mutating func normalize(
    _ values: UnsafeMutableBufferPointer<Scalar>, share: Double, _ norm: InstanceNorm1d<Scalar>, channel: Int
  ) {
    let scale = norm.weight.map { Double($0[channel]) } ?? 1
    let shift = norm.bias.map { Double($0[channel]) } ?? 0
    let spread = norm.spread
    for i in values.indices {
      let x = unsafe Double(values[i])
      count += 1
      let newest = max(share, 1 / Double(count))
      let delta = x - mean
      mean += newest * delta
      variance = (1 - newest) * (variance + newest * delta * delta)
      let deviation = spread.standardDeviation(variance: variance)
      let centred = deviation == 0 ? 0 : (x - mean) / deviation
      unsafe values[i] = Scalar(centred * scale + shift)
    }
  }
}

extension StreamingInstanceNorm1d: CustomStringConvertible {
  /// The stream's configuration in one line, without its statistics.
  public var description: String {
    "StreamingInstanceNorm1d(\(norm), samples: \(samples), memory: \(memory))"
  }
}
