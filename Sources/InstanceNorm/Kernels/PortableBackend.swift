import Tensors

/// The backend in Swift's own SIMD types: the reference for faster backends, and the backend of all other processors.
///
/// Rows of `Float` and `Float16` are computed in `Float` where its range suffices, else in `Double`. Transform,
/// activation and residual give the results of separate passes: values are rounded to the scalar type after each.
struct PortableBackend: RowBackend {
  func write<Scalar: TensorScalar>(_ row: PendingRow<Scalar>, count: Int) {
    let (x, y) = unsafe (row.source, row.target)
    let isNarrow = Scalar.significandBitCount <= Float.significandBitCount
    switch unsafe row.map {
    case .unchanged:
      if unsafe UnsafePointer(y) != x { unsafe y.update(from: x, count: count) }
    case .affine(let transform):
      if isNarrow, let narrow = FloatTransform(transform) {
        unsafe writeFloats(AffineFloats(t: narrow), x, y, count)
      } else {
        unsafe writeDoubles(AffineDoubles(transform), x, y, count)
      }
    case .activated(let transform, let finish):
      if isNarrow {
        unsafe writeFloats(FinishFloats(transform, finish), x, y, count)
      } else {
        unsafe finishDoubles(transform, finish, x, y, count)
      }
    case .gradient(let map, let g):
      if isNarrow, let narrow = FloatGradient(map) {
        unsafe writeFloats(GradientFloats(t: narrow, g: g), x, y, count)
      } else {
        unsafe writeDoubles(GradientDoubles(map: map, offset: map.offset(about: map.mean), g: g), x, y, count)
      }
    }
  }

  /// Writes f(v) + r in `Double`, where v is the transform of x, or x.
  private func finishDoubles<Scalar: TensorScalar>(
    _ transform: RowTransform?, _ finish: RowFinish<Scalar>, _ x: UnsafePointer<Scalar>,
    _ y: UnsafeMutablePointer<Scalar>, _ count: Int
  ) {
    let (activation, residual) = unsafe (finish.activation.pointee, finish.residual)
    let affine = transform.map { AffineDoubles($0) }
    for i in 0..<count {
      var v = unsafe Double(x[i])
      if let t = affine { v = Double(Scalar((v - t.mean) * t.factor + t.shift)) }
      v = activation(v)
      if let residual = unsafe residual { v = unsafe Double(Scalar(v)) + Double(residual[i]) }
      unsafe y[i] = Scalar(v)
    }
  }
}

// Maps of eight values. They are types rather than closures, so that they are always compiled into the loops below.

/// A map in `Float` of up to eight values, given the position of the first value and their number.
private protocol FloatMap {
  func callAsFunction(_ x: SIMD8<Float>, at: Int, _ width: Int) -> SIMD8<Float>
}

/// A map in `Double` of up to eight values, given the position of the first value and their number.
private protocol DoubleMap {
  func callAsFunction(_ x: SIMD8<Double>, at: Int, _ width: Int) -> SIMD8<Double>
}

private struct AffineFloats: FloatMap {
  let t: FloatTransform

  @inline(__always)
  func callAsFunction(_ x: SIMD8<Float>, at: Int, _ width: Int) -> SIMD8<Float> {
    (x - t.mean) * t.factor + t.shift
  }
}

private struct AffineDoubles: DoubleMap {
  let mean: Double
  let factor: Double
  let shift: Double

  init(_ transform: RowTransform) {
    (mean, factor) = (transform.mean, transform.factor)
    shift = transform.shift(about: mean)
  }

  @inline(__always)
  func callAsFunction(_ x: SIMD8<Double>, at: Int, _ width: Int) -> SIMD8<Double> {
    (x - mean) * factor + shift
  }
}

@unsafe private struct GradientFloats<Scalar: TensorScalar>: FloatMap {
  let t: FloatGradient
  let g: UnsafePointer<Scalar>

  @inline(__always)
  func callAsFunction(_ x: SIMD8<Float>, at: Int, _ width: Int) -> SIMD8<Float> {
    unsafe floats(g + at, width) * t.scale + ((x - t.mean) * t.slope + t.offset)
  }
}

@unsafe private struct GradientDoubles<Scalar: TensorScalar>: DoubleMap {
  let map: RowGradient
  let offset: Double
  let g: UnsafePointer<Scalar>

  @inline(__always)
  func callAsFunction(_ x: SIMD8<Double>, at: Int, _ width: Int) -> SIMD8<Double> {
    unsafe doubles(g + at, width) * map.scale + ((x - map.mean) * map.slope + offset)
  }
}

/// f(v) + r, where v is the transform of x, or x.
@unsafe private struct FinishFloats<Scalar: TensorScalar>: FloatMap {
  let transform: RowTransform?
  /// The transform in `Float`; nil where `Float` lacks the range for it.
  let narrow: FloatTransform?
  let activation: RowActivation
  let residual: UnsafePointer<Scalar>?

  init(_ transform: RowTransform?, _ finish: RowFinish<Scalar>) {
    unsafe self.transform = transform
    unsafe narrow = transform.flatMap { FloatTransform($0) }
    unsafe activation = unsafe finish.activation.pointee
    unsafe residual = unsafe finish.residual
  }

  @inline(__always)
  func callAsFunction(_ x: SIMD8<Float>, at: Int, _ width: Int) -> SIMD8<Float> {
    var v = x
    if let t = unsafe narrow {
      v = rounded((x - t.mean) * t.factor + t.shift, to: Scalar.self)
    } else if let transform = unsafe transform {
      let t = AffineDoubles(transform)
      for lane in 0..<width { v[lane] = Float(Scalar((Double(x[lane]) - t.mean) * t.factor + t.shift)) }
    }
    let y = unsafe activation(v)
    guard let residual = unsafe residual else { return y }
    return unsafe rounded(y, to: Scalar.self) + floats(residual + at, width)
  }
}

/// Writes the map of values, eight at a time in `Float`.
@inline(__always)
private func writeFloats<Scalar: TensorScalar>(
  _ map: some FloatMap, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
) {
  let whole = count & ~7
  var i = 0
  while i < whole {
    unsafe store(map(floats(x + i, 8), at: i, 8), y + i)
    i &+= 8
  }
  if i == count { return }
  let width = count & 7
  let last = unsafe map(floats(x + i, width), at: i, width)
  for lane in 0..<width { unsafe y[i &+ lane] = Scalar(last[lane]) }
}

/// Writes the map of values, eight at a time in `Double`.
@inline(__always)
private func writeDoubles<Scalar: TensorScalar>(
  _ map: some DoubleMap, _ x: UnsafePointer<Scalar>, _ y: UnsafeMutablePointer<Scalar>, _ count: Int
) {
  let whole = count & ~7
  var i = 0
  while i < whole {
    let values = unsafe map(doubles(x + i, 8), at: i, 8)
    if Scalar.self == Double.self {
      unsafe UnsafeMutableRawPointer(y + i).storeBytes(of: values, as: SIMD8<Double>.self)
    } else {
      for lane in 0..<8 { unsafe y[i &+ lane] = Scalar(values[lane]) }
    }
    i &+= 8
  }
  if i == count { return }
  let width = count & 7
  let last = unsafe map(doubles(x + i, width), at: i, width)
  for lane in 0..<width { unsafe y[i &+ lane] = Scalar(last[lane]) }
}

/// Loads at most eight values as `Float`; the others are 0.
@inline(__always)
private func floats<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, _ width: Int) -> SIMD8<Float> {
  if width == 8 {
    if Scalar.self == Float.self {
      return unsafe UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Float>.self)
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    if Scalar.self == Float16.self {
      return unsafe SIMD8<Float>(UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Float16>.self))
    }
    #endif
  }
  var values = SIMD8<Float>()
  for lane in 0..<width { values[lane] = unsafe Float(x[lane]) }
  return values
}

/// Loads at most eight values as `Double`; the others are 0.
@inline(__always)
func doubles<Scalar: TensorScalar>(_ x: UnsafePointer<Scalar>, _ width: Int) -> SIMD8<Double> {
  if width == 8 {
    if Scalar.self == Double.self {
      return unsafe UnsafeRawPointer(x).loadUnaligned(as: SIMD8<Double>.self)
    }
    if Scalar.significandBitCount <= Float.significandBitCount { return unsafe SIMD8<Double>(floats(x, 8)) }
  }
  var values = SIMD8<Double>()
  for lane in 0..<width { values[lane] = unsafe Double(x[lane]) }
  return values
}

/// Writes eight values.
@inline(__always)
private func store<Scalar: TensorScalar>(_ values: SIMD8<Float>, _ y: UnsafeMutablePointer<Scalar>) {
  let to = UnsafeMutableRawPointer(y)
  if Scalar.self == Float.self {
    unsafe to.storeBytes(of: values, as: SIMD8<Float>.self)
    return
  }
  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
  if Scalar.self == Float16.self {
    unsafe to.storeBytes(of: SIMD8<Float16>(values), as: SIMD8<Float16>.self)
    return
  }
  #endif
  for lane in 0..<8 { unsafe y[lane] = Scalar(values[lane]) }
}

/// Values rounded to the scalar type.
@inline(__always)
private func rounded<Scalar: TensorScalar>(_ values: SIMD8<Float>, to type: Scalar.Type) -> SIMD8<Float> {
  if Scalar.self == Float.self { return values }
  var result = values
  for lane in 0..<8 { result[lane] = Float(Scalar(values[lane])) }
  return result
}
