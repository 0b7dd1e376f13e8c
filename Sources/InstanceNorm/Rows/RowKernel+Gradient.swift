package import Tensors

extension RowKernel {
  /// Computes Σ g and Σ g · (x − (mean + meanLow)) of a row in `Double`.
  ///
  /// - Parameters:
  ///   - row: The values x.
  ///   - gradient: The gradient g of the output; as long as `row`.
  ///   - mean: The mean, rounded to `Double`.
  ///   - meanLow: What rounding left out of `mean`.
  ///   - kernels: Whose row kernels to use.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  package static func gradientSums<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>, mean: Double,
    meanLow: Double = 0, kernels: KernelChoice = .fastest
  ) -> RowGradient.Sums {
    precondition(row.count == gradient.count, "expected \(row.count) gradients, found \(gradient.count)")
    guard let x = row.baseAddress, let g = gradient.baseAddress else {
      return RowGradient.Sums()
    }
    var sums = unsafe gradientSums(x, g, count: row.count, mean: mean, kernels)
    // The kernels subtract the mean as the scalar type rounds it.
    let centre = SummationRule(Scalar.self).startsAtZero ? Double(Float(mean)) : mean
    sums.product -= (centre.isFinite ? (mean - centre) + meanLow : 0) * sums.sum
    return sums
  }

  /// Computes a row's moments, Σ g and Σ g · (x − mean), reading memory once where that keeps all digits.
  ///
  /// For scalars with exact products, `Σ g · (x − mean) = Σ g · x − mean · Σ g`, unless a block's mean lies too far from
  /// 0 for its spread (`SummationRule`). Another row of the same length is written meanwhile.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func momentsAndGradientSums<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>, kernels: KernelChoice,
    writing other: PendingGradientRow<Scalar>? = nil
  ) -> (moments: RowMoments, sums: RowGradient.Sums) {
    if let result = unsafe sumsAboutZero(row, gradient, kernels, writing: other) { return result }
    let moments = unsafe moments(of: row, kernels: kernels)
    let sums = unsafe gradientSums(
      of: row, gradient: gradient, mean: moments.mean, meanLow: moments.meanLow, kernels: kernels)
    return (moments, sums)
  }

  /// The moments and sums in one pass, or nil where that would lose digits; the other row is written in any case.
  private static func sumsAboutZero<Scalar: TensorScalar>(
    _ row: UnsafeBufferPointer<Scalar>, _ gradient: UnsafeBufferPointer<Scalar>, _ kernels: KernelChoice,
    writing other: PendingGradientRow<Scalar>?
  ) -> (moments: RowMoments, sums: RowGradient.Sums)? {
    let rule = SummationRule(Scalar.self)
    guard rule.startsAtZero, let x = row.baseAddress, let g = gradient.baseAddress, !row.isEmpty else {
      unsafe other?.write(row.count, kernels: kernels)
      return nil
    }
    var (total, group) = (RowMoments(), RowMoments())
    var sums = RowGradient.Sums()
    var start = 0
    while start < row.count {
      let count = min(rule.blockLength, row.count - start)
      let block = unsafe blockSums(
        x + start, gradient: g + start, count: count, kernels, writing: other?.dropFirst(start))
      start += count
      guard rule.accepts(block.values, count: count) else {
        unsafe other?.dropFirst(start).write(row.count - start, kernels: kernels)
        return nil
      }
      group = group.merged(with: RowMoments(block.values, about: 0, count: count))
      sums.sum += block.gradient.sum
      sums.product += block.gradient.product
      if group.count == rule.groupLength {
        total = total.merged(with: group)
        group = RowMoments()
      }
    }
    total = total.merged(with: group)
    return (total, sums.about(total))
  }

  private static func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double, _ kernels: KernelChoice
  ) -> RowGradient.Sums {
    #if arch(x86_64)
    if kernels.usesAVX2,
      let sums = unsafe AVX2RowKernel.gradientSums(x, g, count: count, mean: mean)
    {
      return sums
    }
    #endif
    return unsafe SwiftRowKernel.gradientSums(x, g, count: count, mean: mean)
  }

  /// The sums of a block, while as much of another row is written.
  @inline(__always)
  private static func blockSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int, _ kernels: KernelChoice,
    writing other: PendingGradientRow<Scalar>?
  ) -> SwiftRowKernel.GradientBlockSums {
    #if arch(x86_64)
    if kernels.usesAVX2 {
      if let other = unsafe other, unsafe !other.map.ignoresValues {
        if let sums = unsafe AVX2RowKernel.blockSums(x, gradient: g, count: count, writing: other) {
          return sums
        }
      }
      if let sums = unsafe AVX2RowKernel.blockSums(x, gradient: g, count: count) {
        unsafe other?.write(count, kernels: kernels)
        return sums
      }
    }
    #endif
    unsafe other?.write(count, kernels: kernels)
    return unsafe SwiftRowKernel.blockSums(x, gradient: g, count: count)
  }

  /// A row's moments, and Σ g and Σ g · (x − mean), while another row of its length is written.
  @inline(__always)
  static func measureGradient<Scalar: TensorScalar>(
    _ row: Int, _ x: UnsafeBufferPointer<Scalar>, _ g: UnsafeBufferPointer<Scalar>,
    _ statistics: GradientStatistics, _ kernels: KernelChoice,
    writing other: PendingGradientRow<Scalar>? = nil
  ) -> (RowMoments, RowGradient.Sums) {
    switch statistics {
    case .own:
      return unsafe momentsAndGradientSums(of: x, gradient: g, kernels: kernels, writing: other)
    case .given(let needsSums, let moments):
      unsafe other?.write(x.count, kernels: kernels)
      let moments = moments(row)
      if !needsSums { return (moments, RowGradient.Sums()) }
      let sums = unsafe gradientSums(
        of: x, gradient: g, mean: moments.mean, meanLow: moments.meanLow, kernels: kernels)
      return (moments, sums)
    }
  }

  /// Writes the input gradient of `count` values.
  package static func writeGradient<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, count: Int, _ kernels: KernelChoice, streaming: Bool = false
  ) {
    if map.ignoresValues {
      unsafe apply(
        RowTransform(mean: 0, inverseStd: map.scale), to: UnsafeBufferPointer(start: g, count: count),
        into: UnsafeMutableBufferPointer(start: y, count: count), kernels: kernels, streaming: streaming)
      return
    }
    #if arch(x86_64)
    if kernels.usesAVX2,
      unsafe AVX2RowKernel.apply(map, x, g, y, count: count, streaming: streaming)
    {
      return
    }
    #endif
    unsafe SwiftRowKernel.apply(map, x, g, y, count: count)
  }
}

extension RowGradient.Sums {
  /// Σ g and Σ g · (x − mean), given Σ g and Σ g · x.
  fileprivate func about(_ moments: RowMoments) -> Self {
    Self(sum: sum, product: (product - moments.mean * sum) - moments.meanLow * sum)
  }
}
