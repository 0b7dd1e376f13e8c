extension LinearMap {
  /// The map with each eigenvalue λ of A replaced by f(λ): the factor by which A stretches frames along a direction.
  ///
  /// For a diagonal A these are the ratios of spreads σs / σc of the channels.
  public func mappingEigenvalues(_ f: (Double) -> Double) -> LinearMap {
    LinearMap(matrix: linear.mapEigenvalues(f), from: contentMean, to: styleMean)
  }

  /// The map of more channels, of which the others stay as they are.
  ///
  /// - Parameters:
  ///   - numFeatures: The number of channels of the result.
  ///   - channels: Where the channels of this map stand among them.
  /// - Precondition: There are as many different positions as channels, and all are in range.
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
