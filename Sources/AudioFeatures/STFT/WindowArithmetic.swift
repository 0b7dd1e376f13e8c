/// The products of a window and a row of samples, eight at a time.
enum WindowArithmetic {
  /// Writes `target[n] = window[n] · row[n]`.
  @inline(__always)
  static func multiply(
    _ window: UnsafePointer<Float>, _ row: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    forEach(count) { n in
      unsafe store(load(window + n) * load(row + n), target + n)
    } single: { n in
      unsafe target[n] = window[n] * row[n]
    }
  }

  /// Adds `target[n] += window[n] · row[n]`.
  @inline(__always)
  static func multiplyAdd(
    _ window: UnsafePointer<Float>, _ row: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>,
    count: Int
  ) {
    forEach(count) { n in
      unsafe store(load(target + n) + load(window + n) * load(row + n), target + n)
    } single: { n in
      unsafe target[n] += window[n] * row[n]
    }
  }

  @inline(__always)
  private static func forEach(_ count: Int, eight: (Int) -> Void, single: (Int) -> Void) {
    var n = 0
    while n + 8 <= count {
      eight(n)
      n += 8
    }
    while n < count {
      single(n)
      n += 1
    }
  }

  @inline(__always)
  private static func load(_ at: UnsafePointer<Float>) -> SIMD8<Float> {
    unsafe UnsafeRawPointer(at).loadUnaligned(as: SIMD8<Float>.self)
  }

  @inline(__always)
  private static func store(_ lanes: SIMD8<Float>, _ at: UnsafeMutablePointer<Float>) {
    unsafe UnsafeMutableRawPointer(at).storeBytes(of: lanes, as: SIMD8<Float>.self)
  }
}
