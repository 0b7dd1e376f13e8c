import Tensors

/// Up to 256 frames of C channels in `Double`, channel by channel in vectors of 8; unused places hold 0.
struct FrameBlock {
  /// The largest number of frames.
  static let length = 256
  private static let vectorCount = length / 8

  let numFeatures: Int
  /// The number of frames.
  private(set) var count: Int
  private var vectors: [SIMD8<Double>]

  /// Creates a block of the frames at some positions of sample `n`; frames with a value that is not finite are left
  /// out.
  init<Scalar: TensorScalar>(_ features: Tensor3<Scalar>, _ n: Int, _ positions: Range<Int>) {
    self = unsafe features.withScalars { scalars in
      unsafe FrameBlock(
        scalars, features.shape, n, positions, minus: Array(repeating: 0, count: features.shape.c))
    }
    let bad = (0..<count).filter { i in (0..<numFeatures).contains { !self[$0, i].isFinite } }
    if bad.isEmpty { return }
    let kept = (0..<count).filter { !bad.contains($0) }
    for c in 0..<numFeatures {
      for (to, from) in kept.enumerated() { self[c, to] = self[c, from] }
      for i in kept.count..<count { self[c, i] = 0 }
    }
    count = kept.count
  }

  /// Creates a block of the frames at some positions of sample `n`, minus the frame `centre`.
  init<Scalar: TensorScalar>(
    _ scalars: UnsafeBufferPointer<Scalar>, _ shape: TensorShape, _ n: Int, _ positions: Range<Int>,
    minus centre: [Double]
  ) {
    precondition(positions.count <= Self.length)
    numFeatures = shape.c
    count = positions.count
    vectors = Array(repeating: SIMD8(repeating: 0), count: shape.c * Self.vectorCount)
    for c in 0..<shape.c {
      let row = (n * shape.c + c) * shape.l
      let values = unsafe RowConversion.doubles(
        scalars, row + positions.lowerBound..<row + positions.upperBound)
      unsafe vectors.withUnsafeMutableBytes { bytes in
        // SAFETY: `values` are at most the 256 numbers that a channel has room for.
        let start = c * Self.length * MemoryLayout<Double>.stride
        for (i, value) in values.enumerated() {
          unsafe bytes.storeBytes(of: value - centre[c], toByteOffset: start + i * 8, as: Double.self)
        }
      }
    }
  }

  private subscript(c: Int, i: Int) -> Double {
    get { vectors[c * Self.vectorCount + i / 8][i % 8] }
    set { vectors[c * Self.vectorCount + i / 8][i % 8] = newValue }
  }

  /// Subtracts each channel's mean and returns the means.
  mutating func centre() -> [Double] {
    (0..<numFeatures).map { c in
      let first = c * Self.vectorCount
      var sum = SIMD8<Double>(repeating: 0)
      for v in 0..<Self.vectorCount { sum += vectors[first + v] }
      let mean = sum.sum() / Double(count)
      for i in 0..<count { self[c, i] -= mean }
      return mean
    }
  }

  /// ‖d‖² of each frame.
  func squaredNorms() -> [SIMD8<Double>] {
    var result = Array(repeating: SIMD8<Double>(repeating: 0), count: Self.vectorCount)
    for c in 0..<numFeatures {
      for v in 0..<Self.vectorCount {
        let d = vectors[c * Self.vectorCount + v]
        result[v] += d * d
      }
    }
    return result
  }

  /// The sum over frames of the product of two channels.
  func product(_ a: Int, _ b: Int) -> Double {
    unsafe vectors.withUnsafeBufferPointer { vectors in
      let (x, y) = (
        vectors.extracting(a * Self.vectorCount..<(a + 1) * Self.vectorCount),
        vectors.extracting(b * Self.vectorCount..<(b + 1) * Self.vectorCount)
      )
      var sum = SIMD8<Double>(repeating: 0)
      for v in 0..<Self.vectorCount { unsafe sum += x[v] * y[v] }
      return sum.sum()
    }
  }

  /// The sum over frames of a channel times a weight of each frame.
  func product(_ c: Int, _ weights: [SIMD8<Double>]) -> Double {
    var sum = SIMD8<Double>(repeating: 0)
    for v in 0..<Self.vectorCount { sum += vectors[c * Self.vectorCount + v] * weights[v] }
    return sum.sum()
  }

  /// For each frame, the sum over channels of value times factor; one factor for each channel.
  func combination(_ factors: ArraySlice<Double>) -> [Double] {
    precondition(factors.count == numFeatures)
    var sums = [Double](repeating: 0, count: Self.length)
    unsafe vectors.withUnsafeBufferPointer { vectors in
      // Four vectors at a time stay in registers.
      for first in stride(from: 0, to: (count + 7) / 8, by: 4) {
        var (s0, s1, s2, s3) = (SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>(), SIMD8<Double>())
        for (c, factor) in factors.enumerated() {
          let at = c * Self.vectorCount + first
          unsafe s0 += factor * vectors[at]
          unsafe s1 += factor * vectors[at + 1]
          unsafe s2 += factor * vectors[at + 2]
          unsafe s3 += factor * vectors[at + 3]
        }
        for (index, sum) in [s0, s1, s2, s3].enumerated() {
          for lane in 0..<8 { sums[(first + index) * 8 + lane] = sum[lane] }
        }
      }
    }
    return sums
  }
}
