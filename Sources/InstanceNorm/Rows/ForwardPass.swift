import Tensors

/// The pass that normalizes rows; it measures a row's moments where the rule asks for them, and makes the row's map.
@unsafe struct ForwardPass<Scalar: TensorScalar>: RowPass {
  let rule: RowRule<Scalar>
  /// The first value of row 0 of the input and of the result, in the same memory or in memory that does not overlap.
  var source: UnsafePointer<Scalar>
  var target: UnsafeMutablePointer<Scalar>
  /// The position of that value in the tensor's row; not 0 for a pass over a span.
  var position = 0
  var length: Int
  /// The number of values from a row to the next one.
  var stride: Int
  var streaming: Bool
  /// Receives the moments of each row; nil drops them.
  let moments: UnsafeMutablePointer<RowMoments>?

  /// Creates the pass over all positions of a tensor.
  init(
    _ rule: RowRule<Scalar>, from source: UnsafePointer<Scalar>, to target: UnsafeMutablePointer<Scalar>,
    _ shape: TensorShape, moments: UnsafeMutablePointer<RowMoments>?
  ) {
    unsafe self.rule = unsafe rule
    unsafe self.source = unsafe source
    unsafe self.target = unsafe target
    unsafe length = shape.l
    unsafe stride = shape.l
    unsafe self.moments = unsafe moments
    unsafe streaming =
      WritePlan(
        rowBytes: shape.l * MemoryLayout<Scalar>.stride, rows: shape.rowCount,
        inPlace: UnsafePointer(target) == source
      ).streams
  }

  var cost: Int { unsafe rule.finish == nil ? length : 2 * length }

  @inline(__always)
  func measure(_ row: Int, on backend: some RowBackend, writing other: PendingRow<Scalar>?) -> RowMoments {
    if unsafe !rule.usesInputStatistics { return RowMoments() }
    return unsafe backend.moments(of: source + row * stride, count: length, writing: other)
  }

  func measure(_ row: Int, at spans: [Range<Int>], on backend: some RowBackend) -> RowMoments {
    if unsafe !rule.usesInputStatistics { return RowMoments() }
    let values = unsafe UnsafeBufferPointer(start: source + row * stride, count: length)
    return unsafe PositionMask.withValid(of: values, spans) { values in
      guard let first = values.baseAddress else { return RowMoments() }
      return unsafe backend.moments(of: first, count: values.count)
    }
  }

  @inline(__always)
  func map(_ row: Int, _ measured: RowMoments) -> RowMap<Scalar> {
    if let moments = unsafe moments { unsafe moments[row] = measured }
    return unsafe rule.map(row, measured, from: position)
  }

  @inline(__always)
  func pending(_ row: Int, _ map: RowMap<Scalar>) -> PendingRow<Scalar> {
    unsafe PendingRow(
      map: map, source: source + row * stride, target: target + row * stride, streaming: streaming)
  }

  @inline(__always)
  func isCarriedOut(by backend: some RowBackend) -> Bool { unsafe backend.carriesOut(self) }

  @inline(__always)
  func write(_ rows: Range<Int>, by backend: some RowBackend) -> Int { unsafe backend.write(rows, of: self) }

  func part(_ span: Range<Int>, streaming: Bool) -> Self {
    var part = unsafe self
    unsafe part.source += span.lowerBound
    unsafe part.target += span.lowerBound
    unsafe part.position += span.lowerBound
    unsafe part.length = span.count
    unsafe part.streaming = streaming
    return unsafe part
  }

  func pad(_ row: Int, _ range: Range<Int>, _ padding: PaddingRule, on backend: some RowBackend) {
    let at = unsafe target + row * stride + range.lowerBound
    switch padding {
    case .zero: unsafe at.update(repeating: 0, count: range.count)
    case .bias where unsafe !rule.skips(row):
      unsafe at.update(repeating: rule.paddedBias(row), count: range.count)
      if let finish = unsafe rule.finish?.row(row, from: position + range.lowerBound) {
        let rest = unsafe PendingRow(
          map: .activated(nil, finish), source: UnsafePointer(at), target: at, streaming: false)
        unsafe backend.write(rest, count: range.count)
      }
    case .keep, .bias:
      if unsafe UnsafePointer(target) != source {
        unsafe at.update(from: source + row * stride + range.lowerBound, count: range.count)
      }
    }
  }
}
