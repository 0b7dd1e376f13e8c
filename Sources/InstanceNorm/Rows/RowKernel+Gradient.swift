public import Tensors

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
  public static func gradientSums<Scalar: TensorScalar>(
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
  /// 0 for its spread (`SummationRule`).
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func momentsAndGradientSums<Scalar: TensorScalar>(
    of row: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>, kernels: KernelChoice,
    target: UnsafeRawPointer?
  ) -> (moments: RowMoments, sums: RowGradient.Sums) {
    if let result = unsafe sumsAboutZero(row, gradient, kernels, target) { return result }
    let moments = unsafe moments(of: row, kernels: kernels, target: target)
    let sums = unsafe gradientSums(
      of: row, gradient: gradient, mean: moments.mean, meanLow: moments.meanLow, kernels: kernels)
    return (moments, sums)
  }

  /// The moments and sums in one pass, or nil where that would lose digits.
  private static func sumsAboutZero<Scalar: TensorScalar>(
    _ row: UnsafeBufferPointer<Scalar>, _ gradient: UnsafeBufferPointer<Scalar>, _ kernels: KernelChoice,
    _ target: UnsafeRawPointer?
  ) -> (moments: RowMoments, sums: RowGradient.Sums)? {
    let rule = SummationRule(Scalar.self)
    guard rule.startsAtZero, let x = row.baseAddress, let g = gradient.baseAddress else { return nil }
    if row.count <= rule.blockLength {
      let block = unsafe blockSums(x, gradient: g, count: row.count, kernels, target: target)
      guard rule.accepts(block.values, count: row.count), !row.isEmpty else { return nil }
      let moments = RowMoments(block.values, about: 0, count: row.count)
      return (moments, block.gradient.about(moments))
    }
    var (total, group) = (RowMoments(), RowMoments())
    var sums = RowGradient.Sums()
    var start = 0
    while start < row.count {
      let count = min(rule.blockLength, row.count - start)
      let block = unsafe blockSums(
        x + start, gradient: g + start, count: count, kernels,
        target: target.map { unsafe $0 + start * MemoryLayout<Scalar>.stride })
      guard rule.accepts(block.values, count: count) else { return nil }
      group = group.merged(with: RowMoments(block.values, about: 0, count: count))
      sums.sum += block.gradient.sum
      sums.product += block.gradient.product
      start += count
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
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      let sums = unsafe AVX2RowKernel.gradientSums(x, g, count: count, mean: mean)
    {
      return sums
    }
    #endif
    return unsafe SwiftRowKernel.gradientSums(x, g, count: count, mean: mean)
  }

  @inline(__always)
  private static func blockSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int, _ kernels: KernelChoice,
    target: UnsafeRawPointer?
  ) -> SwiftRowKernel.GradientBlockSums {
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      let sums = unsafe AVX2RowKernel.blockSums(x, gradient: g, count: count, target: target)
    {
      return sums
    }
    #endif
    return unsafe SwiftRowKernel.blockSums(x, gradient: g, count: count)
  }

  /// Writes the input gradient of every row of a tensor, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - source: The rows x, one after the other.
  ///   - gradient: The gradient g of the output.
  ///   - target: Where to write; the same memory as `source` or `gradient`, or memory that overlaps neither.
  ///   - shape: The shape of all three.
  ///   - device: Where to compute, and with how many threads.
  ///   - statistics: Where the rows' statistics come from.
  ///   - map: Gives the map of a row from its number n · C + c, its moments, and Σ g and Σ g · (x − mean).
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func gradientRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, shape: TensorShape, device: Device,
    statistics: GradientStatistics = .own,
    _ map: @Sendable (Int, RowMoments, RowGradient.Sums) -> RowGradient
  ) {
    precondition(
      source.count == shape.count && gradient.count == shape.count && target.count == shape.count,
      "expected \(shape.count) scalars, found \(source.count), \(gradient.count) and \(target.count)")
    guard shape.count > 0, let from = source.baseAddress, let by = gradient.baseAddress,
      let to = target.baseAddress
    else { return }
    let length = shape.l
    let inPlace = unsafe UnsafePointer(to) == from || UnsafePointer(to) == by
    let writing = WritePlan(
      rowBytes: length * MemoryLayout<Scalar>.stride, rows: shape.rowCount, inPlace: inPlace)
    // SAFETY: ranges of rows don't overlap, the buffers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (x, g, y) = unsafe (from, by, to)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * length, device: device) { rows in
      func measure(_ row: Int) -> (RowMoments, RowGradient.Sums) {
        unsafe measureGradient(
          row, UnsafeBufferPointer(start: x + row * length, count: length),
          UnsafeBufferPointer(start: g + row * length, count: length), statistics, device.kernels,
          target: writing.fetchesTarget ? UnsafeRawPointer(y + row * length) : nil)
      }
      func write(_ row: Int, _ map: RowGradient) {
        let at = row * length
        unsafe writeGradient(
          map, x + at, g + at, y + at, count: length, device.kernels, streaming: writing.streams)
      }
      RowGroup.forEach(in: rows, length: length) { group in
        unsafe withUnsafeTemporaryAllocation(
          of: (RowMoments, RowGradient.Sums).self, capacity: group.count
        ) { measured in
          for row in group {
            unsafe measured.initializeElement(at: row - group.lowerBound, to: measure(row))
          }
          unsafe withUnsafeTemporaryAllocation(of: RowGradient.self, capacity: group.count) { maps in
            for i in 0..<group.count {
              let (moments, sums) = unsafe measured[i]
              unsafe maps.initializeElement(at: i, to: map(group.lowerBound + i, moments, sums))
            }
            for i in 0..<group.count { unsafe write(group.lowerBound + i, maps[i]) }
          }
        }
      }
      if writing.streams { finishStreaming() }
    }
  }

  /// A row's moments, and Σ g and Σ g · (x − mean).
  @inline(__always)
  static func measureGradient<Scalar: TensorScalar>(
    _ row: Int, _ x: UnsafeBufferPointer<Scalar>, _ g: UnsafeBufferPointer<Scalar>,
    _ statistics: GradientStatistics, _ kernels: KernelChoice, target: UnsafeRawPointer? = nil
  ) -> (RowMoments, RowGradient.Sums) {
    switch statistics {
    case .own:
      return unsafe momentsAndGradientSums(of: x, gradient: g, kernels: kernels, target: target)
    case .given(let needsSums, let moments):
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
    if map.slope == 0, map.offset == 0 {
      // The values x play no part: NaN or infinity among them must not show.
      unsafe apply(
        RowTransform(mean: 0, inverseStd: map.scale), to: UnsafeBufferPointer(start: g, count: count),
        into: UnsafeMutableBufferPointer(start: y, count: count), kernels: kernels, streaming: streaming)
      return
    }
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
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
