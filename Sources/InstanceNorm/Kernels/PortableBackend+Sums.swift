import Tensors

/// Sums in sixteen lanes, in the order that ``RowBackend`` defines.
extension PortableBackend {
  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, count: Int, pivot: Double, writing other: PendingRow<Scalar>?
  ) -> BlockSums {
    if let other = unsafe other { unsafe write(other, count: count) }
    var (sumLow, sumHigh) = (SIMD8<Double>(), SIMD8<Double>())
    var (squaresLow, squaresHigh) = (SIMD8<Double>(), SIMD8<Double>())
    var at = unsafe x
    for _ in 0..<(count / 16) {
      let low = unsafe doubles(at, 8) - pivot
      let high = unsafe doubles(at + 8, 8) - pivot
      sumLow += low
      sumHigh += high
      squaresLow += low * low
      squaresHigh += high * high
      unsafe at += 16
    }
    for lane in 0..<(count % 16) {
      let value = unsafe Double(at[lane]) - pivot
      if lane < 8 {
        sumLow[lane] += value
        squaresLow[lane] += value * value
      } else {
        sumHigh[lane - 8] += value
        squaresHigh[lane - 8] += value * value
      }
    }
    return BlockSums(sum: total(sumLow + sumHigh), squares: total(squaresLow + squaresHigh))
  }

  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    writing other: PendingRow<Scalar>?
  ) -> GradientBlockSums {
    let values = unsafe self.sums(x, count: count, pivot: 0, writing: other)
    var sums = Lanes()
    unsafe forEachSixteen(x, g, count) { x, g, _ in sums.add(g, x) }
    return GradientBlockSums(values: values, gradient: sums.totals)
  }

  func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double
  ) -> RowGradient.Sums {
    var sums = Lanes()
    let isNarrow = Scalar.significandBitCount <= Float.significandBitCount
    let centre = Float(mean)
    unsafe forEachSixteen(x, g, count) { x, g, isPresent in
      // The deviation of narrow scalars is rounded to `Float`; its product with g is then exact.
      func deviation(_ x: SIMD8<Double>, _ mask: SIMDMask<SIMD8<Int64>>) -> SIMD8<Double> {
        let deviation = isNarrow ? SIMD8<Double>(SIMD8<Float>(x) - centre) : x - mean
        return deviation.replacing(with: 0, where: .!mask)
      }
      sums.add(g, Halves(deviation(x.low, isPresent.low), deviation(x.high, isPresent.high)))
    }
    return sums.totals
  }

  func carriesOut<Scalar: TensorScalar>(_ pass: ForwardPass<Scalar>) -> Bool { false }

  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: ForwardPass<Scalar>) -> Int { 0 }

  func carriesOut<Scalar: TensorScalar>(_ pass: GradientPass<Scalar>) -> Bool { false }

  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: GradientPass<Scalar>) -> Int { 0 }

  func finishStreaming() {}
}

/// Eight values and the eight after them.
private struct Halves<Value> {
  var low: Value
  var high: Value

  @inline(__always)
  init(_ low: Value, _ high: Value) {
    self.low = low
    self.high = high
  }
}

/// Sixteen lanes of Σ g and Σ g · d.
private struct Lanes {
  var sum = Halves(SIMD8<Double>(), SIMD8<Double>())
  var product = Halves(SIMD8<Double>(), SIMD8<Double>())

  @inline(__always)
  mutating func add(_ g: Halves<SIMD8<Double>>, _ d: Halves<SIMD8<Double>>) {
    sum.low += g.low
    product.low += g.low * d.low
    sum.high += g.high
    product.high += g.high * d.high
  }

  var totals: RowGradient.Sums {
    RowGradient.Sums(sum: total(sum.low + sum.high), product: total(product.low + product.high))
  }
}

/// Adds the lanes in halves: an order that every backend can follow exactly.
@inline(__always)
private func total(_ lanes: SIMD8<Double>) -> Double {
  let four = lanes.lowHalf + lanes.highHalf
  let two = four.lowHalf + four.highHalf
  return two[0] + two[1]
}

/// Calls a closure with every sixteen values of two rows, and a mask of the values that are present.
///
/// Zeros fill up the last sixteen.
@inline(__always)
private func forEachSixteen<Scalar: TensorScalar>(
  _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ count: Int,
  _ body: (Halves<SIMD8<Double>>, Halves<SIMD8<Double>>, Halves<SIMDMask<SIMD8<Int64>>>) -> Void
) {
  let all = SIMDMask<SIMD8<Int64>>(repeating: true)
  var i = 0
  while i + 16 <= count {
    unsafe body(
      Halves(doubles(x + i, 8), doubles(x + i + 8, 8)), Halves(doubles(g + i, 8), doubles(g + i + 8, 8)),
      Halves(all, all))
    i += 16
  }
  if i == count { return }
  let (low, high) = (min(count - i, 8), max(count - i - 8, 0))
  let lanes = SIMD8<Int64>(0, 1, 2, 3, 4, 5, 6, 7)
  unsafe body(
    Halves(doubles(x + i, low), doubles(x + i + 8, high)),
    Halves(doubles(g + i, low), doubles(g + i + 8, high)),
    Halves(lanes .< Int64(low), lanes .< Int64(high)))
}
