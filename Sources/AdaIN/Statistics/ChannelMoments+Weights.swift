import InstanceNorm
public import Tensors

extension ChannelMoments {
  /// The moments of a row with a weight for each value: n = Σ w, mean = Σ w x / n, M2 = Σ w (x − mean)².
  ///
  /// Values of weight 0 are not looked at. Weights that are all 1 give the moments of the row kernel to the bit.
  init<Scalar: TensorScalar>(_ row: UnsafeBufferPointer<Scalar>, weights: [Double]) {
    assert(row.count == weights.count)
    // Stretches of weight 1 run through the row kernel; others are summed about the mean so far.
    var total = ChannelMoments()
    var start = 0
    while start < weights.count {
      let weight = weights[start]
      var end = start + 1
      if weight == 0 || weight == 1 {
        while end < weights.count, weights[end] == weight { end += 1 }
      } else {
        while end < weights.count, weights[end] != 0, weights[end] != 1 { end += 1 }
      }
      let part = unsafe UnsafeBufferPointer(rebasing: row[start..<end])
      if weight == 1 {
        total = total.merged(with: ChannelMoments(unsafe RowKernel.moments(of: part)))
      } else if weight != 0 {
        total = total.merged(with: unsafe Self.fractional(part, weights[start..<end]))
      }
      start = end
    }
    self = total
  }

  private static func fractional<Scalar: TensorScalar>(
    _ row: UnsafeBufferPointer<Scalar>, _ weights: ArraySlice<Double>
  ) -> ChannelMoments {
    let pivot = unsafe Double(row[0])
    var (count, sum) = (0.0, 0.0)
    for (i, weight) in weights.enumerated() {
      count += weight
      sum += unsafe weight * (Double(row[i]) - pivot)
    }
    let step = sum / count
    var (squares, rest) = (0.0, 0.0)
    for (i, weight) in weights.enumerated() {
      let deviation = unsafe (Double(row[i]) - pivot) - step
      squares += weight * deviation * deviation
      rest += weight * deviation
    }
    // `rest` is what rounding left of the first sum; it corrects mean and squares.
    let correction = rest / count
    let mean = pivot + step
    return ChannelMoments(
      count: count, mean: mean, meanLow: (pivot - mean) + step + correction,
      sumOfSquares: max(0, squares - rest * correction))
  }
}

extension StyleStatistics {
  /// Takes the statistics of a tensor of shape (N, C, L) with a weight for each position.
  ///
  /// n = Σ w, mean = Σ w x / n, M2 = Σ w (x − mean)². Values of weight 0 are not looked at, so padding and
  /// NaN stay out.
  ///
  /// - Parameters:
  ///   - tensor: The values, of shape (N, C, L).
  ///   - mask: One weight, finite and not negative, for each position; the same for all samples and channels.
  ///   - pooling: Whether each sample has statistics of its own.
  /// - Throws: ShapeError where the mask has another length or holds other weights.
  public init<Scalar: TensorScalar>(
    _ tensor: Tensor3<Scalar>, mask: [Double], pooling: Pooling = .perSample
  ) throws(ShapeError) {
    guard mask.count == tensor.shape.l else {
      throw ShapeError("expected a mask of length \(tensor.shape.l), found \(mask.count)")
    }
    if let weight = mask.first(where: { !($0 >= 0 && $0.isFinite) }) {
      throw ShapeError("expected finite weights of 0 or more, found \(weight)")
    }
    var rows: [ChannelMoments] = []
    unsafe tensor.withScalars { scalars in
      for row in 0..<tensor.shape.rowCount {
        let values = unsafe UnsafeBufferPointer(rebasing: scalars[row * mask.count..<(row + 1) * mask.count])
        rows.append(unsafe ChannelMoments(values, weights: mask))
      }
    }
    try self.init(rows, numFeatures: tensor.shape.c, numSamples: tensor.shape.n)
    if pooling == .shared { self = pooled }
  }
}
