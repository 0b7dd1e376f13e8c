public import Tensors

/// Gaussian optimal transport: gives frames the style's mean and full covariance with the least movement.
///
/// `T(x) = μs + A (x − μc)`, `A = Σc^−½ (Σc^½ Σs Σc^½)^½ Σc^−½`, the optimal map between two normal distributions.
/// In directions in which the content does not vary, the result is the style's mean. With few frames the covariances
/// are shrunk towards a multiple of the identity, so that A stays small and free of NaN even where channels outnumber
/// frames. Making the map costs O(C³), mapping a frame O(C²).
///
/// Source: Lu et al., *A Closed-Form Solution to Universal Style Transfer*, ICCV 2019 (arXiv 1906.00668).
public struct GaussianTransport: FeatureTransfer {
  /// How covariances are estimated.
  public var shrinkage: CovarianceShrinkage

  /// Creates the transfer.
  public init(shrinkage: CovarianceShrinkage = .automatic) {
    self.shrinkage = shrinkage
  }

  /// Statistics of no frames.
  public func makeStatistics(numFeatures: Int) -> CovarianceStatistics {
    CovarianceStatistics(numFeatures: numFeatures)
  }

  /// The map from the content's normal distribution to the style's.
  ///
  /// - Throws: ``StyleError`` (`shape`) where the two differ in channels or one holds no frames.
  public func map(
    from content: CovarianceStatistics, to style: CovarianceStatistics
  ) throws(StyleError) -> LinearMap {
    guard content.numFeatures == style.numFeatures else {
      throw .shape(
        ShapeError("expected a style of \(content.numFeatures) channels, found \(style.numFeatures)"))
    }
    guard content.count > 0, style.count > 0 else {
      throw .shape(
        ShapeError("expected at least 1 frame on both sides, found \(content.count) and \(style.count)"))
    }
    let (from, to) = (content.matrix(shrinkage), style.matrix(shrinkage))
    let middle = from.squareRoot.sandwich(to).squareRoot
    return LinearMap(
      matrix: from.inverseSquareRoot.sandwich(middle), from: content.mean, to: style.mean)
  }
}

/// The map `T(x) = μs + A (x − μc)` of whole frames.
public struct LinearMap: FeatureMap, Hashable {
  let linear: SymmetricMatrix
  /// μc, which is subtracted first.
  public let contentMean: [Double]
  /// μs, which is added last.
  public let styleMean: [Double]

  /// The number of channels C.
  public var numFeatures: Int { contentMean.count }

  /// A, symmetric, in row-major order.
  public var matrix: [Double] { linear.values }

  init(matrix: SymmetricMatrix, from contentMean: [Double], to styleMean: [Double]) {
    linear = matrix
    self.contentMean = contentMean
    self.styleMean = styleMean
  }

  /// Replaces every frame x by `α · T(x) + (1 − α) · x`.
  ///
  /// - Throws: ShapeError where the number of channels differs.
  public func callAsFunction<Scalar: TensorScalar>(
    inPlace features: inout Tensor3<Scalar>, strength: Double
  ) throws(ShapeError) {
    let shape = features.shape
    try check(shape)
    if strength == 0 || shape.count == 0 { return }
    unsafe features.withMutableScalars { scalars in
      for n in 0..<shape.n {
        for start in stride(from: 0, to: shape.l, by: FrameBlock.length) {
          let positions = start..<min(start + FrameBlock.length, shape.l)
          let block = unsafe FrameBlock(UnsafeBufferPointer(scalars), shape, n, positions, minus: contentMean)
          for c in 0..<shape.c {
            var changed = Array(block.combination(linear.row(c))[..<positions.count])
            let row = (n * shape.c + c) * shape.l
            let range = row + positions.lowerBound..<row + positions.upperBound
            for i in changed.indices { changed[i] += styleMean[c] }
            if strength != 1 {
              let values = unsafe RowConversion.doubles(UnsafeBufferPointer(scalars), range)
              for i in changed.indices { changed[i] = values[i] + strength * (changed[i] - values[i]) }
            }
            unsafe RowConversion.store(changed, scalars, at: range.lowerBound)
          }
        }
      }
    }
  }
}

extension LinearMap {
  /// The map with each eigenvalue λ of A replaced by f(λ).
  ///
  /// An eigenvalue is the factor by which A stretches frames along a direction. For a diagonal A the eigenvalues are
  /// the ratios σs / σc of the channels.
  public func mappingEigenvalues(_ f: (Double) -> Double) -> LinearMap {
    LinearMap(matrix: linear.mapEigenvalues(f), from: contentMean, to: styleMean)
  }

  /// The map for a larger number of channels; it leaves the added channels as they are.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels of the result.
  ///   - channels: The position of each channel of this map among the result's channels.
  /// - Precondition: There is one position for each channel of this map; all are different and below `numFeatures`.
  public func embedded(in numFeatures: Int, at channels: [Int]) -> LinearMap {
    precondition(
      channels.count == self.numFeatures && Set(channels).count == channels.count
        && channels.allSatisfy { (0..<numFeatures).contains($0) },
      "expected \(self.numFeatures) different positions below \(numFeatures), found \(channels)")
    var matrix = SymmetricMatrix(size: numFeatures)
    matrix.addToDiagonal(1)
    var (from, to) = (Array(repeating: 0.0, count: numFeatures), Array(repeating: 0.0, count: numFeatures))
    for (i, row) in channels.enumerated() {
      from[row] = contentMean[i]
      to[row] = styleMean[i]
      for (j, column) in channels.enumerated() { matrix[row, column] = linear[i, j] }
    }
    return LinearMap(matrix: matrix, from: from, to: to)
  }
}
