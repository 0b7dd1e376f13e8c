import InstanceNorm
public import Tensors

/// Statistics of a stream; their bits do not depend on how the stream is cut into chunks.
///
/// Each channel's values are cut into blocks of 1024 at fixed positions, and blocks are merged as a binary tree:
/// equal-sized neighbours first. So every value passes through at most log₂(n / 1024) merges, and rounding errors grow
/// with that number instead of with n. For n values the error of the mean is within `(log₂ n) · 2⁻⁵³ · σ`, and the
/// relative error of the variance within `(8 + 4 · log₂ n) · 2⁻⁵³`. Memory is 8 KB plus a few hundred bytes a channel.
public struct StatisticsStream: Sendable {
  /// The number of values in a block.
  public static let blockLength = 1024

  /// The number of samples N of every chunk.
  public let batchSize: Int
  /// The number of channels C of every chunk.
  public let numFeatures: Int
  private var rows: [Row]

  /// Creates a stream without values.
  ///
  /// - Precondition: Neither number is negative.
  public init(numFeatures: Int, batchSize: Int = 1) {
    require(numFeatures >= 0 && batchSize >= 0, "expected numbers of 0 or more")
    self.batchSize = batchSize
    self.numFeatures = numFeatures
    rows = Array(repeating: Row(), count: batchSize * numFeatures)
  }

  /// Takes in the next chunk, of shape (N, C, any length).
  ///
  /// - Throws: ShapeError where the chunk has another number of samples or channels.
  public mutating func append<Scalar: TensorScalar>(_ chunk: Tensor3<Scalar>) throws(ShapeError) {
    let shape = chunk.shape
    guard shape.n == batchSize, shape.c == numFeatures else {
      throw ShapeError("expected a chunk of shape [\(batchSize), \(numFeatures), any], found \(shape)")
    }
    unsafe chunk.withScalars { scalars in
      for index in rows.indices {
        unsafe rows[index].append(
          UnsafeBufferPointer(rebasing: scalars[index * shape.l..<(index + 1) * shape.l]))
      }
    }
  }

  /// Takes in the values of another stream, such as one of another part of the material or on another thread.
  ///
  /// Full trees of blocks are merged as they are, so the error bounds of one stream hold for both together. The last
  /// digits depend on where the material was divided.
  ///
  /// - Throws: ShapeError where the other stream has another number of samples or channels.
  public mutating func merge(_ other: StatisticsStream) throws(ShapeError) {
    guard other.batchSize == batchSize, other.numFeatures == numFeatures else {
      throw ShapeError(
        "expected a stream of shape [\(batchSize), \(numFeatures)], "
          + "found [\(other.batchSize), \(other.numFeatures)]")
    }
    for index in rows.indices { rows[index].merge(other.rows[index]) }
  }

  /// The statistics of all values so far, of shape (N, C).
  public var statistics: StyleStatistics {
    var result = StyleStatistics(numFeatures: numFeatures, batchSize: batchSize)
    var index = 0
    result.update { _ in
      defer { index += 1 }
      return rows[index].moments
    }
    return result
  }

  /// One channel: the values of the block that is not full yet, and the roots of full trees.
  private struct Row {
    private var pending: [Double] = []
    /// The roots from the largest tree to the smallest, with the number of blocks of each.
    private var roots: [(blocks: Int, moments: ChannelMoments)] = []

    mutating func append<Scalar: TensorScalar>(_ values: UnsafeBufferPointer<Scalar>) {
      var start = 0
      while start < values.count {
        let count = min(blockLength - pending.count, values.count - start)
        // Values are converted to `Double` first: the kernel of a narrower type gives other bits, and they would depend
        // on the chunks.
        let part = unsafe RowConversion.doubles(values, start..<start + count)
        if count == blockLength {
          push(Self.moments(part))
        } else {
          pending += part
          if pending.count == blockLength {
            push(Self.moments(pending))
            pending.removeAll(keepingCapacity: true)
          }
        }
        start += count
      }
    }

    var moments: ChannelMoments {
      var total = Self.moments(pending)
      for root in roots.reversed() { total = root.moments.merged(with: total) }
      return total
    }

    /// Takes in the values of another row.
    mutating func merge(_ other: Row) {
      for root in other.roots { push(root.moments, blocks: root.blocks) }
      unsafe other.pending.withUnsafeBufferPointer { unsafe append($0) }
    }

    private mutating func push(_ moments: ChannelMoments, blocks count: Int = 1) {
      var (blocks, merged) = (count, moments)
      while let same = roots.lastIndex(where: { $0.blocks == blocks }) {
        merged = roots[same].moments.merged(with: merged)
        blocks *= 2
        roots.remove(at: same)
      }
      let place = roots.firstIndex { $0.blocks < blocks } ?? roots.endIndex
      roots.insert((blocks, merged), at: place)
    }

    private static func moments(_ values: [Double]) -> ChannelMoments {
      ChannelMoments(unsafe values.withUnsafeBufferPointer { unsafe RowKernel.moments(of: $0) })
    }
  }
}

extension ChannelMoments {
  /// The moments of a row with a weight for each value: n = Σ w, mean = Σ w x / n, M2 = Σ w (x − mean)².
  ///
  /// Values of weight 0 are not read. Weights that are all 1 give the bits of the row kernel.
  init<Scalar: TensorScalar>(_ row: UnsafeBufferPointer<Scalar>, weights: [Double]) {
    assert(row.count == weights.count)
    // The row kernel measures stretches of weight 1; other stretches are summed about their first value.
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
    // Without rounding, `rest` would be 0; it corrects mean and squares.
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
  /// n = Σ w, mean = Σ w x / n, M2 = Σ w (x − mean)². Values of weight 0 are not read, so padding and NaN there have no
  /// effect.
  ///
  /// - Parameters:
  ///   - tensor: The values, of shape (N, C, L).
  ///   - mask: One weight, finite and not negative, for each position; the same for all samples and channels.
  ///   - pooling: Whether each sample has statistics of its own.
  /// - Throws: ShapeError where the mask's length is not L, or a weight is negative or not finite.
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
    try self.init(rows, numFeatures: tensor.shape.c, batchSize: tensor.shape.n)
    if pooling == .shared { self = pooled }
  }
}
