import Tensors

/// The row kernels in Swift's own SIMD types: the reference for every faster backend, and the backend of
/// every processor that has none.
///
/// The order of summation is part of the definition. Value i of a block belongs to lane i mod 16; each lane
/// is summed in `Double` from front to back; lanes are then added in halves (8, 4, 2, 1).
enum SwiftRowKernel {
  /// The sums `Σ(x − pivot)` and `Σ(x − pivot)²` of a block.
  struct BlockSums {
    var sum: Double
    var squares: Double
  }

  static func blockSums<Scalar: TensorScalar>(
    _ base: UnsafePointer<Scalar>, count: Int, pivot: Double
  ) -> BlockSums {
    let raw = unsafe UnsafeRawPointer(base)
    if Scalar.self == Float.self {
      return unsafe sums(
        raw, count, pivot, stride: 4,
        load: { unsafe SIMD8<Double>($0.loadUnaligned(as: SIMD8<Float>.self)) },
        loadOne: { unsafe Double($0.loadUnaligned(as: Float.self)) })
    }
    if Scalar.self == Double.self {
      return unsafe sums(
        raw, count, pivot, stride: 8, load: { unsafe $0.loadUnaligned(as: SIMD8<Double>.self) },
        loadOne: { unsafe $0.loadUnaligned(as: Double.self) })
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    if Scalar.self == Float16.self {
      return unsafe sums(
        raw, count, pivot, stride: 2,
        load: { unsafe SIMD8<Double>(SIMD8<Float>($0.loadUnaligned(as: SIMD8<Float16>.self))) },
        loadOne: { unsafe Double($0.loadUnaligned(as: Float16.self)) })
    }
    #endif
    return unsafe sums(
      raw, count, pivot, stride: MemoryLayout<Scalar>.stride,
      load: { unsafe elements($0, as: Scalar.self) }, loadOne: { unsafe Double($0.load(as: Scalar.self)) })
  }

  static func apply<Scalar: TensorScalar>(
    _ transform: RowTransform, from: UnsafePointer<Scalar>, to: UnsafeMutablePointer<Scalar>, count: Int
  ) {
    if Scalar.self == Float.self, let narrow = FloatTransform(transform) {
      unsafe narrow.apply(UnsafeRawPointer(from), UnsafeMutableRawPointer(to), count)
      return
    }
    if Scalar.self == Double.self {
      unsafe applyDouble(transform, UnsafeRawPointer(from), UnsafeMutableRawPointer(to), count)
      return
    }
    #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    if Scalar.self == Float16.self, let narrow = FloatTransform(transform) {
      unsafe narrow.applyHalf(UnsafeRawPointer(from), UnsafeMutableRawPointer(to), count)
      return
    }
    #endif
    // Any other scalar type, and factors beyond the range of `Float`.
    let shift = transform.shift(about: transform.mean)
    for i in 0..<count {
      unsafe to[i] = Scalar((Double(from[i]) - transform.mean) * transform.factor + shift)
    }
  }

  /// Sums differences from a pivot and their squares, all in `Double`; the closures load eight values, or one.
  @inline(__always)
  private static func sums(
    _ base: UnsafeRawPointer, _ count: Int, _ pivot: Double, stride: Int,
    load: (UnsafeRawPointer) -> SIMD8<Double>, loadOne: (UnsafeRawPointer) -> Double
  ) -> BlockSums {
    var sumLow = SIMD8<Double>()
    var sumHigh = SIMD8<Double>()
    var squaresLow = SIMD8<Double>()
    var squaresHigh = SIMD8<Double>()
    var at = unsafe base
    for _ in 0..<(count / 16) {
      let low = unsafe load(at) - pivot
      let high = unsafe load(at + 8 * stride) - pivot
      sumLow += low
      sumHigh += high
      squaresLow += low * low
      squaresHigh += high * high
      unsafe at += 16 * stride
    }
    for lane in 0..<(count % 16) {
      let value = unsafe loadOne(at + lane * stride) - pivot
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

  /// Adds the lanes in halves: an order that every backend can follow exactly.
  @inline(__always)
  static func total(_ lanes: SIMD8<Double>) -> Double {
    let four = lanes.lowHalf + lanes.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  @inline(__always)
  static func elements<Scalar: TensorScalar>(
    _ at: UnsafeRawPointer, as type: Scalar.Type
  ) -> SIMD8<Double> {
    var result = SIMD8<Double>()
    for i in 0..<8 {
      result[i] = unsafe Double(at.load(fromByteOffset: i * MemoryLayout<Scalar>.stride, as: Scalar.self))
    }
    return result
  }

  private static func applyDouble(
    _ transform: RowTransform, _ from: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int
  ) {
    let (mean, factor, shift) = (transform.mean, transform.factor, transform.shift(about: transform.mean))
    var i = 0
    while i + 8 <= count {
      let x = unsafe from.loadUnaligned(fromByteOffset: i * 8, as: SIMD8<Double>.self)
      unsafe to.storeBytes(of: (x - mean) * factor + shift, toByteOffset: i * 8, as: SIMD8<Double>.self)
      i += 8
    }
    while i < count {
      let x = unsafe from.load(fromByteOffset: i * 8, as: Double.self)
      unsafe to.storeBytes(of: (x - mean) * factor + shift, toByteOffset: i * 8, as: Double.self)
      i += 1
    }
  }
}
