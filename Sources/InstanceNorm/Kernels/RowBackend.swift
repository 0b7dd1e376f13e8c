import Tensors

/// The operations on rows that every pass consists of, for one kind of processor.
///
/// A backend implements ``write(_:count:)`` for every ``RowMap``, and the three sums. The moments of whole rows follow
/// from the sums, in an extension for all backends. A backend may also carry out a pass for several rows at once. The
/// order of summation is part of the definition: value i of a block belongs to lane i mod 16, each lane is summed in
/// `Double` from front to back, and lanes are added in halves (8, 4, 2, 1). So all backends give the same bits.
///
/// ``PortableBackend`` is the reference, for every processor; `AVX2Backend` calls kernels in C.
protocol RowBackend: Sendable {
  /// Writes the first values of a row.
  func write<Scalar: TensorScalar>(_ row: PendingRow<Scalar>, count: Int)

  /// The sums of a block, while as many values of another row are written.
  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, count: Int, pivot: Double, writing other: PendingRow<Scalar>?
  ) -> BlockSums

  /// The sums of a block of values and gradients whose products are exact in `Double`, while as many values of
  /// another row are written.
  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    writing other: PendingRow<Scalar>?
  ) -> GradientBlockSums

  /// Σ g and Σ g · (x − mean) of a row, where the mean and the deviation of narrow scalars are rounded to `Float`.
  func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double
  ) -> RowGradient.Sums

  /// Whether `write(_:of:)` carries out rows of a pass.
  func carriesOut<Scalar: TensorScalar>(_ pass: ForwardPass<Scalar>) -> Bool

  /// Measures and writes rows of a pass in order, up to a row that the pass must write itself; returns their number.
  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: ForwardPass<Scalar>) -> Int

  /// Whether `write(_:of:)` carries out rows of a gradient's pass.
  func carriesOut<Scalar: TensorScalar>(_ pass: GradientPass<Scalar>) -> Bool

  /// Measures and writes rows of a gradient's pass in order, up to a row that the pass must write itself; returns their
  /// number.
  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: GradientPass<Scalar>) -> Int

  /// Orders writes past the caches before whatever this thread does next.
  func finishStreaming()
}

extension RowBackend {
  /// The moments of a row, while another row of its length is written.
  @inline(__always)
  func moments<Scalar: TensorScalar>(
    of x: UnsafePointer<Scalar>, count: Int, writing other: PendingRow<Scalar>? = nil
  ) -> RowMoments {
    let rule = SummationRule(Scalar.self)
    if count > rule.blockLength { return unsafe momentsOfBlocks(x, count: count, writing: other) }
    if count == 0 { return RowMoments() }
    var pivot = unsafe rule.startsAtZero ? 0 : firstPivot(x, count: count)
    return unsafe moments(ofBlock: x, count: count, near: &pivot, writing: other)
  }

  private func momentsOfBlocks<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, count: Int, writing other: PendingRow<Scalar>?
  ) -> RowMoments {
    let rule = SummationRule(Scalar.self)
    var pivot = unsafe rule.startsAtZero ? 0 : firstPivot(x, count: rule.blockLength)
    var total = RowMoments()
    var group = RowMoments()
    var start = 0
    while start < count {
      let length = min(rule.blockLength, count - start)
      let block = unsafe moments(
        ofBlock: x + start, count: length, near: &pivot, writing: other?.dropFirst(start))
      group = group.merged(with: block)
      if pivot != 0 { pivot = group.mean }
      start += length
      if group.count == rule.groupLength {
        total = total.merged(with: group)
        group = RowMoments()
      }
    }
    return total.merged(with: group)
  }

  /// The moments of a block, summed about a pivot; a pivot too far from the block's mean is moved to that mean.
  @inline(__always)
  private func moments<Scalar: TensorScalar>(
    ofBlock x: UnsafePointer<Scalar>, count: Int, near pivot: inout Double, writing other: PendingRow<Scalar>?
  ) -> RowMoments {
    var sums = unsafe sums(x, count: count, pivot: pivot, writing: other)
    if !SummationRule(Scalar.self).accepts(sums, count: count) {
      pivot += sums.sum / Double(count)
      sums = unsafe self.sums(x, count: count, pivot: pivot, writing: nil)
    }
    return RowMoments(sums, about: pivot, count: count)
  }

  /// The first pivot: the mean of eight values spread over a block (exact where they are equal), or one of its values.
  @inline(__always)
  private func firstPivot<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, count: Int) -> Double {
    // Summing a short row again, where its middle value is far from its mean, takes little time.
    if count < 256 { return unsafe Double(x[count / 2]) }
    let first = unsafe Double(x[0])
    var spread = SIMD8<Double>()
    for i in 0..<8 { unsafe spread[i] = Double(x[i * (count / 8)]) }
    let four = spread.lowHalf + spread.highHalf
    let two = four.lowHalf + four.highHalf
    let mean = (two[0] + two[1]) * 0.125
    return mean.isFinite ? mean : first
  }

  /// A row's moments, Σ g and Σ g · (x − mean); memory is read once where one pass keeps all digits.
  ///
  /// For scalars with exact products, `Σ g · (x − mean) = Σ g · x − mean · Σ g`, unless a block's mean lies too far
  /// from 0 for its spread (`SummationRule`). Another row of the same length is written meanwhile.
  func momentsAndGradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    writing other: PendingRow<Scalar>?
  ) -> (moments: RowMoments, sums: RowGradient.Sums) {
    if let result = unsafe sumsAboutZero(x, g, count: count, writing: other) { return result }
    let moments = unsafe moments(of: x, count: count)
    return unsafe (moments, gradientSums(x, gradient: g, count: count, about: moments))
  }

  /// Σ g and Σ g · (x − (mean + meanLow)) of a row in `Double`.
  func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int, about moments: RowMoments
  ) -> RowGradient.Sums {
    let mean = moments.mean
    var sums = unsafe gradientSums(x, g, count: count, mean: mean)
    // Backends subtract the mean as the scalar type rounds it.
    let centre = SummationRule(Scalar.self).startsAtZero ? Double(Float(mean)) : mean
    sums.product -= (centre.isFinite ? (mean - centre) + moments.meanLow : 0) * sums.sum
    return sums
  }

  /// The moments and sums in one pass; nil where one pass would lose digits.
  ///
  /// The other row is written in either case.
  private func sumsAboutZero<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, writing other: PendingRow<Scalar>?
  ) -> (moments: RowMoments, sums: RowGradient.Sums)? {
    let rule = SummationRule(Scalar.self)
    guard rule.startsAtZero else {
      if let other = unsafe other { unsafe write(other, count: count) }
      return nil
    }
    var (total, group) = (RowMoments(), RowMoments())
    var sums = RowGradient.Sums()
    var start = 0
    while start < count {
      let length = min(rule.blockLength, count - start)
      let block = unsafe self.sums(
        x + start, gradient: g + start, count: length, writing: other?.dropFirst(start))
      start += length
      guard rule.accepts(block.values, count: length) else {
        if let other = unsafe other { unsafe write(other.dropFirst(start), count: count - start) }
        return nil
      }
      group = group.merged(with: RowMoments(block.values, about: 0, count: length))
      sums.sum += block.gradient.sum
      sums.product += block.gradient.product
      if group.count == rule.groupLength {
        total = total.merged(with: group)
        group = RowMoments()
      }
    }
    total = total.merged(with: group)
    // Σ g · (x − mean) = Σ g · x − mean · Σ g.
    sums.product = (sums.product - total.mean * sums.sum) - total.meanLow * sums.sum
    return (total, sums)
  }
}
