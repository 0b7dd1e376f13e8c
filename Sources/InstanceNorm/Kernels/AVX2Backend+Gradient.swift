#if arch(x86_64)
import CInstanceNorm
import Tensors

/// Gradients of rows.
extension AVX2Backend {
  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    writing other: PendingRow<Scalar>?
  ) -> GradientBlockSums {
    if let other = unsafe other {
      if let sums = unsafe sums(x, gradient: g, count: count, beside: other) { return sums }
      unsafe write(other, count: count)
    }
    if isFloat(Scalar.self) {
      return unsafe GradientBlockSums(cin_gradient_moments_f32(x.asFloats, g.asFloats, count))
    }
    if isHalf(Scalar.self) {
      return unsafe GradientBlockSums(cin_gradient_moments_f16(x.asHalves, g.asHalves, count))
    }
    return unsafe PortableBackend().sums(x, gradient: g, count: count, writing: nil)
  }

  /// The sums of a block while another row's gradient is written, by one kernel; nil where there is none for its map.
  private func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, gradient g: UnsafePointer<Scalar>, count: Int,
    beside other: PendingRow<Scalar>
  ) -> GradientBlockSums? {
    guard isFloat(Scalar.self) || isHalf(Scalar.self), case .gradient(let map, let otherG) = unsafe other.map,
      let narrow = narrow(map)
    else { return nil }
    let (otherX, y, streaming) = unsafe (other.source, other.target, other.streaming)
    if isHalf(Scalar.self) {
      return unsafe GradientBlockSums(
        cin_gradient_apply_and_sum_f16(
          narrow, otherX.asHalves, otherG.asHalves, y.asHalves, x.asHalves, g.asHalves, count, streaming))
    }
    return unsafe GradientBlockSums(
      cin_gradient_apply_and_sum_f32(
        narrow, otherX.asFloats, otherG.asFloats, y.asFloats, x.asFloats, g.asFloats, count, streaming))
  }

  func gradientSums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, count: Int, mean: Double
  ) -> RowGradient.Sums {
    let sums: cin_gradient_sums
    if Scalar.self == Double.self {
      sums = unsafe cin_gradient_sums_f64(x.asDoubles, g.asDoubles, count, mean)
    } else if isFloat(Scalar.self) {
      sums = unsafe cin_gradient_sums_f32(x.asFloats, g.asFloats, count, Float(mean))
    } else if isHalf(Scalar.self) {
      sums = unsafe cin_gradient_sums_f16(x.asHalves, g.asHalves, count, Float(mean))
    } else {
      return unsafe PortableBackend().gradientSums(x, g, count: count, mean: mean)
    }
    return RowGradient.Sums(sum: sums.sum, product: sums.product)
  }

  /// Writes the input's gradient; false where there is no kernel.
  func write<Scalar: TensorScalar>(
    _ map: RowGradient, _ x: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, _ count: Int, _ streaming: Bool
  ) -> Bool {
    if Scalar.self == Double.self {
      let wide = cin_gradient_f64(
        mean: map.mean, scale: map.scale, slope: map.slope, offset: map.offset(about: map.mean))
      unsafe cin_gradient_apply_f64(wide, x.asDoubles, g.asDoubles, y.asDoubles, count, streaming)
      return true
    }
    guard isFloat(Scalar.self) || isHalf(Scalar.self), let narrow = narrow(map) else { return false }
    if isHalf(Scalar.self) {
      unsafe cin_gradient_apply_f16(narrow, x.asHalves, g.asHalves, y.asHalves, count, streaming)
    } else {
      unsafe cin_gradient_apply_f32(narrow, x.asFloats, g.asFloats, y.asFloats, count, streaming)
    }
    return true
  }

  /// Whether one kernel measures and writes several rows: rows of `Float` next to each other, of at most 1024 values.
  ///
  /// The limit lets eight rows of each of three tensors, four that are written and four that are measured, fit the
  /// second-level cache.
  @inline(__always)
  func carriesOut<Scalar: TensorScalar>(_ pass: GradientPass<Scalar>) -> Bool {
    guard isFloat(Scalar.self) else { return false }
    let length = unsafe pass.length
    return unsafe pass.rule.isPlain && pass.stride == length && length > 1
      && hasOneBlock(Scalar.self, 4 * length)
  }

  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: GradientPass<Scalar>) -> Int {
    let at = unsafe rows.lowerBound * pass.stride
    // SAFETY: both are two doubles, in the same order.
    let parameters = unsafe UnsafeMutableRawPointer(pass.parameters)?
      .assumingMemoryBound(to: cin_gradient_sums.self)
    return unsafe cin_gradient_rows_f32(
      (pass.source + at).asFloats, (pass.gradient + at).asFloats, (pass.target + at).asFloats,
      parameters.map { unsafe $0 + rows.lowerBound }, rows.lowerBound, rows.count, pass.length,
      standardization(pass.rule), SummationRule(Scalar.self).tolerance, pass.streaming)
  }

  /// The map as kernels take it; nil where `Float` lacks the range for it.
  @inline(__always)
  private func narrow(_ map: RowGradient) -> cin_gradient_f32? {
    FloatGradient(map).map {
      cin_gradient_f32(mean: $0.mean, scale: $0.scale, slope: $0.slope, offset: $0.offset)
    }
  }
}

extension GradientBlockSums {
  @inline(__always)
  fileprivate init(_ sums: cin_gradient_moments) {
    self.init(
      values: BlockSums(sum: sums.values.sum, squares: sums.values.squares),
      gradient: RowGradient.Sums(sum: sums.gradient.sum, product: sums.gradient.product))
  }
}
#endif
