#if arch(x86_64)
import CInstanceNorm
import Tensors

/// The backend for x86-64 processors with AVX2, FMA and F16C: kernels in C that give the bits of ``PortableBackend``.
///
/// Only this type calls the kernels. Rows without a kernel (other scalar types, factors beyond the range of `Float`)
/// are left to ``PortableBackend``.
struct AVX2Backend: RowBackend {
  /// Whether kernels for `Float` use vectors of 512 bits where these are faster.
  let usesAVX512: Bool

  private var portable: PortableBackend { PortableBackend() }

  @inline(__always)
  func write<Scalar: TensorScalar>(_ row: PendingRow<Scalar>, count: Int) {
    let (x, y, streaming) = unsafe (row.source, row.target, row.streaming)
    switch unsafe row.map {
    case .affine(let transform):
      if Scalar.self == Double.self {
        unsafe cin_apply_f64(wide(transform), x.asDoubles, y.asDoubles, count, streaming)
        return
      }
      guard isFloat(Scalar.self) || isHalf(Scalar.self), let t = narrow(transform) else { break }
      if isHalf(Scalar.self) {
        unsafe cin_apply_f16(t, x.asHalves, y.asHalves, count, streaming)
      } else if usesAVX512, count >= Int(cin_least_wide_length) {
        unsafe cin_apply_wide_f32(t, x.asFloats, y.asFloats, count, streaming)
      } else {
        unsafe cin_apply_f32(t, x.asFloats, y.asFloats, count, streaming)
      }
      return
    case .activated(let transform, let finish):
      if unsafe writeFinished(transform, finish, x, y, count, streaming) { return }
    case .gradient(let map, let g):
      if unsafe write(map, x, g, y, count, streaming) { return }
    case .unchanged: break
    }
    unsafe portable.write(row, count: count)
  }

  @inline(__always)
  func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, count: Int, pivot: Double, writing other: PendingRow<Scalar>?
  ) -> BlockSums {
    if let other = unsafe other {
      if let sums = unsafe sums(x, count: count, pivot: pivot, beside: other) { return sums }
      unsafe write(other, count: count)
    }
    if Scalar.self == Float.self { return unsafe BlockSums(cin_sums_f32(x.asFloats, count, pivot)) }
    if Scalar.self == Double.self { return unsafe BlockSums(cin_sums_f64(x.asDoubles, count, pivot)) }
    if isHalf(Scalar.self) { return unsafe BlockSums(cin_sums_f16(x.asHalves, count, pivot)) }
    return unsafe portable.sums(x, count: count, pivot: pivot, writing: nil)
  }

  /// The sums of a block while another row is written, by one kernel; nil where there is none for its map.
  private func sums<Scalar: TensorScalar>(
    _ x: UnsafePointer<Scalar>, count: Int, pivot: Double, beside other: PendingRow<Scalar>
  ) -> BlockSums? {
    let (from, to, streaming) = unsafe (other.source, other.target, other.streaming)
    let sums: cin_sums
    switch unsafe other.map {
    case .affine(let transform):
      if Scalar.self == Double.self {
        sums = unsafe cin_apply_and_sum_f64(
          wide(transform), from.asDoubles, to.asDoubles, x.asDoubles, count, pivot, streaming)
        break
      }
      guard isFloat(Scalar.self) || isHalf(Scalar.self), let t = narrow(transform) else { return nil }
      if isHalf(Scalar.self) {
        sums = unsafe cin_apply_and_sum_f16(
          t, from.asHalves, to.asHalves, x.asHalves, count, pivot, streaming)
      } else if usesAVX512, pivot == 0, count >= Int(cin_least_wide_length) {
        sums = unsafe cin_apply_and_sum_wide_f32(t, from.asFloats, to.asFloats, x.asFloats, count, streaming)
      } else {
        sums = unsafe cin_apply_and_sum_f32(
          t, from.asFloats, to.asFloats, x.asFloats, count, pivot, streaming)
      }
    case .activated(let transform?, let finish):
      guard isFloat(Scalar.self) || isHalf(Scalar.self), let t = narrow(transform) else { return nil }
      let activation = unsafe parameters(finish.activation.pointee)
      if isHalf(Scalar.self) {
        sums = unsafe cin_activate_and_sum_f16(
          activation, t, from.asHalves, finish.residual?.asHalves, to.asHalves, x.asHalves, count,
          pivot, streaming)
      } else {
        sums = unsafe cin_activate_and_sum_f32(
          activation, t, from.asFloats, finish.residual?.asFloats, to.asFloats, x.asFloats, count,
          pivot, streaming)
      }
    case .unchanged, .activated(nil, _), .gradient: return nil
    }
    return BlockSums(sums)
  }

  /// Writes f(v) + r, where v is the transform of x, or x without one; false where there is no kernel.
  private func writeFinished<Scalar: TensorScalar>(
    _ transform: RowTransform?, _ finish: RowFinish<Scalar>, _ x: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, _ count: Int, _ streaming: Bool
  ) -> Bool {
    if Scalar.self == Double.self, let transform {
      // Each block takes two steps, so that the second step finds the results of the first in the cache.
      let length = SummationRule(Scalar.self).blockLength
      for start in stride(from: 0, to: count, by: length) {
        let piece = min(length, count - start)
        unsafe cin_apply_f64(wide(transform), (x + start).asDoubles, (y + start).asDoubles, piece, false)
        let rest = unsafe PendingRow(
          map: .activated(nil, finish.dropFirst(start)), source: UnsafePointer(y + start), target: y + start,
          streaming: false)
        unsafe portable.write(rest, count: piece)
      }
      return true
    }
    guard isFloat(Scalar.self) || isHalf(Scalar.self) else { return false }
    let activation = unsafe parameters(finish.activation.pointee)
    func write(_ transform: UnsafePointer<cin_transform_f32>?) {
      if isHalf(Scalar.self) {
        unsafe cin_activate_f16(
          activation, transform, x.asHalves, finish.residual?.asHalves, y.asHalves, count,
          streaming)
      } else {
        unsafe cin_activate_f32(
          activation, transform, x.asFloats, finish.residual?.asFloats, y.asFloats, count,
          streaming)
      }
    }
    guard let transform else {
      write(nil)
      return true
    }
    guard let t = narrow(transform) else { return false }
    unsafe withUnsafePointer(to: t) { unsafe write($0) }
    return true
  }

  /// Whether one kernel measures and writes several rows: `Float` or `Float16`, one block a row, at least two values.
  @inline(__always)
  func carriesOut<Scalar: TensorScalar>(_ pass: ForwardPass<Scalar>) -> Bool {
    guard isFloat(Scalar.self) || isHalf(Scalar.self) else { return false }
    return unsafe pass.rule.isPlain && pass.moments == nil && hasOneBlock(Scalar.self, pass.length)
  }

  func write<Scalar: TensorScalar>(_ rows: Range<Int>, of pass: ForwardPass<Scalar>) -> Int {
    let (length, stride) = unsafe (pass.length, pass.stride)
    let (x, y) = unsafe (pass.source + rows.lowerBound * stride, pass.target + rows.lowerBound * stride)
    let (rule, tolerance) = unsafe (standardization(pass.rule), SummationRule(Scalar.self).tolerance)
    if isHalf(Scalar.self) {
      return unsafe cin_standardize_rows_f16(
        x.asHalves, y.asHalves, rows.lowerBound, rows.count, length, stride, rule, tolerance, pass.streaming)
    }
    return unsafe cin_standardize_rows_f32(
      x.asFloats, y.asFloats, rows.lowerBound, rows.count, length, stride, rule, tolerance, pass.streaming)
  }

  func finishStreaming() { cin_finish_streaming() }

  /// Whether rows are one block, of at least two values.
  func hasOneBlock<Scalar: TensorScalar>(_ type: Scalar.Type, _ length: Int) -> Bool {
    length > 1 && length <= SummationRule(Scalar.self).blockLength
  }

  /// The rule of a pass as kernels take it, for rows that are normalized by their own statistics.
  func standardization<Scalar: TensorScalar>(_ rule: RowRule<Scalar>) -> cin_standardization {
    let (scale, shift) = unsafe scaleAndShift(rule)
    return unsafe cin_standardization(
      lost: rule.lostDegrees, eps_inside: rule.epsInside, eps_outside: rule.epsOutside,
      strength: rule.strength, scale: scale, shift: shift, wide: usesAVX512)
  }

  private func scaleAndShift<Scalar: TensorScalar>(
    _ rule: RowRule<Scalar>
  ) -> (scale: cin_row_values, shift: cin_row_values) {
    let period = unsafe rule.period
    func layer(_ values: UnsafePointer<Scalar>?) -> cin_row_values {
      unsafe cin_row_values(
        doubles: nil, floats: isFloat(Scalar.self) ? values?.asFloats : nil,
        halves: isHalf(Scalar.self) ? values?.asHalves : nil, period: period)
    }
    func swapped(_ values: UnsafePointer<Double>) -> cin_row_values {
      unsafe cin_row_values(doubles: values, floats: nil, halves: nil, period: period)
    }
    switch unsafe rule.affine {
    case .layer(let weight, let bias): return unsafe (layer(weight), layer(bias))
    case .swapped(let weight, let bias): return unsafe (swapped(weight), swapped(bias))
    }
  }

  @inline(__always)
  private func wide(_ transform: RowTransform) -> cin_transform_f64 {
    cin_transform_f64(
      mean: transform.mean, factor: transform.factor, shift: transform.shift(about: transform.mean))
  }

  /// The transform as kernels take it; nil where `Float` lacks the range for it.
  @inline(__always)
  private func narrow(_ transform: RowTransform) -> cin_transform_f32? {
    FloatTransform(transform).map { cin_transform_f32(mean: $0.mean, factor: $0.factor, shift: $0.shift) }
  }

  private func parameters(_ activation: RowActivation) -> cin_activation {
    let kind: cin_activation_kind =
      switch activation.kind {
      case .identity: CIN_IDENTITY
      case .relu: CIN_RELU
      case .leaky: CIN_LEAKY
      case .snake: CIN_SNAKE
      }
    let snake = activation.snake
    return cin_activation(
      kind: kind, slope: Float(activation.slope), turns: snake.turns, turns_low: snake.turnsLow,
      wide: usesAVX512, terms: snake.terms)
  }
}

extension KernelChoice {
  /// The backend for AVX2, with AVX-512 where that is chosen and present; nil where AVX2 is not chosen or not present.
  @inline(__always)
  var avx2Backend: AVX2Backend? {
    self != .swift && cin_has_avx2() ? AVX2Backend(usesAVX512: self == .fastest && cin_has_avx512()) : nil
  }
}

extension BlockSums {
  @inline(__always)
  fileprivate init(_ sums: cin_sums) { self.init(sum: sums.sum, squares: sums.squares) }
}

@inline(__always)
func isFloat<Scalar>(_ type: Scalar.Type) -> Bool { Scalar.self == Float.self }

@inline(__always)
func isHalf<Scalar>(_ type: Scalar.Type) -> Bool {
  #if os(macOS) || targetEnvironment(macCatalyst)
  return false
  #else
  return Scalar.self == Float16.self
  #endif
}

// Pointers of the types that C takes, for use after a check of the scalar type. SAFETY: the memory is bound to that
// very type; `Float16` has the size and alignment of the `UInt16` that its bits are passed as.

extension UnsafePointer {
  @inline(__always)
  var asFloats: UnsafePointer<Float> { unsafe UnsafeRawPointer(self).assumingMemoryBound(to: Float.self) }
  @inline(__always)
  var asDoubles: UnsafePointer<Double> { unsafe UnsafeRawPointer(self).assumingMemoryBound(to: Double.self) }
  @inline(__always)
  var asHalves: UnsafePointer<UInt16> { unsafe UnsafeRawPointer(self).assumingMemoryBound(to: UInt16.self) }
}

extension UnsafeMutablePointer {
  @inline(__always)
  var asFloats: UnsafeMutablePointer<Float> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: Float.self)
  }
  @inline(__always)
  var asDoubles: UnsafeMutablePointer<Double> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: Double.self)
  }
  @inline(__always)
  var asHalves: UnsafeMutablePointer<UInt16> {
    unsafe UnsafeMutableRawPointer(self).assumingMemoryBound(to: UInt16.self)
  }
}
#endif
