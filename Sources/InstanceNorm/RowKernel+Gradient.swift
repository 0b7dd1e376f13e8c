public import Tensors

extension RowKernel {
  /// Computes Σ g and Σ g · ((x − mean) − meanLow) of a row in `Double`.
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
    #if arch(x86_64)
    if kernels == .fastest, AVX2RowKernel.isAvailable,
      let sums = unsafe AVX2RowKernel.gradientSums(x, g, count: row.count, mean: mean, meanLow: meanLow)
    {
      return sums
    }
    #endif
    return unsafe SwiftRowKernel.gradientSums(x, g, count: row.count, mean: mean, meanLow: meanLow)
  }

  /// Writes the input gradient of every row of a tensor, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - source: The rows x, one after the other.
  ///   - gradient: The gradient g of the output.
  ///   - target: Where to write; the same memory as `source` or `gradient`, or memory that overlaps neither.
  ///   - shape: The shape of all three.
  ///   - device: Where to compute, and with how many threads.
  ///   - map: Gives the map of a row from its number n · C + c, x and g; asked right before the row is written.
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  public static func gradientRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, shape: TensorShape, device: Device,
    _ map: @Sendable (Int, UnsafeBufferPointer<Scalar>, UnsafeBufferPointer<Scalar>) -> RowGradient
  ) {
    precondition(
      source.count == shape.count && gradient.count == shape.count && target.count == shape.count,
      "expected \(shape.count) scalars, found \(source.count), \(gradient.count) and \(target.count)")
    guard shape.count > 0, let from = source.baseAddress, let by = gradient.baseAddress,
      let to = target.baseAddress
    else { return }
    let length = shape.l
    let inPlace = unsafe UnsafePointer(to) == from || UnsafePointer(to) == by
    let streaming = !inPlace && shape.count * MemoryLayout<Scalar>.stride >= streamingThreshold
    // SAFETY: ranges of rows don't overlap, the buffers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let (x, g, y) = unsafe (from, by, to)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * length, device: device) { rows in
      for row in rows {
        let at = row * length
        let transform = unsafe map(
          row, UnsafeBufferPointer(start: x + at, count: length),
          UnsafeBufferPointer(start: g + at, count: length))
        if transform.slope == 0, transform.offset == 0 {
          // The values x play no part: NaN or infinity among them must not show.
          unsafe apply(
            RowTransform(mean: 0, inverseStd: transform.scale),
            to: UnsafeBufferPointer(start: g + at, count: length),
            into: UnsafeMutableBufferPointer(start: y + at, count: length), kernels: device.kernels,
            streaming: streaming)
          continue
        }
        unsafe apply(transform, x + at, g + at, y + at, count: length, device.kernels, streaming: streaming)
      }
      if streaming { finishStreaming() }
    }
  }

  private static func apply<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, count: Int, _ kernels: KernelChoice, streaming: Bool
  ) {
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
