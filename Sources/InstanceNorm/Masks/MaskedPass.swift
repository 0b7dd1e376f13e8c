import Tensors

/// One pass over the rows of a tensor that measures and normalizes the valid positions of each.
@unsafe struct MaskedPass<Scalar: TensorScalar> {
  let source: UnsafePointer<Scalar>
  /// Where to write; may be `source`.
  let target: UnsafeMutablePointer<Scalar>
  let shape: TensorShape
  let mask: PositionMask
  let padding: PaddingRule
  let rule: RowRule<Scalar>
  /// Receives the moments of each row's valid values where rows are normalized by them; nil drops them.
  let moments: UnsafeMutablePointer<RowMoments>?
  /// What is done to valid values after the transform, and to padding that holds the bias; nil for nothing.
  let finish: TensorFinish<Scalar>?

  /// Runs the pass.
  func run(on device: Device) {
    let (shape, mask) = unsafe (shape, mask)
    let writing = unsafe WritePlan(
      rowBytes: shape.l * MemoryLayout<Scalar>.stride, rows: shape.rowCount,
      inPlace: UnsafePointer(target) == source)
    // SAFETY: ranges of rows don't overlap, the pointers outlive the call, and each row is written by one thread.
    nonisolated(unsafe) let pass = unsafe self
    RowThreads.forEach(rowCount: shape.rowCount, rowLength: shape.l, device: device) { rows in
      var start = rows.lowerBound
      while start < rows.upperBound {
        let sample = start / shape.c
        let end = min((sample + 1) * shape.c, rows.upperBound)
        let spans = mask.spans[sample]
        if spans.count == 1 {
          unsafe pass.write(start..<end, spans[0], device.kernels, streaming: writing.streams)
        } else {
          for row in start..<end { unsafe pass.write(row, spans, device.kernels) }
        }
        for row in start..<end { unsafe pass.pad(row, spans, device.kernels) }
        start = end
      }
      if writing.streams { RowKernel.finishStreaming() }
    }
  }

  /// Writes one span of some rows of a sample: as rows of its length.
  private func write(_ rows: Range<Int>, _ span: Range<Int>, _ kernels: KernelChoice, streaming: Bool) {
    let places = unsafe RowPlaces(
      source: source + span.lowerBound, target: target + span.lowerBound, position: span.lowerBound,
      length: span.count, stride: shape.l, streaming: streaming)
    let measures = unsafe rule.usesInputStatistics
    unsafe RowKernel.transformRange(
      rows, places, kernels, measuring: measures,
      standardization: moments == nil && finish == nil ? rule.standardization : nil, finish: finish
    ) { row, measured in
      if measures { unsafe moments?[row] = measured }
      return unsafe rule.transform(row, measured)
    }
  }

  /// Writes several spans of a row, or none.
  private func write(_ row: Int, _ spans: [Range<Int>], _ kernels: KernelChoice) {
    let length = unsafe shape.l
    let input = unsafe UnsafeBufferPointer(start: source + row * length, count: length)
    var measured = RowMoments()
    if unsafe rule.usesInputStatistics {
      measured = unsafe PositionMask.withValid(of: input, spans) {
        unsafe RowKernel.moments(of: $0, kernels: kernels)
      }
      unsafe moments?[row] = measured
    }
    let map = unsafe rule.transform(row, measured)
    for span in spans {
      let at = row * length + span.lowerBound
      let part = unsafe PendingRow(
        transform: map, source: source + at, target: target + at, streaming: false,
        finish: finish?.row(row, from: span.lowerBound))
      unsafe part.write(span.count, kernels: kernels)
    }
  }

  /// Writes the positions of a row that are not valid.
  private func pad(_ row: Int, _ spans: [Range<Int>], _ kernels: KernelChoice) {
    PositionMask.forEachPadding(spans, length: unsafe shape.l) { range in
      let at = unsafe row * shape.l + range.lowerBound
      let rest = unsafe UnsafeMutableBufferPointer(start: target + at, count: range.count)
      switch unsafe padding {
      case .zero: unsafe rest.update(repeating: 0)
      case .bias where unsafe !rule.skips(row):
        unsafe rest.update(repeating: rule.paddedBias(row))
        unsafe finish?.row(row, from: range.lowerBound).apply(
          target + at, into: target + at, count: range.count, kernels)
      case .keep, .bias:
        if unsafe UnsafePointer(target) != source {
          unsafe (target + at).update(from: source + at, count: range.count)
        }
      }
    }
  }
}
