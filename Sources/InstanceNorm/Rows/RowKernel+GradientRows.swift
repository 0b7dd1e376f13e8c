import Tensors

extension RowKernel {
  /// Writes the input gradient of every row of a tensor, on several threads where that pays.
  ///
  /// - Parameters:
  ///   - source: The rows x, one after the other.
  ///   - gradient: The gradient g of the output.
  ///   - target: Where to write; the same memory as `source` or `gradient`, or memory that overlaps neither.
  ///   - shape: The shape of all three.
  ///   - device: Where to compute, and with how many threads.
  ///   - statistics: Where the rows' statistics come from.
  ///   - standardization: What the rows were transformed by where that was their own moments; kernels may then carry
  ///     everything out without asking.
  ///   - parameters: Receives, where kernels do so, for each row the gradients of shift and scale.
  ///   - map: Gives the map of a row from its number n · C + c, its moments, and Σ g and Σ g · (x − mean).
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  @_specialize(where Scalar == Float16)
  #endif
  @_specialize(where Scalar == Float)
  @_specialize(where Scalar == Double)
  static func gradientRows<Scalar: TensorScalar>(
    of source: UnsafeBufferPointer<Scalar>, gradient: UnsafeBufferPointer<Scalar>,
    into target: UnsafeMutableBufferPointer<Scalar>, shape: TensorShape, device: Device,
    statistics: GradientStatistics = .own, standardization: RowStandardization? = nil,
    parameters: UnsafeMutablePointer<RowGradient.Sums>? = nil,
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
    nonisolated(unsafe) let (x, g, y, plan, sums) = unsafe (from, by, to, standardization, parameters)
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: 2 * length, device: device) { rows in
      func measure(_ row: Int, writing other: PendingGradientRow<Scalar>? = nil) -> (
        RowMoments, RowGradient.Sums
      ) {
        unsafe measureGradient(
          row, UnsafeBufferPointer(start: x + row * length, count: length),
          UnsafeBufferPointer(start: g + row * length, count: length), statistics, device.kernels,
          writing: other)
      }
      func pending(_ row: Int, _ map: RowGradient) -> PendingGradientRow<Scalar> {
        let at = row * length
        return unsafe PendingGradientRow(
          map: map, x: x + at, g: g + at, y: y + at, streaming: writing.streams)
      }
      func write(_ row: Int, _ map: RowGradient) {
        unsafe pending(row, map).write(length, kernels: device.kernels)
      }
      #if arch(x86_64)
      let isOneStep =
        unsafe device.kernels.usesAVX2 && AVX2RowKernel.differentiates(Scalar.self, length) && plan != nil
      #else
      let isOneStep = false
      #endif
      func differentiated(_ rows: Range<Int>) -> Int {
        #if arch(x86_64)
        if let plan = unsafe plan {
          let at = rows.lowerBound * length
          return unsafe AVX2RowKernel.differentiate(
            rows, x + at, g + at, y + at, length: length, plan,
            parameters: sums.map { unsafe $0 + rows.lowerBound },
            streaming: writing.streams)
        }
        #endif
        return 0
      }
      RowGroup.forEach(in: rows, length: length, asks: isOneStep, shortcut: differentiated) { group in
        if RowGroup.isShort(length) {
          unsafe withUnsafeTemporaryAllocation(of: RowGradient.self, capacity: group.count) { maps in
            unsafe withUnsafeTemporaryAllocation(
              of: (RowMoments, RowGradient.Sums).self, capacity: group.count
            ) { measured in
              for (i, row) in group.enumerated() {
                unsafe measured.initializeElement(at: i, to: measure(row))
              }
              for (i, row) in group.enumerated() {
                let (moments, sums) = unsafe measured[i]
                unsafe maps.initializeElement(at: i, to: map(row, moments, sums))
              }
            }
            for (i, row) in group.enumerated() { unsafe write(row, maps[i]) }
          }
          return
        }
        var measured = measure(group.lowerBound)
        for row in group {
          let map = map(row, measured.0, measured.1)
          if row + 1 < group.upperBound {
            measured = unsafe measure(row + 1, writing: pending(row, map))
          } else {
            write(row, map)
          }
        }
      }
      if writing.streams { finishStreaming() }
    }
  }
}
