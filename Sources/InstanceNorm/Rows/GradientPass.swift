import Tensors

/// The pass that writes the input's gradient.
///
/// It measures a row's moments, Σ g and Σ g · (x − mean), and makes of these the map of x and the output's gradient g.
@unsafe struct GradientPass<Scalar: TensorScalar>: RowPass {
  let rule: RowRule<Scalar>
  /// The first value of row 0 of x and of g.
  var source: UnsafePointer<Scalar>
  var gradient: UnsafePointer<Scalar>
  /// The first value of row 0 of the result; the same memory as `source` or `gradient`, or memory that overlaps
  /// neither.
  var target: UnsafeMutablePointer<Scalar>
  var length: Int
  /// The number of values from a row to the next one.
  let stride: Int
  var streaming: Bool
  /// Receives the gradients of each row's bias and weight; nil drops them.
  let parameters: UnsafeMutablePointer<RowGradient.Sums>?

  typealias Measured = (moments: RowMoments, sums: RowGradient.Sums)

  /// Creates the pass over all positions of a tensor.
  init(
    _ rule: RowRule<Scalar>, _ source: UnsafePointer<Scalar>, gradient: UnsafePointer<Scalar>,
    to target: UnsafeMutablePointer<Scalar>, _ shape: TensorShape,
    parameters: UnsafeMutablePointer<RowGradient.Sums>?
  ) {
    unsafe self.rule = unsafe rule
    unsafe self.source = unsafe source
    unsafe self.gradient = unsafe gradient
    unsafe self.target = unsafe target
    unsafe length = shape.l
    unsafe stride = shape.l
    unsafe self.parameters = unsafe parameters
    let inPlace = unsafe UnsafePointer(target) == source || UnsafePointer(target) == gradient
    unsafe streaming =
      WritePlan(
        rowBytes: shape.l * MemoryLayout<Scalar>.stride, rows: shape.rowCount, inPlace: inPlace
      ).streams
  }

  var cost: Int { unsafe 2 * length }

  @inline(__always)
  func measure(_ row: Int, on backend: some RowBackend, writing other: PendingRow<Scalar>?) -> Measured {
    let at = unsafe row * stride
    return unsafe measure(
      row, source + at, gradient + at, count: length, on: backend, writing: other)
  }

  func measure(_ row: Int, at spans: [Range<Int>], on backend: some RowBackend) -> Measured {
    let at = unsafe row * stride
    let x = unsafe UnsafeBufferPointer(start: source + at, count: length)
    let g = unsafe UnsafeBufferPointer(start: gradient + at, count: length)
    return unsafe PositionMask.withValid(of: x, spans) { x in
      unsafe PositionMask.withValid(of: g, spans) { g in
        guard let from = x.baseAddress, let g = g.baseAddress else {
          return (RowMoments(), RowGradient.Sums())
        }
        return unsafe measure(row, from, g, count: x.count, on: backend, writing: nil)
      }
    }
  }

  /// Measures values.
  ///
  /// With given or running statistics, sums are taken only where the parameters' gradients are wanted.
  @inline(__always)
  private func measure(
    _ row: Int, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int,
    on backend: some RowBackend, writing other: PendingRow<Scalar>?
  ) -> Measured {
    if unsafe rule.usesInputStatistics {
      return unsafe backend.momentsAndGradientSums(x, gradient: g, count: count, writing: other)
    }
    let centre = unsafe rule.centre(row)
    if unsafe parameters == nil { return (centre, RowGradient.Sums()) }
    return unsafe (centre, backend.gradientSums(x, gradient: g, count: count, about: centre))
  }

  @inline(__always)
  func map(_ row: Int, _ measured: Measured) -> RowMap<Scalar> {
    let (sums, map) = unsafe rule.gradient(row, measured.moments, measured.sums)
    if let parameters = unsafe parameters { unsafe parameters[row] = sums }
    return unsafe .gradient(map, gradient + row * stride)
  }

  @inline(__always)
  func pending(_ row: Int, _ map: RowMap<Scalar>) -> PendingRow<Scalar> {
    let (x, y) = unsafe (source + row * stride, target + row * stride)
    guard case .gradient(let map, let g) = unsafe map else {
      return unsafe PendingRow(map: map, source: x, target: y, streaming: streaming)
    }
    return unsafe PendingRow(map, x, gradient: g, to: y, streaming: streaming)
  }

  @inline(__always)
  func isCarriedOut(by backend: some RowBackend) -> Bool { unsafe backend.carriesOut(self) }

  @inline(__always)
  func write(_ rows: Range<Int>, by backend: some RowBackend) -> Int { unsafe backend.write(rows, of: self) }

  func part(_ span: Range<Int>, streaming: Bool) -> Self {
    var part = unsafe self
    unsafe part.source += span.lowerBound
    unsafe part.gradient += span.lowerBound
    unsafe part.target += span.lowerBound
    unsafe part.length = span.count
    unsafe part.streaming = streaming
    return unsafe part
  }

  /// Writes the input's gradient at padding: g where the padding was kept, else 0.
  ///
  /// Where the padding holds the bias, strength · g is added to the bias's gradient.
  func pad(_ row: Int, _ range: Range<Int>, _ padding: PaddingRule, on backend: some RowBackend) {
    let at = unsafe row * stride + range.lowerBound
    switch padding {
    case .bias where unsafe !rule.skips(row):
      if let parameters = unsafe parameters {
        for i in 0..<range.count {
          unsafe parameters[row].sum += rule.strength * Double(gradient[at + i])
        }
      }
      unsafe (target + at).update(repeating: 0, count: range.count)
    case .zero: unsafe (target + at).update(repeating: 0, count: range.count)
    case .keep, .bias:
      if unsafe UnsafePointer(target) != gradient {
        unsafe (target + at).update(from: gradient + at, count: range.count)
      }
    }
  }
}
