public import InstanceNorm
public import Tensors

/// The mean and covariance of C-channel frames, with the fourth-order sums that Ledoit–Wolf shrinkage needs.
///
/// The statistics are n, the mean μ and, with d = x − μ, the sums Σ d dᵀ, Σ ‖d‖² d and Σ ‖d‖⁴. They merge with rounding
/// errors only, so frames may come in chunks, from many recordings and in any split. A frame with a value that is not
/// finite is left out. Memory is 8 C² bytes; each frame costs O(C²).
public struct CovarianceStatistics: TransferStatistics, Hashable {
  /// The number of channels C.
  public let numFeatures: Int
  /// The number of frames n.
  public private(set) var count = 0
  /// The mean of each channel; 0 without frames.
  public private(set) var mean: [Double]
  /// Σ d dᵀ.
  private(set) var scatter: SymmetricMatrix
  /// Σ ‖d‖² d.
  private(set) var cubic: [Double]
  /// Σ ‖d‖⁴.
  private(set) var quartic = 0.0

  /// Creates statistics of no frames.
  ///
  /// - Precondition: `numFeatures` is not negative.
  public init(numFeatures: Int) {
    precondition(numFeatures >= 0, "expected numFeatures of 0 or more, found \(numFeatures)")
    self.numFeatures = numFeatures
    mean = Array(repeating: 0, count: numFeatures)
    cubic = mean
    scatter = SymmetricMatrix(size: numFeatures)
  }

  /// Creates statistics of frames whose mean and biased covariance are known.
  ///
  /// The fourth-order sums are those of a normal distribution: `Σ ‖d‖² d = 0`, `Σ ‖d‖⁴ = n (tr(S)² + 2 ‖S‖²)`. Where
  /// neighbouring frames depend on each other, `count` should be the number of independent frames, since the shrinkage
  /// follows from it.
  ///
  /// - Parameters:
  ///   - count: The number of frames n.
  ///   - mean: The mean of each of the C channels.
  ///   - covariance: S, in row-major order (C, C). Opposite entries may differ by rounding, that is by
  ///     1e-9 · max |S|; their mean is taken.
  /// - Throws: ShapeError where the numbers do not fit each other, the count is negative, or S is not symmetric or not
  ///   finite.
  public init(count: Int, mean: [Double], covariance: [Double]) throws(ShapeError) {
    guard count >= 0, covariance.count == mean.count * mean.count else {
      throw ShapeError(
        "expected a count of 0 or more and \(mean.count * mean.count) covariances, found \(count) and "
          + "\(covariance.count)")
    }
    self.init(numFeatures: mean.count)
    guard count > 0 else { return }
    self.count = count
    self.mean = mean
    scatter = try SymmetricMatrix(checking: covariance, size: mean.count)
    quartic = Double(count) * (scatter.trace * scatter.trace + 2 * scatter.squaredNorm)
    scatter.scale(Double(count))
  }

  /// Takes in the frames of a tensor, samples pooled.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public mutating func accumulate<Scalar: TensorScalar>(_ features: Tensor3<Scalar>) throws(ShapeError) {
    try checkChannels(features.shape, numFeatures)
    let length = features.shape.l
    for n in 0..<features.shape.n {
      for start in stride(from: 0, to: length, by: FrameBlock.length) {
        combine(Self(FrameBlock(features, n, start..<min(start + FrameBlock.length, length))))
      }
    }
  }

  /// Takes in the frames of other statistics.
  ///
  /// - Throws: ShapeError where the numbers of channels differ.
  public mutating func merge(_ other: CovarianceStatistics) throws(ShapeError) {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    combine(other)
  }

  /// The covariance Σ d dᵀ / n or / (n − 1), in row-major order; NaN for fewer frames than the estimator needs.
  public func covariance(estimator: VarianceEstimator = .biased) -> [Double] {
    let divisor = Double(count) - (estimator == .biased ? 0 : 1)
    return scatter.values.map { divisor > 0 ? $0 / divisor : .nan }
  }

  /// The statistics of one block of frames.
  private init(_ frames: FrameBlock) {
    self.init(numFeatures: frames.numFeatures)
    var block = frames
    count = block.count
    if count == 0 { return }
    mean = block.centre()
    let squares = block.squaredNorms()
    quartic = squares.reduce(0) { $0 + ($1 * $1).sum() }
    for i in 0..<numFeatures {
      cubic[i] = block.product(i, squares)
      for j in 0...i {
        let product = block.product(i, j)
        scatter[i, j] = product
        scatter[j, i] = product
      }
    }
  }

  private mutating func combine(_ other: CovarianceStatistics) {
    if other.count == 0 { return }
    if count == 0 {
      self = other
      return
    }
    let share = Double(other.count) / Double(count + other.count)
    let delta = zip(mean, other.mean).map { $1 - $0 }
    var theirs = other
    shift(by: delta.map { $0 * share })
    theirs.shift(by: delta.map { -$0 * (1 - share) })
    count += other.count
    scatter.add(theirs.scatter)
    for c in 0..<numFeatures { cubic[c] += theirs.cubic[c] }
    quartic += theirs.quartic
  }

  /// Moves the point about which the sums are taken by s: d′ = d − s, where Σ d = 0.
  ///
  /// `Σ d′ d′ᵀ = S + n s sᵀ`, `Σ ‖d′‖² d′ = V − tr(S) s − 2 S s − n ‖s‖² s`,
  /// `Σ ‖d′‖⁴ = Q + 4 sᵀS s + n ‖s‖⁴ − 4 Vᵀs + 2 ‖s‖² tr(S)`.
  private mutating func shift(by s: [Double]) {
    let n = Double(count)
    let square = s.reduce(0) { $0 + $1 * $1 }
    let trace = scatter.trace
    let turned = scatter.times(s)
    let along = zip(turned, s).reduce(0) { $0 + $1.0 * $1.1 }
    let across = zip(cubic, s).reduce(0) { $0 + $1.0 * $1.1 }
    quartic += 4 * along + n * square * square - 4 * across + 2 * square * trace
    for c in 0..<numFeatures {
      cubic[c] -= trace * s[c] + 2 * turned[c] + n * square * s[c]
      mean[c] += s[c]
    }
    scatter.addOuterProduct(s, times: n)
  }
}

/// How a covariance is estimated from few frames.
public enum CovarianceShrinkage: Hashable, Sendable {
  /// The covariance of the frames themselves.
  case none
  /// `(1 − ρ) · S + ρ · (tr S / C) · I` with the ρ that Ledoit and Wolf estimate from the frames.
  case ledoitWolf
  /// ``ledoitWolf`` up to 10 frames a channel, ``none`` above.
  case automatic
  /// `(1 − ρ) · S + ρ · (tr S / C) · I` with a given ρ from 0 to 1.
  case fixed(Double)
}

extension CovarianceStatistics {
  /// The share ρ of the scaled identity that Ledoit and Wolf estimate, from 0 to 1; 0 without spread.
  ///
  /// With S = Σ d dᵀ / n and m = tr S / C: `ρ = min(β̄, δ) / δ`, `δ = ‖S − m I‖²`,
  /// `β̄ = (Σ ‖d‖⁴ / n − ‖S‖²) / n`, where ‖·‖ is the Frobenius norm.
  ///
  /// Source: Ledoit and Wolf, *A well-conditioned estimator for large-dimensional covariance matrices*, Journal of
  /// Multivariate Analysis 88, 2004.
  public var ledoitWolfShrinkage: Double {
    guard count > 0, numFeatures > 0 else { return 0 }
    let n = Double(count)
    let norm = scatter.squaredNorm / (n * n)
    let level = scatter.trace / n / Double(numFeatures)
    // ‖S − m I‖² = ‖S‖² − C m²
    let spread = norm - Double(numFeatures) * level * level
    let noise = (quartic / n - norm) / n
    guard spread > 0 else { return scatter.trace > 0 ? 1 : 0 }
    return min(max(noise, 0), spread) / spread
  }

  /// The share ρ of the scaled identity that a choice of shrinkage gives for these frames.
  public func share(of shrinkage: CovarianceShrinkage) -> Double {
    switch shrinkage {
    case .none: 0
    case .ledoitWolf: ledoitWolfShrinkage
    case .automatic: count > 10 * numFeatures ? 0 : ledoitWolfShrinkage
    case .fixed(let share): min(max(share, 0), 1)
    }
  }

  /// The covariance `(1 − ρ) · S + ρ · (tr S / C) · I` with S = Σ d dᵀ / n, in row-major order; NaN without frames.
  public func covariance(shrinkage: CovarianceShrinkage) -> [Double] { matrix(shrinkage).values }

  /// The shrunk covariance as a matrix.
  func matrix(_ shrinkage: CovarianceShrinkage) -> SymmetricMatrix {
    let share = share(of: shrinkage)
    var result = scatter
    result.scale((1 - share) / Double(count))
    if numFeatures > 0 { result.addToDiagonal(share * scatter.trace / Double(count) / Double(numFeatures)) }
    return result
  }

  /// The Fréchet distance to other statistics, both taken as normal distributions.
  ///
  /// `d² = ‖μA − μB‖² + tr(A + B − 2 (A^½ B A^½)^½)` with the covariances A and B; the result is d ≥ 0. The cost is
  /// O(C³). Source: Dowson and Landau 1982.
  ///
  /// - Throws: ShapeError where numbers of channels differ or one side holds no frames.
  public func frechetDistance(
    to other: CovarianceStatistics, shrinkage: CovarianceShrinkage = .none
  ) throws(ShapeError) -> Double {
    guard other.numFeatures == numFeatures else {
      throw ShapeError("expected statistics of \(numFeatures) channels, found \(other.numFeatures)")
    }
    guard count > 0, other.count > 0 else {
      throw ShapeError("expected at least 1 frame on both sides, found \(count) and \(other.count)")
    }
    let (a, b) = (matrix(shrinkage), other.matrix(shrinkage))
    let between = zip(mean, other.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let common = a.squareRoot.sandwich(b).squareRoot.trace
    return max(0, between + a.trace + b.trace - 2 * common).squareRoot()
  }
}
